/** The shop's part in a dispute: evidence that is staged, submitted once, and weighed by the bank. */
import type Stripe from 'stripe';
import { awaitInquirysEnd, forgetDeadlines } from './dispute-deadlines.js';
import { decideDispute, recordDisputeUpdate } from './dispute-decisions.js';
import { checkEvidence, type GivenEvidence, mergeEvidence } from './dispute-evidence.js';
import { isInquiry, isInTime, reviewStatus } from './dispute-states.js';
import { eligibilityOf, isFeeUnacknowledged } from './enhanced-evidence.js';
import { invalidState, type StripeApiError } from './errors.js';
import type { EventCause } from './event-recorder.js';
import type { Simulation } from './simulation.js';

/** A bank takes two to three months over its decision. */
const DECISION_MS = 5000;
/** Stripe decides by these at once; any other evidence waits for the test or person that plays the bank. */
const TEST_EVIDENCE: readonly unknown[] = ['winning_evidence', 'losing_evidence', 'escalate_inquiry_evidence'];

export interface DisputeAnswer {
  evidence: GivenEvidence;
  metadata: Stripe.Metadata;
  intendedMethod: Stripe.Dispute.IntendedSubmissionMethod | null;
  /** Staged evidence can still be changed; submitted evidence goes to the bank. Null: what is given is submitted. */
  submit: boolean | null;
}

/** Throws a 400 for evidence that comes too late, a second time, or for a dispute that takes none. */
export function answerDispute(
  simulation: Simulation,
  dispute: Stripe.Dispute,
  answer: DisputeAnswer,
  cause: EventCause,
): Stripe.Dispute {
  const { evidence: given, submit } = answer;
  const isGiven = Object.keys(given).length > 0;
  const submits = (submit ?? isGiven) && (isGiven || dispute.evidence_details.has_evidence);
  const review = isGiven || submits ? requireAnswerable(simulation, dispute) : dispute.status;
  if (isGiven) checkEvidence(simulation.store, dispute, given);
  const evidence = mergeEvidence(dispute, given);
  const updated: Stripe.Dispute = {
    ...dispute,
    evidence,
    evidence_details: answeredDetails(dispute, evidence, { isGiven, submits }),
    intended_submission_method: answer.intendedMethod ?? dispute.intended_submission_method,
    metadata: answer.metadata,
    status: submits ? review : dispute.status,
  };
  recordDisputeUpdate(simulation, dispute, updated, cause);
  if (submits) awaitDecision(simulation, updated);
  return updated;
}

function answeredDetails(
  { evidence_details: details, enhanced_eligibility_types: types }: Stripe.Dispute,
  { enhanced_evidence: enhanced }: Stripe.Dispute.Evidence,
  { isGiven, submits }: { isGiven: boolean; submits: boolean },
): Stripe.Dispute.EvidenceDetails {
  const eligibility = eligibilityOf(types, enhanced);
  if (submits && isFeeUnacknowledged(eligibility)) {
    throw invalidState(
      'The fee for challenging a compliance dispute has to be acknowledged before evidence is submitted.',
    );
  }
  return {
    ...details,
    enhanced_eligibility: eligibility,
    has_evidence: details.has_evidence || isGiven,
    submission_count: details.submission_count + (submits ? 1 : 0),
    submission_method: submits ? 'manual' : details.submission_method,
  };
}

/** To accept is final; an inquiry is not accepted but ended, by a refund of all that it asks about. */
export function acceptDispute(simulation: Simulation, dispute: Stripe.Dispute, cause: EventCause): Stripe.Dispute {
  if (dispute.status === 'warning_needs_response' || dispute.status === 'warning_under_review') {
    throw invalidState('An inquiry cannot be closed. Refund the charge in full to end it.');
  }
  return decideDispute(simulation, dispute, 'lost', cause);
}

/** The status that a submission leads to. */
function requireAnswerable({ clock }: Simulation, dispute: Stripe.Dispute): Stripe.Dispute.Status {
  const review = reviewStatus(dispute);
  if (dispute.evidence_details.due_by === 0) throw invalidState('This dispute cannot be challenged.');
  if (review === null) throw alreadyAnswered(dispute);
  if (!isInTime(dispute, clock))
    throw invalidState('The deadline for submitting evidence for this dispute has passed.');
  return review;
}

function alreadyAnswered({ status }: Stripe.Dispute): StripeApiError {
  return invalidState(`Evidence can no longer be submitted: the dispute has a status of \`${status}\`.`);
}

function awaitDecision(simulation: Simulation, dispute: Stripe.Dispute): void {
  const { uncategorized_text: text, appeal } = dispute.evidence;
  forgetDeadlines(simulation, dispute);
  if (isInquiry(dispute)) awaitInquirysEnd(simulation, dispute);
  const said = dispute.status === 'appeal_under_review' ? appeal?.card?.reason_for_filing : text;
  if (TEST_EVIDENCE.includes(said)) simulation.timeline.scheduleIn('close_dispute', dispute.id, DECISION_MS);
}
