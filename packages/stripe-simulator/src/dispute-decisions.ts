/** What the bank decides about a dispute: an inquiry is escalated, a chargeback won or lost, a lost one appealed. */
import type Stripe from 'stripe';
import { disputesOf } from './charge-disputes.js';
import { unixSeconds } from './clock.js';
import { answerDueBy, awaitAnswer, forgetDeadlines } from './dispute-deadlines.js';
import { DISPUTE_FEE, reinstateFunds, withdrawFunds } from './dispute-funds.js';
import { isClosed, isInquiry, isUnanswered } from './dispute-states.js';
import { invalidState } from './errors.js';
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import { changedFields } from './previous-attributes.js';
import { refundableAmount } from './refund-sums.js';
import type { Simulation } from './simulation.js';

/** The money comes back, or is gone. An inquiry that comes to nothing is merely closed. */
export function decideDispute(
  simulation: Simulation,
  dispute: Stripe.Dispute,
  outcome: 'won' | 'lost',
  cause: EventCause,
): Stripe.Dispute {
  if (isClosed(dispute))
    throw invalidState(`This dispute is already closed: it has a status of \`${dispute.status}\`.`);
  forgetDeadlines(simulation, dispute);
  const status = isInquiry(dispute) ? 'warning_closed' : outcome;
  const isReinstated = status === 'won';
  const decided: Stripe.Dispute = {
    ...(isReinstated ? reinstateFunds(simulation, dispute) : dispute),
    evidence_details: {
      ...dispute.evidence_details,
      past_due: isUnanswered(dispute) && isPastDue(simulation, dispute),
    },
    status,
  };
  const closed = showRefundability(simulation, decided);
  const { events } = simulation;
  events.record('charge.dispute.closed', { object: closed }, cause);
  if (isReinstated) events.record('charge.dispute.funds_reinstated', { object: closed }, cause);
  return closed;
}

/** The bank is not content with an inquiry: the money is gone, and the chargeback wants an answer of its own. */
export function escalateInquiry(simulation: Simulation, inquiry: Stripe.Dispute): Stripe.Dispute {
  if (!isInquiry(inquiry) || isClosed(inquiry))
    throw invalidState(`Only an open inquiry can be escalated: this dispute is \`${inquiry.status}\`.`);
  const charge = simulation.store.charges.get(String(inquiry.charge));
  const left = charge === undefined ? inquiry.amount : refundableAmount(simulation.store, charge);
  const { card } = inquiry.payment_method_details ?? {};
  const chargeback: Stripe.Dispute = {
    ...inquiry,
    amount: Math.min(inquiry.amount, left),
    evidence_details: { ...inquiry.evidence_details, due_by: answerDueBy(simulation), past_due: false },
    is_charge_refundable: false,
    ...(card === undefined
      ? {}
      : { payment_method_details: { card: { ...card, case_type: 'chargeback' }, type: 'card' } }),
    status: 'needs_response',
  };
  forgetDeadlines(simulation, inquiry);
  awaitAnswer(simulation, chargeback);
  const escalated = withdrawFunds(simulation, chargeback, DISPUTE_FEE);
  recordDisputeUpdate(simulation, inquiry, escalated, NO_REQUEST);
  simulation.events.record('charge.dispute.funds_withdrawn', { object: escalated }, NO_REQUEST);
  return escalated;
}

/** Some networks hear a second answer to a dispute that was lost. */
export function openAppeal(simulation: Simulation, dispute: Stripe.Dispute): Stripe.Dispute {
  requireAppealable(dispute);
  const appealed: Stripe.Dispute = {
    ...dispute,
    evidence_details: { ...dispute.evidence_details, due_by: answerDueBy(simulation), past_due: false },
    is_charge_refundable: false,
    status: 'appeal_needs_response',
  };
  awaitAnswer(simulation, appealed);
  recordDisputeUpdate(simulation, dispute, appealed, NO_REQUEST);
  return appealed;
}

/** The appeal and its outcome at once. */
export function winAppeal(simulation: Simulation, dispute: Stripe.Dispute): Stripe.Dispute {
  requireAppealable(dispute);
  const reinstated = reinstateFunds(simulation, dispute);
  const won = showRefundability(simulation, { ...reinstated, status: 'won' });
  recordDisputeUpdate(simulation, reinstated, won, NO_REQUEST);
  simulation.events.record('charge.dispute.funds_reinstated', { object: won }, NO_REQUEST);
  return won;
}

export function recordDisputeUpdate(
  { store, events }: Simulation,
  before: Stripe.Dispute,
  after: Stripe.Dispute,
  cause: EventCause,
): void {
  const previous = changedFields<Stripe.Dispute>(before, after);
  if (Object.keys(previous).length === 0) return;
  store.disputes.put(after);
  events.record('charge.dispute.updated', { object: after, previous_attributes: previous }, cause);
}

/** Once a dispute is over, what is left of its charge can be refunded: it says so, as do the others that are over. */
export function showRefundability({ store }: Simulation, over: Stripe.Dispute): Stripe.Dispute {
  store.disputes.put(over);
  const charge = store.charges.get(String(over.charge));
  const isRefundable = charge !== undefined && refundableAmount(store, charge) > 0;
  for (const dispute of disputesOf(store, String(over.charge))) {
    if (isClosed(dispute)) store.disputes.put({ ...dispute, is_charge_refundable: isRefundable });
  }
  return { ...over, is_charge_refundable: isRefundable };
}

function requireAppealable({ status, evidence_details: { due_by: dueBy } }: Stripe.Dispute): void {
  if (status !== 'lost') throw invalidState(`Only a lost dispute is appealed: this one is \`${status}\`.`);
  if (dueBy === 0) throw invalidState('The network of this dispute takes no answer, and hears no appeal.');
}

function isPastDue({ clock }: Simulation, { evidence_details: { due_by: dueBy } }: Stripe.Dispute): boolean {
  return dueBy !== null && unixSeconds(clock) >= dueBy;
}
