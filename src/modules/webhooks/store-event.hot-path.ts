/**
 * Stores an event, and asks in the same statement what has to be known of its order. It reads the tables of orders and
 * payments because every event passes here, and statements are what its time goes into (`npm run bench -- webhook`).
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { executePrepared, type PreparedStatement } from '../../platform/database/prepared-statement.js';
import { referencesOf } from './event-references.js';
import type { InboxState } from './inbox-event.entity.js';

const STORE_EVENT: PreparedStatement = {
  name: 'store event',
  text: `with inserted as (
    insert into inbox_events (id, type, api_version, livemode, stripe_created_at, checkout_session_id,
      payment_intent_id, order_id, body, state, attempts, received_at, handled_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'PROCESSED', 1, $10, $10) on conflict (id) do nothing
    returning payment_intent_id, checkout_session_id
  ), woken as (
    update inbox_events waiting set next_attempt_at = $10, attempts = 1 from inserted
    where waiting.payment_intent_id = inserted.payment_intent_id and waiting.order_id is null
      and waiting.state in ('UNMATCHED', 'RECEIVED') and inserted.checkout_session_id is not null
    returning 1
  )
  select exists (select from inserted) as "isNew", exists (select from woken) as "hasWoken",
    exists (select from orders where anonymised_at is not null and (id = $8 or payment_intent_id = $7
      or id = (select order_id from payments where payment_intent_id = $7))) as "isOfAnonymised",
    (select state from inbox_events where id = $1) as state`,
};

/** What became of storing an event. */
interface StoringResult {
  isNew: boolean;
  /** Whether events of the same payment that found no order are due now. */
  hasWoken: boolean;
  isOfAnonymised: boolean;
  /** How the event stands that was there before; null for one that is new, or is being stored at this very moment. */
  state: InboxState | null;
}

/** @param rawBody the bytes as they were signed */
export async function storeEvent(
  em: EntityManager,
  event: Stripe.Event,
  rawBody: Buffer,
  now: Date,
): Promise<StoringResult> {
  const { checkoutSessionId, paymentIntentId, orderId } = referencesOf(event);
  const [answer] = await executePrepared<StoringResult>(em, STORE_EVENT, [
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
  ]);
  if (!answer) throw new Error(`Nothing was answered to storing event ${event.id}.`);
  return answer;
}
