/** How disputes begin, and what becomes of them by themselves: lost in time, or decided by Stripe's test evidence. */
import type Stripe from 'stripe';
import { disputedAmount } from './charge-disputes.js';
import { disputeOrdersOf } from './charge-settlement.js';
import { unixSeconds } from './clock.js';
import { answerDueBy, awaitAnswer, awaitInquirysEnd } from './dispute-deadlines.js';
import { decideDispute, escalateInquiry, recordDisputeUpdate, showRefundability } from './dispute-decisions.js';
import { DISPUTE_FEE, withdrawFunds } from './dispute-funds.js';
import { beginningOf, type DisputeOrder } from './dispute-kinds.js';
import { isClosed, isInquiry, isUnanswered } from './dispute-states.js';
import { invalidState } from './errors.js';
import { NO_REQUEST } from './event-recorder.js';
import { reconsiderWarnings } from './fraud-warnings.js';
import { unrefundedAmount } from './refund-sums.js';
import { buildDispute } from './resources/dispute-object.js';
import type { Simulation } from './simulation.js';

/** Test cards dispute their payments; what is not answered in time is lost, and inquiries end by themselves. */
export function settleDisputesInTime(simulation: Simulation): void {
  const { store, timeline } = simulation;
  timeline.on('open_dispute', (chargeId) => {
    const charge = store.charges.get(chargeId);
    if (charge !== undefined) disputeByTestCard(simulation, charge);
  });
  timeline.on('pass_dispute_deadline', (id) => {
    const dispute = store.disputes.get(id);
    if (dispute !== undefined && isUnanswered(dispute)) passDeadline(simulation, dispute);
  });
  timeline.on('close_dispute', (id) => {
    const dispute = store.disputes.get(id);
    if (dispute !== undefined && !isClosed(dispute)) decideByEvidence(simulation, dispute);
  });
}

export interface DisputeRequest extends DisputeOrder {
  /** Null is all that is neither refunded nor disputed. */
  amount: number | null;
  /** For the answer, where one is possible; the usual number when absent. */
  answerDays?: number | undefined;
}

/** Throws a 400 for a charge of which nothing is left to dispute. */
export function openDispute(simulation: Simulation, charge: Stripe.Charge, request: DisputeRequest): Stripe.Dispute {
  const { store, clock, events } = simulation;
  const left = disputableAmount(simulation, charge);
  const amount = Math.min(request.amount ?? left, left);
  if (amount === 0) throw invalidState(`Charge ${charge.id} has no captured amount left that could be disputed.`);
  const { takesMoney, takesFee } = beginningOf(request.kind);
  const dueBy = answerDueBy(simulation, request.answerDays);
  const opened = buildDispute({ ...request, charge, amount, created: unixSeconds(clock), dueBy });
  const disputedCharge = { ...charge, disputed: true };
  store.charges.put(disputedCharge);
  store.disputes.put(opened);
  awaitAnswer(simulation, opened);
  if (isInquiry(opened)) awaitInquirysEnd(simulation, opened);
  const booked = takesMoney ? withdrawFunds(simulation, opened, takesFee ? DISPUTE_FEE : 0) : opened;
  const dispute = isClosed(booked) ? showRefundability(simulation, booked) : booked;
  events.record('charge.dispute.created', { object: dispute }, NO_REQUEST);
  if (takesMoney) events.record('charge.dispute.funds_withdrawn', { object: dispute }, NO_REQUEST);
  reconsiderWarnings(simulation, disputedCharge);
  if (isClosed(dispute)) events.record('charge.dispute.closed', { object: dispute }, NO_REQUEST);
  return dispute;
}

/** Refunded or disputed by hand in the meantime: what is left is disputed, if anything is. */
function disputeByTestCard(simulation: Simulation, charge: Stripe.Charge): void {
  const orders = disputeOrdersOf(simulation.store, charge);
  for (const [index, order] of orders.entries()) {
    // Several disputes share the charge.
    const amount = Math.ceil(disputableAmount(simulation, charge) / (orders.length - index));
    if (amount > 0) openDispute(simulation, charge, { ...order, amount });
  }
}

/** An inquiry that nobody answered stays open, for the bank to escalate. */
function passDeadline(simulation: Simulation, dispute: Stripe.Dispute): void {
  if (!isInquiry(dispute)) {
    decideDispute(simulation, dispute, 'lost', NO_REQUEST);
    return;
  }
  const late = { ...dispute, evidence_details: { ...dispute.evidence_details, past_due: true } };
  recordDisputeUpdate(simulation, dispute, late, NO_REQUEST);
}

/** Stripe's test evidence says what the bank thinks of it. */
function decideByEvidence(simulation: Simulation, dispute: Stripe.Dispute): void {
  const { uncategorized_text: text, appeal } = dispute.evidence;
  if (isInquiry(dispute) && text === 'escalate_inquiry_evidence') {
    escalateInquiry(simulation, dispute);
    return;
  }
  const said = dispute.status === 'appeal_under_review' ? appeal?.card?.reason_for_filing : text;
  decideDispute(simulation, dispute, said === 'winning_evidence' ? 'won' : 'lost', NO_REQUEST);
}

/** What of the charge is neither refunded nor disputed: what an inquiry asks about may be refunded, and then counts twice. */
function disputableAmount({ store }: Simulation, charge: Stripe.Charge): number {
  if (charge.status !== 'succeeded' || !charge.captured) return 0;
  return Math.max(0, unrefundedAmount(store, charge) - disputedAmount(store, charge.id));
}
