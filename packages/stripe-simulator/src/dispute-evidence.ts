/** What evidence may hold: texts of a bounded length, and an appeal only where there is one. */
import type Stripe from 'stripe';
import { isAppeal } from './dispute-states.js';
import { invalidParameter } from './errors.js';

/** What one update names; null takes back what was staged. */
export type GivenEvidence = Partial<Stripe.Dispute.Evidence>;

/** In characters, of one text and of all together. */
export const EVIDENCE_TEXT_LENGTH_MAXIMUM = 20_000;
const EVIDENCE_LENGTH_MAXIMUM = 150_000;

/** Throws Stripe's 400 for what does not belong to the dispute, or would be too much with what is staged already. */
export function checkEvidence(dispute: Stripe.Dispute, given: GivenEvidence, all: Stripe.Dispute.Evidence): void {
  if (given.appeal !== undefined && !isAppeal(dispute)) {
    const message = `Appeal evidence can only be given to a dispute that is appealed: this one is \`${dispute.status}\`.`;
    throw invalidParameter(message, 'evidence[appeal]');
  }
  const length = Object.values(all).reduce((sum, value) => sum + textLength(value), 0);
  if (length <= EVIDENCE_LENGTH_MAXIMUM) return;
  const message = `The combined character count of all evidence fields is limited to ${EVIDENCE_LENGTH_MAXIMUM}; yours is ${length}.`;
  throw invalidParameter(message, 'evidence');
}

function textLength(value: unknown): number {
  return typeof value === 'string' ? [...value].length : 0;
}
