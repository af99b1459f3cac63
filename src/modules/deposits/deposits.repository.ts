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

const WAITING: Readonly<Record<WaitingDeposits, string>> = {
  actionRequired: `state in ('ACTION_REQUIRED', 'FAILED')`,
  expiring: `state in ('AUTHORIZED', 'EXPIRED')`,
};

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

/** Has the deposit looked at now that a payment holds the sum of. @returns false where there is none */
export async function lookAtDepositOf(em: EntityManager, paymentIntentId: string, now: Date): Promise<boolean> {
  const found = await em.execute<object[]>(
    `update deposits set next_look_at = ? where settled_at is null
       and id in (select deposit_id from deposit_holds where payment_intent_id = ?) returning 1`,
    [now, paymentIntentId],
  );
  return found.length > 0;
}

/** Due when the sum that is held ends; where none is, when the rental starts. */
export async function findWaitingDeposits(
  em: EntityManager,
  why: WaitingDeposits,
  timeZone: string,
  page: WaitingPage,
): Promise<Waiting[]> {
  const [sql, ...parameters] = pageOf(page);
  const rows = await em.execute<Waiting[]>(
    `select id, "orderId", since, "dueAt" from (
       select id::text as id, order_id as "orderId", waiting_since as since,
         coalesce(held_until, start_date::timestamp at time zone ?) as "dueAt"
       from deposits where waiting_since is not null and ${WAITING[why]}
     ) waiting where ${sql}`,
    [timeZone, ...parameters],
  );
  return rows.map(toWaiting);
}

export async function countWaitingDeposits(em: EntityManager, why: WaitingDeposits): Promise<number> {
  const [row] = await em.execute<[{ count: number }]>(
    `select count(*)::int as count from deposits where waiting_since is not null and ${WAITING[why]}`,
  );
  return row.count;
}

/** The orders among these with a deposit that is not settled. */
export async function findOrdersWithOpenDeposits(em: EntityManager, orderIds: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select distinct order_id as id from deposits where order_id in (?) and settled_at is null`,
    [orderIds],
  );
  return rows.map(({ id }) => id);
}
