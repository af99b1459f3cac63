/** A refund to a buyer: stored before Stripe is called, so that a crash loses none. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';
import type { RefundReason } from '../payments/refund-reason.js';

export enum RefundState {
  /** To be issued. */
  DUE = 'DUE',
  /** Stripe has accepted it; the money is on its way. */
  PENDING = 'PENDING',
  SUCCEEDED = 'SUCCEEDED',
  /** Stripe rejected it, or the money came back: staff must look into it. */
  FAILED = 'FAILED',
  /** Of ours: replaced by another. Else: canceled in Stripe's dashboard, where it was made. */
  CANCELED = 'CANCELED',
  /** The payment is disputed: the bank may return the money itself, and it must not be returned twice. */
  BLOCKED = 'BLOCKED',
  /** Nothing is left to refund: refunds made at Stripe, or the bank, returned it. Due again when that is undone. */
  SETTLED_ELSEWHERE = 'SETTLED_ELSEWHERE',
}

const RefundSchema = defineEntity({
  name: 'Refund',
  tableName: 'refunds',
  properties: {
    /**
     * Also in the idempotency key at Stripe and in the refund's metadata: however often it is requested, it is made
     * once.
     */
    id: p.uuid().primary(),
    order: () => p.manyToOne(Order).index(),
    paymentIntentId: p.string().length(255),
    /** What was refunded; before Stripe is called, what is left to refund as far as is known. */
    amountMinor: p.bigint('number'),
    currency: p.string().columnType('char(3)'),
    /** Not an enum of the database's, since an older version may write words of its own. */
    reason: p.string().length(300).$type<RefundReason>(),
    /** The same in words for staff. */
    note: p.string().length(300).nullable(),
    /** False where it was made in Stripe's dashboard. */
    isOurs: p.boolean().default(true),
    state: p.enum(() => RefundState).default(RefundState.DUE),
    stripeRefundId: p.string().length(255).nullable().unique(),
    createdAt: p.datetime(),
    /** When it was first recorded (null in older rows), and when its failure was. */
    recordedAt: p.datetime().nullable(),
    failedAt: p.datetime().nullable(),
    /** Stripe is not called before. */
    nextAttemptAt: p.datetime(),
    attempts: p.integer().default(0),
    /** Part of the idempotency key; grows where Stripe has to be called with a new one. */
    keyNumber: p.integer().default(1),
    issuedAt: p.datetime().nullable(),
  },
  indexes: [
    // A payment has at most one unsent refund of ours; another may follow one that was sent, or failed.
    {
      name: 'refunds_order_payment_unique',
      expression: `create unique index "refunds_order_payment_unique" on "refunds" ("payment_intent_id") where is_ours and stripe_refund_id is null and state not in ('FAILED', 'CANCELED')`,
    },
    {
      name: 'refunds_due_index',
      expression: `create index "refunds_due_index" on "refunds" ("next_attempt_at") where state = 'DUE'`,
    },
  ],
  checks: [{ name: 'refunds_amount_positive', expression: 'amount_minor > 0' }],
});

export class Refund extends RefundSchema.class {
  /** Whether it is ours and Stripe has not made it: its state follows from what is left of the payment. */
  isUnsent(): boolean {
    return this.isOurs && !this.stripeRefundId && this.state !== RefundState.CANCELED;
  }

  /** Whether it waits for staff. */
  hasFailed(): boolean {
    return this.isOurs && this.state === RefundState.FAILED;
  }

  /**
   * A refund of ours that somebody canceled at Stripe is owed all the same: staff must look into it.
   *
   * @param status the payment provider's, such as `succeeded`
   */
  stateFor(status: string): RefundState {
    const state = refundStateOf(status);
    return state === RefundState.CANCELED && this.isOurs ? RefundState.FAILED : state;
  }

  /** @param now when it became known */
  moveTo(state: RefundState, now: Date): void {
    if (state === RefundState.FAILED && this.state !== state) this.failedAt = now;
    this.state = state;
  }

  /** One that staff have replaced by another stays canceled, whatever Stripe reports. */
  isFollowedUp(): boolean {
    return this.isOurs && this.state === RefundState.CANCELED;
  }
}
RefundSchema.setClass(Refund);

/** @param status the payment provider's, such as `succeeded` */
export function refundStateOf(status: string): RefundState {
  return RefundState[status.toUpperCase() as keyof typeof RefundState];
}
