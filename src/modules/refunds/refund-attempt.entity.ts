/** An attempt to make a refund at Stripe: stored with its amount and key before Stripe is called, so that it is made once. */
import { defineEntity, p } from '@mikro-orm/core';
import { Refund } from './refund.entity.js';

export enum RefundAttemptState {
  /** Whether Stripe made it is not known yet. */
  SENT = 'SENT',
  PENDING = 'PENDING',
  SUCCEEDED = 'SUCCEEDED',
  /** The money came back to the shop. */
  FAILED = 'FAILED',
  CANCELED = 'CANCELED',
  /** Stripe rejected it, or its list shows that there is none: another may follow. */
  NOT_MADE = 'NOT_MADE',
}

const RefundAttemptSchema = defineEntity({
  name: 'RefundAttempt',
  tableName: 'refund_attempts',
  properties: {
    id: p.uuid().primary(),
    refund: () => p.manyToOne(Refund),
    /** From 1 on; part of the idempotency key, and in the metadata of the refund at Stripe. */
    number: p.integer(),
    /** What was asked for; null for all that was left. */
    amountMinor: p.bigint('number').nullable(),
    createdAt: p.datetime(),
    state: p.enum(() => RefundAttemptState).default(RefundAttemptState.SENT),
    stripeRefundId: p.string().length(255).nullable().unique(),
    /** Stripe's word for why it failed, or was rejected. */
    failureReason: p.string().length(100).nullable(),
  },
  uniques: [{ name: 'refund_attempts_number_unique', properties: ['refund', 'number'] }],
  checks: [{ name: 'refund_attempts_amount_positive', expression: 'amount_minor > 0' }],
});

export class RefundAttempt extends RefundAttemptSchema.class {}
RefundAttemptSchema.setClass(RefundAttempt);
