/** What the status of a dispute says: whether it can still be answered, and whether it is over. */
import type Stripe from 'stripe';
import { type Clock, unixSeconds } from './clock.js';

/** Where an answer leads to. */
const REVIEWS = new Map<Stripe.Dispute.Status, Stripe.Dispute.Status>([
  ['warning_needs_response', 'warning_under_review'],
  ['needs_response', 'under_review'],
  ['appeal_needs_response', 'appeal_under_review'],
]);

const CLOSED: ReadonlySet<Stripe.Dispute.Status> = new Set(['won', 'lost', 'warning_closed', 'prevented']);

export function isClosed({ status }: Stripe.Dispute): boolean {
  return CLOSED.has(status);
}

/** The buyer's bank asks; it has not taken the money back. */
export function isInquiry({ status }: Stripe.Dispute): boolean {
  return status.startsWith('warning_');
}

export function isAppeal({ status }: Stripe.Dispute): boolean {
  return status.startsWith('appeal_');
}

export function isUnanswered({ status }: Stripe.Dispute): boolean {
  return REVIEWS.has(status);
}

/** The status once it is answered; null where no answer is waited for. */
export function reviewStatus({ status }: Stripe.Dispute): Stripe.Dispute.Status | null {
  return REVIEWS.get(status) ?? null;
}

/** Zero or null says that the network takes no answer at all. */
export function isInTime({ evidence_details: details }: Stripe.Dispute, clock: Clock): boolean {
  const { due_by: dueBy, past_due: isPastDue } = details;
  return !isPastDue && dueBy !== null && dueBy !== 0 && unixSeconds(clock) < dueBy;
}
