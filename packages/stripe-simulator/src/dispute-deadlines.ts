/** How long a dispute may take: the shop over its answer, and the bank over an inquiry. */
import type Stripe from 'stripe';
import { unixSeconds } from './clock.js';
import { isUnanswered } from './dispute-states.js';
import type { Simulation } from './simulation.js';

const DAY_SECONDS = 24 * 60 * 60;
/** Stripe gives between 7 and 21 days, by the card's network. */
const ANSWER_DAYS = 7;
/** An inquiry that did not become a chargeback by then never will. */
const INQUIRY_DAYS = 120;

/** In seconds since the epoch. */
export function answerDueBy({ clock }: Simulation, days = ANSWER_DAYS): number {
  return unixSeconds(clock) + days * DAY_SECONDS;
}

/** Nothing where the network takes no answer. */
export function awaitAnswer({ timeline }: Simulation, dispute: Stripe.Dispute): void {
  const { due_by: dueBy } = dispute.evidence_details;
  if (isUnanswered(dispute) && dueBy !== null) timeline.schedule('pass_dispute_deadline', dispute.id, dueBy * 1000);
}

/** An inquiry that was answered ends as one that was not, unless the bank escalates it. */
export function awaitInquirysEnd({ timeline }: Simulation, { id, created }: Stripe.Dispute): void {
  timeline.schedule('close_dispute', id, (created + INQUIRY_DAYS * DAY_SECONDS) * 1000);
}

export function forgetDeadlines({ timeline }: Simulation, { id }: Stripe.Dispute): void {
  timeline.cancel('pass_dispute_deadline', id);
  timeline.cancel('close_dispute', id);
}
