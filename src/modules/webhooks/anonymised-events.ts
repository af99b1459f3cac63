/** Erases personal data from the stored events of anonymised orders. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { executePrepared, type PreparedStatement } from '../../platform/database/prepared-statement.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { eventWithoutPersonalData } from '../../stripe/personal-data.js';
import { findKnownPaymentIntents } from '../orders/orders.repository.js';
import { findPaymentIntents } from '../payments/payments.repository.js';

// A body is a few kilobytes: a batch is a statement of a megabyte, and locks its events for moments.
const BATCH_SIZE = 200;

// Refunds and disputes may refer to the payment only.
const EVENTS_OF_ORDERS: PreparedStatement = {
  name: 'lock events to anonymise',
  text: `select id, body from inbox_events where id in (
    select id from inbox_events where order_id = any($1::uuid[]) and anonymised_at is null
    union
    select id from inbox_events where order_id is null and anonymised_at is null and payment_intent_id = any($2::text[])
    limit $3
  ) order by id for update`,
};

const STORE_BODIES: PreparedStatement = {
  name: 'store anonymised events',
  text: `update inbox_events e set body = v.body, anonymised_at = $3
    from unnest($1::text[], $2::bytea[]) as v (id, body) where e.id = v.id`,
};

interface EventBody {
  id: string;
  body: Buffer;
}

/**
 * Erases personal data from the events of orders, in short transactions that lock events alone: a transaction that
 * applies an event locks it before its order.
 *
 * @returns the number of events
 */
export async function anonymiseEventsOf(em: EntityManager, orderIds: readonly string[], now: Date): Promise<number> {
  let anonymised = 0;
  let batch: EventBody[];
  if (orderIds.length === 0) return 0;
  do {
    batch = await inTransaction(em, async (transaction) => {
      const payments = [
        ...(await findKnownPaymentIntents(transaction, orderIds)),
        ...(await findPaymentIntents(transaction, orderIds)),
      ];
      const parameters = [orderIds, payments, BATCH_SIZE];
      const events = await executePrepared<EventBody>(transaction, EVENTS_OF_ORDERS, parameters);
      const bodies = events.map(({ id, body }) => ({ id, body: eventWithoutPersonalData(body) }));
      await storeAnonymisedBodies(transaction, bodies, now);
      return events;
    });
    anonymised += batch.length;
  } while (batch.length === BATCH_SIZE);
  return anonymised;
}

/** Part of the caller's transaction. */
export async function storeAnonymisedBodies(em: EntityManager, events: readonly EventBody[], now: Date): Promise<void> {
  const ids = events.map(({ id }) => id);
  const bodies = events.map(({ body }) => body);
  await executePrepared(em, STORE_BODIES, [ids, bodies, now]);
}
