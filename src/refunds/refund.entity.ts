/** Money that goes back to a buyer: a row before Stripe is asked, so that a crash forgets no refund. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';

export enum RefundState {
  /** To be issued. */
  DUE = 'DUE',
  /** Stripe has accepted it. */
  ISSUED = 'ISSUED',
  /** Stripe refuses it: staff must look at it. */
  FAILED = 'FAILED',
}

const RefundSchema = defineEntity({
  name: 'Refund',
  tableName: 'refunds',
  properties: {
    /** Also what the idempotency key at Stripe is made of: however often it is asked, the money goes back once. */
    id: p.uuid().primary(),
    order: () => p.manyToOne(Order).index(),
    paymentIntentId: p.string().length(255),
    amountMinor: p.bigint('number'),
    currency: p.string().columnType('char(3)'),
    /** Why, in words for the timeline. */
    reason: p.string().length(300),
    state: p.enum(() => RefundState).default(RefundState.DUE),
    stripeRefundId: p.string().length(255).nullable().unique(),
    createdAt: p.datetime(),
    /** Stripe is not asked before. */
    nextAttemptAt: p.datetime(),
    attempts: p.integer().default(0),
    issuedAt: p.datetime().nullable(),
  },
  // One payment goes back whole once; parts of it are a matter of their own.
  uniques: [{ name: 'refunds_order_payment_unique', properties: ['order', 'paymentIntentId'] }],
  indexes: [
    {
      name: 'refunds_due_index',
      expression: `create index "refunds_due_index" on "refunds" ("next_attempt_at") where state = 'DUE'`,
    },
  ],
  checks: [{ name: 'refunds_amount_positive', expression: 'amount_minor > 0' }],
});

export class Refund extends RefundSchema.class {}
RefundSchema.setClass(Refund);
