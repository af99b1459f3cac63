/** The life of a dispute: opened by the cardholder, answered by evidence, decided by the bank, or lost in time. */
import type Stripe from 'stripe';
import { bookOnBalance } from './balance.js';
import { disputeOf } from './charge-settlement.js';
import { unixSeconds } from './clock.js';
import { invalidState } from './errors.js';
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import { changedFields } from './previous-attributes.js';
import { unrefundedAmount } from './refunding.js';
import { buildDispute } from './resources/dispute-object.js';
import type { Simulation } from './simulation.js';
import type { DisputeKind } from './test-cards.js';

/** Stripe gives between 7 and 21 days, by the card's network. */
const EVIDENCE_DUE_SECONDS = 7 * 24 * 60 * 60;
/** A bank takes two to three months over its decision. */
const DECISION_MS = 5000;
/** In minor units of the disputed currency; given back with the money when the dispute is won. */
const DISPUTE_FEE = 1500;

/** Test cards dispute their payments; evidence is decided on, and a dispute without any is lost, in time. */
export function settleDisputesInTime(simulation: Simulation): void {
  const { store, timeline } = simulation;
  timeline.on('open_dispute', (chargeId) => {
    const charge = store.charges.get(chargeId);
    const kind = charge === undefined ? null : disputeOf(store, charge);
    // Refunded or disputed by hand in the meantime: nothing is left to dispute.
    if (charge === undefined || kind === null || charge.disputed || unrefundedAmount(store, charge) === 0) return;
    openDispute(simulation, charge, { kind, amount: null });
  });
  timeline.on('close_dispute', (id) => {
    const dispute = store.disputes.get(id);
    if (dispute === undefined || isClosed(dispute)) return;
    const isWon = dispute.evidence.uncategorized_text === 'winning_evidence' && isUnderReview(dispute);
    decideDispute(simulation, dispute, isWon ? 'won' : 'lost', NO_REQUEST);
  });
}

export interface DisputeRequest {
  kind: DisputeKind;
  /** Null is all that has not been refunded. */
  amount: number | null;
}

/** Throws a 400 for a charge that has nothing to dispute, or a dispute already. */
export function openDispute(
  simulation: Simulation,
  charge: Stripe.Charge,
  { kind, amount: disputed }: DisputeRequest,
): Stripe.Dispute {
  const { store, clock, timeline, events } = simulation;
  if (charge.disputed) throw invalidState(`Charge ${charge.id} has been disputed already.`);
  const unrefunded = charge.status === 'succeeded' && charge.captured ? unrefundedAmount(store, charge) : 0;
  const amount = Math.min(disputed ?? unrefunded, unrefunded);
  if (amount === 0) throw invalidState(`Charge ${charge.id} has no captured amount left that could be disputed.`);
  const created = unixSeconds(clock);
  const dueBy = created + EVIDENCE_DUE_SECONDS;
  const opened = buildDispute({ charge, kind, amount, created, dueBy });
  store.charges.put({ ...charge, disputed: true });
  store.disputes.put(opened);
  timeline.schedule('close_dispute', opened.id, dueBy * 1000);
  // An inquiry asks; only a chargeback takes the money.
  const dispute = kind === 'inquiry' ? opened : withdrawFunds(simulation, opened);
  events.record('charge.dispute.created', { object: dispute }, NO_REQUEST);
  if (kind !== 'inquiry') events.record('charge.dispute.funds_withdrawn', { object: dispute }, NO_REQUEST);
  return dispute;
}

export interface DisputeAnswer {
  evidence: Partial<Stripe.Dispute.Evidence>;
  metadata: Stripe.Metadata;
  /** Staged evidence can still be changed; submitted evidence goes to the bank. Null: what is given is submitted. */
  submit: boolean | null;
}

/** Throws a 400 for a dispute that is closed, or whose evidence the bank has already. */
export function answerDispute(
  simulation: Simulation,
  dispute: Stripe.Dispute,
  { evidence, metadata, submit }: DisputeAnswer,
  cause: EventCause,
): Stripe.Dispute {
  const hasEvidence = Object.keys(evidence).length > 0;
  const submits = (submit ?? hasEvidence) && (hasEvidence || dispute.evidence_details.has_evidence);
  if ((hasEvidence || submits) && (isClosed(dispute) || isUnderReview(dispute))) {
    throw invalidState(`Evidence can no longer be submitted: the dispute has a status of \`${dispute.status}\`.`);
  }
  const details = dispute.evidence_details;
  const updated: Stripe.Dispute = {
    ...dispute,
    evidence: { ...dispute.evidence, ...evidence },
    evidence_details: {
      ...details,
      has_evidence: details.has_evidence || hasEvidence,
      submission_count: details.submission_count + (submits ? 1 : 0),
      submission_method: submits ? 'manual' : details.submission_method,
    },
    metadata,
    status: submits ? reviewStatus(dispute) : dispute.status,
  };
  recordUpdate(simulation, dispute, updated, cause);
  if (submits) awaitDecision(simulation, updated);
  return updated;
}

