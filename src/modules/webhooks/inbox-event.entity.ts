/** An event from Stripe, stored durably before its delivery is acknowledged. */
import { defineEntity, p } from '@mikro-orm/core';

export enum InboxState {
  /** Its effect is in the database. */
  PROCESSED = 'PROCESSED',
  /** Nothing to do: a type that is not handled, or of another application, installation, account or livemode. */
  IGNORED = 'IGNORED',
  /** It has another version of Stripe's API: a job reads the object in ours. */
  RECEIVED = 'RECEIVED',
  /** It is about a payment that no order is linked to yet; retried for a day. */
  UNMATCHED = 'UNMATCHED',
  /** Its handler failed and will be retried; `error` says why. */
  FAILED = 'FAILED',
  /** Dead-lettered: staff look into it, and may replay it. */
  DEAD = 'DEAD',
}

const InboxEventSchema = defineEntity({
  name: 'InboxEvent',
  tableName: 'inbox_events',
  properties: {
    /** Stripe's `evt_…`: the primary key makes a second arrival a no-op. */
    id: p.string().length(255).primary(),
    type: p.string().length(255),
    apiVersion: p.string().length(50).nullable(),
    livemode: p.boolean(),
    /** When the change happened at Stripe; not when it was sent, and not an order of events. */
    stripeCreatedAt: p.datetime(),
    checkoutSessionId: p.string().length(255).nullable(),
    paymentIntentId: p.string().length(255).nullable(),
    orderId: p.uuid().nullable().index(),
    /** The bytes as they were signed, unless they were anonymised. `jsonb` would reject `\u0000`. */
    body: p.blob().lazy(),
    state: p.enum(() => InboxState),
    attempts: p.integer(),
    error: p.text().nullable(),
    receivedAt: p.datetime(),
    handledAt: p.datetime().nullable(),
    /** When it is retried; null when it is handled. */
    nextAttemptAt: p.datetime().nullable(),
    /** When personal data was erased from its body. */
    anonymisedAt: p.datetime().nullable(),
  },
  indexes: [
    // The lists of events, and what is pruned.
    { name: 'inbox_events_received_index', properties: ['receivedAt', 'id'] },
    { name: 'inbox_events_state_index', properties: ['state', 'receivedAt'] },
    {
      name: 'inbox_events_next_attempt_index',
      expression:
        'create index "inbox_events_next_attempt_index" on "inbox_events" ("next_attempt_at") where next_attempt_at is not null',
    },
    // Events that refer to a payment only, and types without an effect.
    {
      name: 'inbox_events_without_order_index',
      expression:
        'create index "inbox_events_without_order_index" on "inbox_events" ("payment_intent_id") where order_id is null',
    },
    {
      name: 'inbox_events_unmatched_index',
      expression: `create index "inbox_events_unmatched_index" on "inbox_events" ("payment_intent_id") where state = 'UNMATCHED'`,
    },
  ],
});

export class InboxEvent extends InboxEventSchema.class {}
InboxEventSchema.setClass(InboxEvent);
