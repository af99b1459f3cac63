/** Records events: the change of an object, frozen as Stripe shows it at that moment, and handed on for delivery. */
import type Stripe from 'stripe';
import { type Clock, unixSeconds } from './clock.js';
import type { Complete } from './complete-object.js';
import { createId } from './ids.js';
import type { StoredEvent } from './objects.js';
import type { EventWriting } from './public-types.js';
import type { Store } from './store.js';

/** The version that the SDK is pinned to; the type fails to compile when the SDK moves on. */
export const API_VERSION: Stripe.LatestApiVersion = '2026-10-28.endive';

/** The types the simulator knows how to raise. */
export type RaisedEventType =
  | 'charge.captured'
  | 'charge.dispute.closed'
  | 'charge.dispute.created'
  | 'charge.dispute.funds_reinstated'
  | 'charge.dispute.funds_withdrawn'
  | 'charge.dispute.updated'
  | 'charge.expired'
  | 'charge.failed'
  | 'charge.pending'
  | 'charge.refund.updated'
  | 'charge.refunded'
  | 'charge.succeeded'
  | 'charge.updated'
  | 'checkout.session.async_payment_failed'
  | 'checkout.session.async_payment_succeeded'
  | 'checkout.session.completed'
  | 'checkout.session.expired'
  | 'customer.created'
  | 'customer.deleted'
  | 'customer.updated'
  | 'payment_intent.amount_capturable_updated'
  | 'payment_intent.canceled'
  | 'payment_intent.created'
  | 'payment_intent.payment_failed'
  | 'payment_intent.processing'
  | 'payment_intent.requires_action'
  | 'payment_intent.succeeded'
  | 'payment_method.attached'
  | 'payment_method.detached'
  | 'payment_method.updated'
  | 'radar.early_fraud_warning.created'
  | 'radar.early_fraud_warning.updated'
  | 'refund.created'
  | 'refund.failed'
  | 'refund.updated';

type EventData<Type extends RaisedEventType> = Extract<Stripe.Event, { type: Type }>['data'];

/** What caused an event; both null when no API request did. */
export interface EventCause {
  id: string | null;
  idempotency_key: string | null;
}

export const NO_REQUEST: EventCause = { id: null, idempotency_key: null };

export class EventRecorder {
  #writing: EventWriting = {};

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly webhooks: { endpointCount(type: RaisedEventType): number; deliver(event: StoredEvent): void },
    private readonly chaos: { isEventDoubled(): boolean },
  ) {}

  /** From the next event on. */
  writeAs(writing: EventWriting): void {
    this.#writing = writing;
  }

  record<Type extends RaisedEventType>(type: Type, data: EventData<Type>, cause: EventCause): StoredEvent {
    const event = this.#recordOne(type, data, cause);
    // As Stripe does now and then: two events, with different ids, report one change.
    if (this.chaos.isEventDoubled()) this.#recordOne(type, data, cause);
    return event;
  }

  #recordOne<Type extends RaisedEventType>(type: Type, data: EventData<Type>, cause: EventCause): StoredEvent {
    const id = createId('event');
    const created = unixSeconds(this.clock);
    const event = {
      id,
      object: 'event',
      api_version: API_VERSION,
      created,
      data,
      livemode: false,
      pending_webhooks: this.webhooks.endpointCount(type),
      request: cause,
      type,
    } satisfies Complete<Stripe.EventBase, 'account' | 'context'>;
    const { apiVersion = API_VERSION, account } = this.#writing;
    const written = { ...event, api_version: apiVersion, ...(account === undefined ? {} : { account }) };
    const stored: StoredEvent = { id, type, created, payload: JSON.stringify(written, null, 2) };
    this.store.events.put(stored);
    this.webhooks.deliver(stored);
    return stored;
  }
}