/** By the bank: the money comes back, or is gone. An inquiry that comes to nothing is merely closed. */
export function decideDispute(
  simulation: Simulation,
  dispute: Stripe.Dispute,
  outcome: 'won' | 'lost',
  cause: EventCause,
): Stripe.Dispute {
  const { store, timeline, events } = simulation;
  if (isClosed(dispute))
    throw invalidState(`This dispute is already closed: it has a status of \`${dispute.status}\`.`);
  timeline.cancel('close_dispute', dispute.id);
  const isInquiry = dispute.status.startsWith('warning_');
  const status = isInquiry ? 'warning_closed' : outcome;
  const isReinstated = status === 'won';
  const closed: Stripe.Dispute = {
    ...(isReinstated ? reinstateFunds(simulation, dispute) : dispute),
    evidence_details: { ...dispute.evidence_details, past_due: isPastDue(simulation, dispute) },
    is_charge_refundable: status !== 'lost' || isPartial(simulation, dispute),
    status,
  };
  store.disputes.put(closed);
  events.record('charge.dispute.closed', { object: closed }, cause);
  if (isReinstated) events.record('charge.dispute.funds_reinstated', { object: closed }, cause);
  return closed;
}

/** Some networks hear a second answer to a dispute that was lost; here it is always heard out, and right. */
export function winAppeal(simulation: Simulation, dispute: Stripe.Dispute): Stripe.Dispute {
  if (dispute.status !== 'lost')
    throw invalidState(`Only a lost dispute is appealed: this one is \`${dispute.status}\`.`);
  const reinstated = reinstateFunds(simulation, dispute);
  const won: Stripe.Dispute = { ...reinstated, is_charge_refundable: true, status: 'won' };
  recordUpdate(simulation, reinstated, won, NO_REQUEST);
  simulation.events.record('charge.dispute.funds_reinstated', { object: won }, NO_REQUEST);
  return won;
}

/** The test evidence is decided on soon; any other waits for the test or person that plays the bank. */
function awaitDecision({ timeline }: Simulation, { id, evidence }: Stripe.Dispute): void {
  const text = evidence.uncategorized_text;
  timeline.cancel('close_dispute', id);
  if (text === 'winning_evidence' || text === 'losing_evidence') {
    timeline.scheduleIn('close_dispute', id, DECISION_MS);
  }
}

function withdrawFunds(simulation: Simulation, dispute: Stripe.Dispute): Stripe.Dispute {
  return moveFunds(simulation, dispute, -dispute.amount, DISPUTE_FEE, 'dispute');
}

function reinstateFunds(simulation: Simulation, dispute: Stripe.Dispute): Stripe.Dispute {
  return moveFunds(simulation, dispute, dispute.amount, -DISPUTE_FEE, 'dispute_reversal');
}

function moveFunds(
  simulation: Simulation,
  dispute: Stripe.Dispute,
  amount: number,
  fee: number,
  reportingCategory: string,
): Stripe.Dispute {
  const description = `Chargeback ${amount < 0 ? 'withdrawal' : 'reversal'} for ${String(dispute.charge)}`;
  const { currency, id: source } = dispute;
  const entry = { amount, currency, description, fee, source, type: 'adjustment', reportingCategory };
  const transaction = bookOnBalance(simulation, entry);
  const moved = { ...dispute, balance_transactions: [...dispute.balance_transactions, transaction] };
  simulation.store.disputes.put(moved);
  return moved;
}

function recordUpdate(
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

/** More is left of its charge than was disputed. */
function isPartial({ store }: Simulation, { amount, charge: chargeId }: Stripe.Dispute): boolean {
  const charge = store.charges.get(String(chargeId));
  return charge !== undefined && amount < unrefundedAmount(store, charge);
}

function isPastDue({ clock }: Simulation, { evidence_details: { due_by: dueBy } }: Stripe.Dispute): boolean {
  return dueBy !== null && unixSeconds(clock) >= dueBy;
}

function isUnderReview({ status }: Stripe.Dispute): boolean {
  return status === 'under_review' || status === 'warning_under_review';
}

function isClosed({ status }: Stripe.Dispute): boolean {
  return status === 'won' || status === 'lost' || status === 'warning_closed';
}

function reviewStatus({ status }: Stripe.Dispute): Stripe.Dispute.Status {
  return status === 'warning_needs_response' ? 'warning_under_review' : 'under_review';
}
