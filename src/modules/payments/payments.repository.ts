/** What other modules ask of payments, and of the account at Stripe, by SQL. */
import assert from 'node:assert/strict';
import type { EntityManager } from '@mikro-orm/postgresql';

export interface CountedPayment {
  paymentIntentId: string;
  orderId: string;
  /** Null for one by a saved card, without the buyer. */
  sessionId: string | null;
}

/** One page of the payments that arrived in a span, by their ids. @param after the last id of the page before */
export async function findPaymentsReceived(
  em: EntityManager,
  { from, to }: { from: Date; to: Date },
  after: string,
  limit: number,
): Promise<CountedPayment[]> {
  return em.execute(
    `select payment_intent_id as "paymentIntentId", order_id as "orderId", checkout_session_id as "sessionId"
     from payments where received_at between ? and ? and payment_intent_id > ? order by payment_intent_id limit ?`,
    [from, to, after, limit],
  );
}

/** The account that a database belongs to. */
export interface StoredAccount {
  /** Null where the key may not read it. */
  accountId: string | null;
  livemode: boolean | null;
}

/** Undefined before anything is known of it. */
export async function findStripeAccount(em: EntityManager): Promise<StoredAccount | undefined> {
  const [account] = await em.execute<StoredAccount[]>(
    'select account_id as "accountId", livemode from stripe_accounts where id = 1',
  );
  return account;
}

/** Fills in what is not known yet; the rest stays. */
export async function rememberStripeAccount(em: EntityManager, account: StoredAccount): Promise<StoredAccount> {
  const [stored] = await em.execute<StoredAccount[]>(
    `insert into stripe_accounts as stored (id, account_id, livemode) values (1, ?, ?)
     on conflict (id) do update set account_id = coalesce(stored.account_id, excluded.account_id),
       livemode = coalesce(stored.livemode, excluded.livemode)
     returning account_id as "accountId", livemode`,
    [account.accountId, account.livemode],
  );
  assert(stored, 'The account was neither stored nor there.');
  return stored;
}

/** The payments that were counted for orders. */
export async function findPaymentIntents(em: EntityManager, orderIds: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    'select payment_intent_id as id from payments where order_id in (?)',
    [orderIds],
  );
  return rows.map(({ id }) => id);
}

/** Only forwards: a run that was considered dead may end after the one that replaced it. */
export async function advanceEventsReadUntil(em: EntityManager, until: Date): Promise<void> {
  await em.execute(
    'update stripe_accounts set events_read_until = ? where id = 1 and (events_read_until is null or events_read_until < ?)',
    [until, until],
  );
}
