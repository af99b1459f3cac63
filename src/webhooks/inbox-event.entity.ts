/** One event from Stripe, stored once and for good before anyone is told that it arrived. */
import { defineEntity, p } from '@mikro-orm/core';

export enum InboxState {
  /** Its effect is in the database. */
  PROCESSED = 'PROCESSED',
  /** Nothing to do: a type we do not handle, another application's object, or the other livemode. */
  IGNORED = 'IGNORED',
  /** It tells of an object that no order is linked to yet. */
  UNMATCHED = 'UNMATCHED',
  /** Its handler failed; `error` says how. */
  FAILED = 'FAILED',
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
    /** The bytes as they were signed. `jsonb` would refuse `\u0000`. */
    body: p.blob().lazy(),
    state: p.enum(() => InboxState),
    attempts: p.integer(),
    error: p.text().nullable(),
    receivedAt: p.datetime(),
    handledAt: p.datetime().nullable(),
  },
  indexes: [{ name: 'inbox_events_state_index', properties: ['state', 'receivedAt'] }],
});

export class InboxEvent extends InboxEventSchema.class {}
InboxEventSchema.setClass(InboxEvent);
