/** What jobs and requests ask of all orders, or claim of one of them, by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { pageOf, toWaiting, type Waiting, type WaitingPage } from '../../platform/kernel/waiting.js';

/** One whose session has ended, as far as the clock tells. */
export interface OverdueOrder {
  id: string;
  sessionId: string;
}

/** One whose process did not go on with it. */
export interface StalledOrder {
  id: string;
  isCancelled: boolean;
}

/** How long a claim lasts: doubled with each attempt. */
interface Pauses {
  firstSeconds: number;
  maxSeconds: number;
}

/** Orders that are not paid although their session has ended, the one that was tried longest ago first. */
export async function findOverdueOrders(
  em: EntityManager,
  { endedBefore, now, limit }: { endedBefore: Date; now: Date; limit: number },
): Promise<OverdueOrder[]> {
  return em.execute(
    `select id, checkout_session_id as "sessionId" from orders
     where status in ('PENDING', 'PAYMENT_FAILED') and expires_at <= ? and checkout_session_id is not null
       and completed_unpaid_at is null and expired_at is null and (next_check_at is null or next_check_at <= ?)
     order by next_check_at nulls first, expires_at limit ?`,
    [endedBefore, now, limit],
  );
}

/** Orders whose session was not opened, or not ended although that was asked for, the one tried longest ago first. */
export async function findStalledOrders(
  em: EntityManager,
  { since, now, limit }: { since: Date; now: Date; limit: number },
): Promise<StalledOrder[]> {
  return em.execute(
    `select id, cancel_requested_at is not null as "isCancelled" from orders
     where status in ('PENDING', 'PAYMENT_FAILED')
       and (cancel_requested_at <= ? or (cancel_requested_at is null and checkout_session_id is null and created_at <= ?))
       and completed_unpaid_at is null and expired_at is null and (next_check_at is null or next_check_at <= ?)
     order by next_check_at nulls first, created_at limit ?`,
    [since, since, now, limit],
  );
}

/** For how many milliseconds each open checkout of a buyer still holds its goods, the shortest first. */
export async function findOpenHolds(em: EntityManager, buyerId: string, now: Date): Promise<number[]> {
  const rows = await em.execute<{ waitMs: string }[]>(
    `select extract(epoch from expires_at - ?::timestamptz) * 1000 as "waitMs" from orders
     where buyer_id = ? and status in ('PENDING', 'PAYMENT_FAILED') and cancel_requested_at is null
       and completed_unpaid_at is null and expires_at > ? order by expires_at`,
    [now, buyerId, now],
  );
  return rows.map(({ waitMs }) => Number(waitMs));
}

/** @returns false when a return page has made us ask Stripe for the order since then */
export async function claimReturnPageCheck(
  em: EntityManager,
  orderId: string,
  now: Date,
  since: Date,
): Promise<boolean> {
  const claimed = await em.execute(
    'update orders set asked_at = ? where id = ? and (asked_at is null or asked_at <= ?) returning id',
    [now, orderId, since],
  );
  return claimed.length > 0;
}

/** Counts that Stripe has changed refunds or disputes of an order. */
export async function countPaymentSyncRequest(
  em: EntityManager,
  orderId: string,
  stripeEventId: string | null,
): Promise<void> {
  await em.execute(
    'update orders set payment_sync_requested = payment_sync_requested + 1, payment_sync_event_id = coalesce(?, payment_sync_event_id) where id = ?',
    [stripeEventId, orderId],
  );
}

/** Orders whose refunds and disputes have to be read, those that were not tried yet first. */
export async function findOrdersToSync(em: EntityManager, now: Date, limit: number): Promise<{ id: string }[]> {
  return em.execute(
    `select id from orders
     where payment_sync_requested > payment_sync_completed and (payment_sync_due_at is null or payment_sync_due_at <= ?)
     order by payment_sync_due_at nulls first limit ?`,
    [now, limit],
  );
}

/**
 * Only the process that claims an order reads its refunds and disputes. One that cannot be read comes again later and
 * later, behind those that were not tried yet.
 *
 * @returns for how many seconds others leave it alone; null when another was faster
 */
export async function claimPaymentSync(
  em: EntityManager,
  orderId: string,
  now: Date,
  { firstSeconds, maxSeconds }: Pauses,
): Promise<number | null> {
  const [claimed] = await em.execute<{ dueAt: string }[]>(
    `update orders set payment_sync_attempts = payment_sync_attempts + 1,
       payment_sync_due_at = ?::timestamptz + least(? * power(2, least(payment_sync_attempts, 20)), ?) * interval '1 second'
     where id = ? and payment_sync_requested > payment_sync_completed and (payment_sync_due_at is null or payment_sync_due_at <= ?)
     returning payment_sync_due_at as "dueAt"`,
    [now, firstSeconds, maxSeconds, orderId, now],
  );
  return claimed ? (new Date(claimed.dueAt).getTime() - now.getTime()) / 1000 : null;
}

/** The payments that orders are known by. */
export async function findKnownPaymentIntents(em: EntityManager, orderIds: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    'select payment_intent_id as id from orders where id in (?) and payment_intent_id is not null',
    [orderIds],
  );
  return rows.map(({ id }) => id);
}

// Goods that are to leave the shop although their money has gone back, or may go; the index has these very words.
const STILL_BOOKED = `status = 'PAID' and fulfillment_status in ('UNFULFILLED', 'PARTIALLY_FULFILLED') and (refund_status = 'FULL' or dispute_status in ('OPEN', 'LOST') or fraud_warned_at is not null)`;

/** Orders that wait for a person, by why. */
const WAITING_ORDERS = {
  underReview: `status = 'UNDER_REVIEW'`,
  refundedStillBooked: `${STILL_BOOKED} and refund_status = 'FULL'`,
  disputedStillBooked: `${STILL_BOOKED} and (dispute_status in ('OPEN', 'LOST') or fraud_warned_at is not null)`,
};

export type WaitingOrders = keyof typeof WAITING_ORDERS;

/** Since they were placed. */
export async function findWaitingOrders(em: EntityManager, why: WaitingOrders, page: WaitingPage): Promise<Waiting[]> {
  const [sql, ...parameters] = pageOf(page);
  const rows = await em.execute<Waiting[]>(
    `select id, id as "orderId", since, null as "dueAt" from (
       select id::text as id, created_at as since from orders where ${WAITING_ORDERS[why]}
     ) waiting where ${sql}`,
    parameters,
  );
  return rows.map(toWaiting);
}

export async function countWaitingOrders(em: EntityManager, why: WaitingOrders): Promise<number> {
  const [row] = await em.execute<[{ count: number }]>(
    `select count(*)::int as count from orders where ${WAITING_ORDERS[why]}`,
  );
  return row.count;
}

/** Orders placed since then that are paid, whose goods are all to be handed over, and whose session saved the card. */
export async function findPaidOrdersWithCard(em: EntityManager, placedSince: Date): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select id from orders where status = 'PAID' and fulfillment_status = 'UNFULFILLED' and created_at >= ? and saves_card`,
    [placedSince],
  );
  return rows.map(({ id }) => id);
}
