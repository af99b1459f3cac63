/** What other modules ask of refunds by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { pageOf, toWaiting, type Waiting, type WaitingPage } from '../../platform/kernel/waiting.js';

/** The orders among these with a refund that has not arrived, or was made after an instant and may still fail. */
export async function findOrdersAwaitingRefunds(
  em: EntityManager,
  orderIds: readonly string[],
  since: Date,
): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select distinct order_id as id from refunds
     where order_id in (?) and (state in ('DUE', 'REQUESTED', 'PENDING', 'BLOCKED')
       or (state = 'SUCCEEDED' and coalesce(issued_at, created_at) > ?))`,
    [orderIds, since],
  );
  return rows.map(({ id }) => id);
}

/** How many pieces of each line of an order refunds have claimed. */
export async function countRefundedPieces(em: EntityManager, orderId: string): Promise<Map<string, number>> {
  const rows = await em.execute<{ id: string; pieces: number }[]>(
    `select l.order_line_id as id, sum(l.quantity)::int as pieces
     from refund_lines l join refunds r on r.id = l.refund_id where r.order_id = ? group by l.order_line_id`,
    [orderId],
  );
  return new Map(rows.map(({ id, pieces }) => [id, pieces]));
}

// One that was made in the dashboard waits until as much as has failed since then was refunded since then.
const MADE_UP_FOR = `(select coalesce(sum(case later.state when 'FAILED' then - later.amount_minor else later.amount_minor end), 0)
  from refunds later where later.order_id = refunds.order_id and later.payment_intent_id = refunds.payment_intent_id
  and (later.state in ('PENDING', 'SUCCEEDED') or (later.state = 'FAILED' and later.claimed_minor is null))
  and (case later.state when 'FAILED' then coalesce(later.failed_at, later.created_at) else coalesce(later.recorded_at, later.created_at) end)
    >= coalesce(refunds.failed_at, refunds.created_at)) >= 0`;

/** Refunds that wait for a person, by why, and since when. */
const WAITING_REFUNDS = {
  failed: {
    condition: `state = 'FAILED' and (is_ours or claimed_minor is not null or not ${MADE_UP_FOR})`,
    since: 'coalesce(failed_at, created_at)',
  },
  blocked: { condition: `state = 'BLOCKED'`, since: 'created_at' },
  stuck: { condition: `state in ('DUE', 'REQUESTED') and created_at < ?`, since: 'created_at' },
};

export type WaitingRefunds = keyof typeof WAITING_REFUNDS;

/** @param dueBefore one that is not made by then is stuck */
export async function findWaitingRefunds(
  em: EntityManager,
  why: WaitingRefunds,
  dueBefore: Date,
  page: WaitingPage,
): Promise<Waiting[]> {
  const { condition, since } = WAITING_REFUNDS[why];
  const [sql, ...parameters] = pageOf(page);
  const rows = await em.execute<Waiting[]>(
    `select id, "orderId", since, null as "dueAt" from (
       select id::text as id, order_id as "orderId", ${since} as since from refunds where ${condition}
     ) waiting where ${sql}`,
    [...(why === 'stuck' ? [dueBefore] : []), ...parameters],
  );
  return rows.map(toWaiting);
}

export async function countWaitingRefunds(em: EntityManager, why: WaitingRefunds, dueBefore: Date): Promise<number> {
  const [row] = await em.execute<[{ count: number }]>(
    `select count(*)::int as count from refunds where ${WAITING_REFUNDS[why].condition}`,
    why === 'stuck' ? [dueBefore] : [],
  );
  return row.count;
}
