/** Money that goes back to a buyer: a row before Stripe is asked, so that a crash forgets no refund. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';

export enum RefundState {
  /** To be issued. */
  DUE = 'DUE',
  /** Stripe has accepted it; the money is on its way. */
  PENDING = 'PENDING',
  SUCCEEDED = 'SUCCEEDED',
  /** Stripe refused it, or the money came back: staff must look at it. */
  FAILED = 'FAILED',
  /** Of ours: followed up by another. Else: taken back in Stripe's dashboard, where it was made. */
  CANCELED = 'CANCELED',
  /** The payment is disputed: the bank may return the money itself, and twice would be once too often. */
  BLOCKED = 'BLOCKED',
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
    /** False where it was made in Stripe's dashboard. */
    isOurs: p.boolean().default(true),
    state: p.enum(() => RefundState).default(RefundState.DUE),
    stripeRefundId: p.string().length(255).nullable().unique(),
    createdAt: p.datetime(),
    /** Stripe is not asked before. */
    nextAttemptAt: p.datetime(),
    attempts: p.integer().default(0),
    issuedAt: p.datetime().nullable(),
  },
  indexes: [
    // We send a payment back whole, and once; one that failed may be followed by another.
    {
      name: 'refunds_order_payment_unique',
      expression: `create unique index "refunds_order_payment_unique" on "refunds" ("payment_intent_id") where is_ours and state not in ('FAILED', 'CANCELED')`,
    },
    {
      name: 'refunds_due_index',
      expression: `create index "refunds_due_index" on "refunds" ("next_attempt_at") where state = 'DUE'`,
    },
  ],
  checks: [{ name: 'refunds_amount_positive', expression: 'amount_minor > 0' }],
});

export class Refund extends RefundSchema.class {
  /**
   * Money that we owe and somebody took back at Stripe is owed all the same: staff must look at it.
   *
   * @param status in the words of the payment provider, such as `succeeded`
   */
  stateFor(status: string): RefundState {
    if (status === 'canceled' && this.isOurs) return RefundState.FAILED;
    return RefundState[status.toUpperCase() as keyof typeof RefundState];
  }

  /** One that staff have followed up by another stays over, whatever Stripe tells of it. */
  isFollowedUp(): boolean {
    return this.isOurs && this.state === RefundState.CANCELED;
  }
}
RefundSchema.setClass(Refund);
