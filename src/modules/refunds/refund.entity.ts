/**
 * A refund to a buyer: stored before Stripe is called, so that a crash loses none. Those that are due by themselves send
 * all that is left of a payment back; staff claim an amount; others were made in Stripe's dashboard.
 */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';
import type { RefundReason } from '../payments/refund-reason.js';
import { Withdrawal } from '../withdrawals/withdrawal.entity.js';

export enum RefundState {
  /** All that is left is to be issued. */
  DUE = 'DUE',
  /** What staff claimed is to be issued. A state of its own: a version that knows no claims would send all that is left. */
  REQUESTED = 'REQUESTED',
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
  /** It failed, and staff paid the buyer in another way. */
  PAID_OTHERWISE = 'PAID_OTHERWISE',
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
    /** Whether it is due by itself: false for what staff claimed, and for what was made in Stripe's dashboard. */
    isOurs: p.boolean().default(true),
    /** What staff asked for; null where all that is left goes back, and for what was made in Stripe's dashboard. */
    claimedMinor: p.bigint('number').nullable(),
    /** Of the request, with a digest of its input: a repetition finds the same refund. */
    idempotencyKey: p.string().length(255).nullable(),
    requestFingerprint: p.string().columnType('char(64)').nullable(),
    /** Who asked for it: `staff:…`. */
    requestedBy: p.string().length(300).nullable(),
    /** What the buyer had declared; null where they had not withdrawn. */
    withdrawal: () => p.manyToOne(Withdrawal).deleteRule('no action').nullable(),
    state: p.enum(() => RefundState).default(RefundState.DUE),
    stripeRefundId: p.string().length(255).nullable().unique(),
    createdAt: p.datetime(),
    /** When it was first recorded (null in older rows), and when its failure was. */
    recordedAt: p.datetime().nullable(),
    failedAt: p.datetime().nullable(),
    /** Stripe is not called before. */
    nextAttemptAt: p.datetime(),
    attempts: p.integer().default(0),
    /** Stripe's word for why it failed last. */
    failureReason: p.string().length(100).nullable(),
    /** What the buyer's bank finds the money by, once there is one. */
    reference: p.string().length(255).nullable(),
    /** Of the current attempt. Part of the idempotency key; grows where Stripe has to be called with a new one. */
    keyNumber: p.integer().default(1),
    issuedAt: p.datetime().nullable(),
  },
  indexes: [
    // A payment has at most one unsent refund of ours; another may follow one that was sent, or failed.
    {
      name: 'refunds_order_payment_unique',
      expression: `create unique index "refunds_order_payment_unique" on "refunds" ("payment_intent_id") where is_ours and stripe_refund_id is null and state not in ('FAILED', 'CANCELED', 'PAID_OTHERWISE')`,
    },
    {
      name: 'refunds_due_index',
      expression: `create index "refunds_due_index" on "refunds" ("next_attempt_at") where state in ('DUE', 'REQUESTED')`,
    },
    {
      name: 'refunds_idempotency_key_unique',
      expression:
        'create unique index "refunds_idempotency_key_unique" on "refunds" ("order_id", "idempotency_key") where idempotency_key is not null',
    },
    // What waits for a person.
    {
      name: 'refunds_waiting_index',
      expression: `create index "refunds_waiting_index" on "refunds" ("created_at", "id") where state in ('FAILED', 'BLOCKED')`,
    },
  ],
  checks: [
    { name: 'refunds_amount_positive', expression: 'amount_minor > 0' },
    { name: 'refunds_claim_positive', expression: 'claimed_minor > 0' },
    { name: 'refunds_claim_is_not_automatic', expression: 'claimed_minor is null or not is_ours' },
  ],
});

export class Refund extends RefundSchema.class {
  /** Whether the shop asks Stripe for it: by itself, or since staff claimed it. */
  isMadeHere(): boolean {
    return this.isOurs || this.claimedMinor != null;
  }

  /** Its state when it is to be issued. */
  dueState(): RefundState {
    return this.claimedMinor == null ? RefundState.DUE : RefundState.REQUESTED;
  }

  /** Whether it is to be issued. */
  isDue(): boolean {
    return this.state === RefundState.DUE || this.state === RefundState.REQUESTED;
  }

  /** Whether Stripe has not made it: its state follows from what is left of the payment. */
  isUnsent(): boolean {
    return this.isMadeHere() && !this.stripeRefundId && !this.isClosed();
  }

  /** Whether it waits for staff. */
  hasFailed(): boolean {
    return this.isMadeHere() && this.state === RefundState.FAILED;
  }

  /** Whether staff have replaced it by another, or paid the buyer otherwise: whatever Stripe reports of it. */
  isClosed(): boolean {
    return this.state === RefundState.PAID_OTHERWISE || (this.isMadeHere() && this.state === RefundState.CANCELED);
  }

  /**
   * A refund of ours that somebody canceled at Stripe is owed all the same: staff must look into it.
   *
   * @param status the payment provider's, such as `succeeded`
   */
  stateFor(status: string): RefundState {
    const state = refundStateOf(status);
    return state === RefundState.CANCELED && this.isMadeHere() ? RefundState.FAILED : state;
  }

  /** @param now when it became known */
  moveTo(state: RefundState, now: Date): void {
    if (state === RefundState.FAILED && this.state !== state) this.failedAt = now;
    this.state = state;
  }
}
RefundSchema.setClass(Refund);

/** @param status the payment provider's, such as `succeeded` */
export function refundStateOf(status: string): RefundState {
  return RefundState[status.toUpperCase() as keyof typeof RefundState];
}
