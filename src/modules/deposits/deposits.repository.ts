/** What the deposits' job and other modules ask of deposits by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import { pageOf, toWaiting, type Waiting, type WaitingPage } from '../../platform/kernel/waiting.js';

/** One that is not settled, and for which something is or was held. */
export interface LiveDeposit {
  id: string;
  orderId: string;
  startDate: CalendarDate;
}

/** What waits for a person: a sum that is not held, or one that will not be held much longer. */
export type WaitingDeposits = 'actionRequired' | 'expiring';

// Also what the job should have done an hour ago: it is looked at again and again, and Stripe does not do it.
const HOLD_DUE = `greatest(created_at, (start_date::timestamp at time zone :zone) - interval '6 hours') + interval '1 hour'`;
const RENEWAL_DUE = `held_until - interval '23 hours'`;

/** Since when each waits; null for one that does not. */
const SINCE: Readonly<Record<WaitingDeposits, string>> = {
  actionRequired: `case when state in ('ACTION_REQUIRED', 'FAILED') then waiting_since
    when state = 'SCHEDULED' and next_look_at <= :now + interval '5 minutes' and ${HOLD_DUE} <= :now then ${HOLD_DUE} end`,
  expiring: `case when state not in ('AUTHORIZED', 'EXPIRED') then null when waiting_since is not null then waiting_since
    when ${RENEWAL_DUE} <= :now then ${RENEWAL_DUE}
    when release_requested_at <= :now - interval '1 hour' then release_requested_at end`,
};

/** When that is judged, and where the shop is. */
export interface Here {
  now: Date;
  timeZone: string;
}

/** Deposits that have to be looked at now; those that wait longest first. */
export async function findDepositsToLookAt(em: EntityManager, now: Date, limit: number): Promise<{ id: string }[]> {
  return em.execute(
    `select id from deposits where settled_at is null and next_look_at <= ? order by next_look_at, id limit ?`,
    [now, limit],
  );
}

/** Those of whose units it is not known yet whether all are back. */
export async function findLiveDeposits(em: EntityManager): Promise<LiveDeposit[]> {
  return em.execute(
    `select id, order_id as "orderId", start_date::text as "startDate" from deposits
     where settled_at is null and state <> 'SCHEDULED' and release_at is null order by created_at, id`,
  );
}

/** Those among these orders that have a deposit. */
export async function findOrdersWithDeposits(em: EntityManager, orderIds: readonly string[]): Promise<string[]> {
  if (orderIds.length === 0) return [];
  const rows = await em.execute<{ id: string }[]>(
    'select distinct order_id as id from deposits where order_id in (?)',
    [orderIds],
  );
  return rows.map(({ id }) => id);
}

/**
 * Has the deposit looked at now that a payment holds the sum of, also one whose id is not known yet.
 *
 * @param rowId the hold that the payment was made for
 * @returns false where there is none
 */
export async function lookAtDepositOf(
  em: EntityManager,
  { paymentIntentId, rowId }: { paymentIntentId: string; rowId: string | null },
  now: Date,
): Promise<boolean> {
  const found = await em.execute<object[]>(
    `update deposits set next_look_at = ?, news = news + 1 where settled_at is null
       and id in (select deposit_id from deposit_holds where payment_intent_id = ? or id = ?) returning 1`,
    [now, paymentIntentId, rowId],
  );
  return found.length > 0;
}

/** Due when the sum that is held ends; where none is, when the rental starts. */
export async function findWaitingDeposits(
  em: EntityManager,
  why: WaitingDeposits,
  here: Here,
  page: WaitingPage,
): Promise<Waiting[]> {
  const [sql, ...parameters] = pageOf(page);
  const [waiting, ...values] = waitingDeposits(why, here);
  const rows = await em.execute<Waiting[]>(
    `select id, "orderId", since, "dueAt" from (${waiting}) waiting where since is not null and ${sql}`,
    [...values, ...parameters],
  );
  return rows.map(toWaiting);
}

export async function countWaitingDeposits(em: EntityManager, why: WaitingDeposits, here: Here): Promise<number> {
  const [waiting, ...values] = waitingDeposits(why, here);
  const [row] = await em.execute<[{ count: number }]>(
    `select count(since)::int as count from (${waiting}) waiting`,
    values,
  );
  return row.count;
}

/** Of all that are not settled, with its parameters. */
function waitingDeposits(why: WaitingDeposits, { now, timeZone }: Here): [sql: string, ...values: unknown[]] {
  const values: unknown[] = [];
  const text = `select id::text as id, order_id as "orderId", ${SINCE[why]} as since,
      coalesce(held_until, start_date::timestamp at time zone :zone) as "dueAt"
    from deposits where settled_at is null`;
  const sql = text.replace(/(?<!:):(now|zone)/g, (_, name) => {
    values.push(name === 'now' ? now : timeZone);
    return name === 'now' ? '?::timestamptz' : '?';
  });
  return [sql, ...values];
}

/** The orders among these with a deposit that is not settled. */
export async function findOrdersWithOpenDeposits(em: EntityManager, orderIds: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select distinct order_id as id from deposits where order_id in (?) and settled_at is null`,
    [orderIds],
  );
  return rows.map(({ id }) => id);
}
