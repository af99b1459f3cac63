/** A dispute of a payment, as Stripe last reported it. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';

export enum DisputeState {
  /** The bank inquires; no money was withdrawn. */
  INQUIRY = 'INQUIRY',
  INQUIRY_CLOSED = 'INQUIRY_CLOSED',
  /** The bank has withdrawn the money until it is decided. */
  OPEN = 'OPEN',
  WON = 'WON',
  LOST = 'LOST',
}

const DisputeSchema = defineEntity({
  name: 'Dispute',
  tableName: 'disputes',
  properties: {
    /** Stripe's `du_…`. */
    id: p.string().length(255).primary(),
    order: () => p.manyToOne(Order).index(),
    paymentIntentId: p.string().length(255),
    amountMinor: p.bigint('number'),
    currency: p.string().columnType('char(3)'),
    /** Stripe's reason code, such as `fraudulent`. */
    reason: p.string().length(100),
    state: p.enum(() => DisputeState),
    /** What the bank has withdrawn of it and not reinstated. */
    takenMinor: p.bigint('number').default(0),
    createdAt: p.datetime(),
    /** Stripe's word, such as `needs_response`; empty where it was not read yet. */
    providerStatus: p.string().length(50).default(''),
    /** Until when evidence is taken; null where it cannot be answered. */
    dueBy: p.datetime().nullable(),
    /** Whether evidence is staged at Stripe, and how often it was submitted. */
    hasEvidence: p.boolean().default(false),
    submissionCount: p.integer().default(0),
    /** What Stripe has as evidence, by its names of the fields: texts, and ids of files. */
    evidence: p.json<Record<string, string>>().columnType('json').nullable(),
    /**
     * Staff have submitted the evidence, until what became of it is known: it has arrived once there are more submissions
     * than there were.
     */
    submissionRequestedAt: p.datetime().nullable(),
    submissionRequestedBy: p.string().length(300).nullable(),
    submissionBase: p.integer().nullable(),
  },
  // What is due first.
  indexes: [{ name: 'disputes_due_by_index', properties: ['dueBy', 'id'] }],
});

/** Stripe's words for a dispute that waits for the shop. */
export const NEEDS_RESPONSE = ['needs_response', 'warning_needs_response', 'appeal_needs_response'];
/** And for one that waits for the bank. */
export const UNDER_REVIEW = ['under_review', 'warning_under_review', 'appeal_under_review'];

export class Dispute extends DisputeSchema.class {
  /** Whether evidence can still be submitted. */
  isAnswerable(now: Date): boolean {
    return NEEDS_RESPONSE.includes(this.providerStatus) && this.dueBy != null && now < this.dueBy;
  }

  /** Staff submit the evidence: the claim and its key at Stripe are those of an earlier request that is not over. */
  claimSubmission(actor: string, now: Date): void {
    if (this.submissionRequestedAt != null) return;
    this.submissionRequestedAt = now;
    this.submissionRequestedBy = actor;
    this.submissionBase = this.submissionCount;
  }

  /** The key under which Stripe is asked: a claim that was rejected is followed by another, with a key of its own. */
  submissionKey(): string {
    return `comptoir-dispute-submit-${this.id}-${this.submissionRequestedAt?.getTime()}`;
  }

  /** Whether what staff have submitted has arrived, by so many submissions at Stripe. */
  hasArrived(submissions: number): boolean {
    return this.submissionRequestedAt != null && submissions > (this.submissionBase ?? 0);
  }

  /** It has arrived, or was rejected. */
  endSubmission(): void {
    this.submissionRequestedAt = null;
    this.submissionRequestedBy = null;
    this.submissionBase = null;
  }
}
DisputeSchema.setClass(Dispute);

/** @param status the payment provider's, such as `won` */
export function disputeStateOf(status: string): DisputeState {
  return DisputeState[status.toUpperCase() as keyof typeof DisputeState];
}
