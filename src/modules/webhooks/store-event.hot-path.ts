/**
 * Stores an event, locks its order and asks what has to be known of it, in one statement. It reads the tables of orders
 * and payments because every event passes here, and statements are what its time goes into (`npm run bench -- webhook`).
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { executePrepared, preparedStatement } from '../../platform/database/prepared-statement.js';
import { type OrderRow, orderMapping } from '../orders/order-record.js';
import { keepLocked } from '../orders/order-records.repository.js';
import { referencesOf } from './event-references.js';
import type { InboxState } from './inbox-event.entity.js';

// A row that is locked is read as it is once the lock is there, even by a statement that began before.
const textOf = (orderSelection: string) => `with inserted as (
    insert into inbox_events (id, type, api_version, livemode, stripe_created_at, checkout_session_id,
      payment_intent_id, order_id, body, state, attempts, received_at, handled_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'PROCESSED', 1, $10, $10) on conflict (id) do nothing
    returning payment_intent_id, checkout_session_id
  ), woken as (
    update inbox_events waiting set next_attempt_at = $10, attempts = 1 from inserted
    where waiting.payment_intent_id = inserted.payment_intent_id and waiting.order_id is null
      and waiting.state in ('UNMATCHED', 'RECEIVED') and inserted.checkout_session_id is not null
    returning 1
  ), locked as (
    select ${orderSelection} as "order" from orders where id = $11 and exists (select from inserted) for update
  )
  select exists (select from inserted) as "isNew", exists (select from woken) as "hasWoken",
    exists (select from orders where anonymised_at is not null and (id = $8 or payment_intent_id = $7
      or id = (select order_id from payments where payment_intent_id = $7))) as "isOfAnonymised",
    case when not exists (select from inserted) then (select state from inbox_events where id = $1) end as state,
    locked."order"
  from (select) as once left join locked on true`;

/** What became of storing an event. */
interface StoringResult {
  isNew: boolean;
  /** Whether events of the same payment that found no order are due now. */
  hasWoken: boolean;
  isOfAnonymised: boolean;
  /** How the event stands that was there before; null for one that is new, or is being stored at this very moment. */
  state: InboxState | null;
  order: OrderRow | null;
}

/**
 * @param rawBody the bytes as they were signed
 * @param locksOrder whether the order that the event names is locked for its handler
 */
export async function storeEvent(
  em: EntityManager,
  event: Stripe.Event,
  rawBody: Buffer,
  { now, locksOrder }: { now: Date; locksOrder: boolean },
): Promise<StoringResult> {
  const { checkoutSessionId, paymentIntentId, orderId } = referencesOf(event);
  const statement = preparedStatement('store event', () => textOf(orderMapping(em).selection));
  const [answer] = await executePrepared<StoringResult>(em, statement, [
    event.id,
    event.type,
    event.api_version ?? null,
    event.livemode,
    new Date(event.created * 1000),
    checkoutSessionId,
    paymentIntentId,
    orderId,
    rawBody,
    now,
    locksOrder ? orderId : null,
  ]);
  if (!answer) throw new Error(`Nothing was answered to storing event ${event.id}.`);
  if (answer.order !== null && orderId !== null) keepLocked(em, orderId, answer.order);
  return answer;
}
