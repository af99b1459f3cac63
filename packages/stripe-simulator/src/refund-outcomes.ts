/** What becomes of refunds: they succeed, wait, fail weeks later, and get the reference by which a bank finds them. */
import type Stripe from 'stripe';
import { REFUND_FAILURE_REASONS, type RefundFailureReason, type RefundReference } from './bank-types.js';
import { unixSeconds } from './clock.js';
import { invalidState } from './errors.js';
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import { createAcquirerReference } from './ids.js';
import { changeRefund, forgetOutcome, isOver, undoRefund, wrongStatus } from './refund-changes.js';
import type { Simulation } from './simulation.js';

/** Stripe takes hours to days over a pending refund, and up to 30 days to learn that one failed. */
const SETTLEMENT_MS = 5000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Stripe promises the reference within a week. */
const REFERENCE_MS = 3 * DAY_MS;
/** The buyer has so long to say where the money should go. */
const ACTION_SECONDS = 45 * 24 * 60 * 60;

export function settleRefundsInTime(simulation: Simulation): void {
  const { store, timeline } = simulation;
  timeline.on('settle_refund', (id) => {
    const refund = store.refunds.get(id);
    if (refund?.status === 'pending') succeedRefund(simulation, refund);
    else if (refund?.status === 'requires_action') expireRefund(simulation, refund);
  });
  timeline.on('fail_refund', (id, reason) => {
    const refund = store.refunds.get(id);
    const known = REFUND_FAILURE_REASONS.find((candidate) => candidate === reason) ?? 'unknown';
    if (refund !== undefined && !isOver(refund)) failRefund(simulation, refund, known);
  });
  timeline.on('show_refund_reference', (id) => {
    const refund = store.refunds.get(id);
    if (refund?.status === 'succeeded' && refund.destination_details?.card !== undefined) {
      showReference(simulation, refund, { status: 'available', type: 'refund' });
    }
  });
}

/** By a test card: it is pending for a while, or fails a while after it has succeeded. */
export function awaitOutcome({ timeline }: Simulation, { id, status }: Stripe.Refund, fails: boolean): void {
  if (status === 'pending') timeline.scheduleIn('settle_refund', id, SETTLEMENT_MS);
  else timeline.scheduleIn('show_refund_reference', id, REFERENCE_MS);
  if (fails) timeline.scheduleIn('fail_refund', id, SETTLEMENT_MS, 'expired_or_canceled_card');
}

export function succeedRefund(simulation: Simulation, refund: Stripe.Refund): Stripe.Refund {
  if (refund.status !== 'pending' && refund.status !== 'requires_action') throw wrongStatus(refund);
  forgetOutcome(simulation, refund);
  simulation.timeline.scheduleIn('show_refund_reference', refund.id, REFERENCE_MS);
  return changeRefund(simulation, refund, { status: 'succeeded', ...withCardType(refund, 'refund') }, NO_REQUEST);
}

/** The money is back on the balance: it has to reach the buyer in another way. */
export function failRefund(
  simulation: Simulation,
  refund: Stripe.Refund,
  failureReason: RefundFailureReason,
): Stripe.Refund {
  if (isOver(refund)) throw wrongStatus(refund);
  const failed = undoRefund(simulation, refund, { status: 'failed', failure_reason: failureReason }, NO_REQUEST);
  simulation.events.record('refund.failed', { object: failed }, NO_REQUEST);
  return failed;
}

/** As when a buyer's bank sends the money back: the shop has thought for weeks that it arrived. */
export function failRefundLater(
  { timeline }: Simulation,
  refund: Stripe.Refund,
  reason: RefundFailureReason,
  days: number,
): Stripe.Refund {
  if (isOver(refund)) throw wrongStatus(refund);
  timeline.scheduleIn('fail_refund', refund.id, days * DAY_MS, reason);
  return refund;
}

/** As when the balance does not cover it: it stays pending until somebody says otherwise. */
export function holdRefund(
  simulation: Simulation,
  refund: Stripe.Refund,
  pendingReason: Stripe.Refund.PendingReason,
): Stripe.Refund {
  if (isOver(refund)) throw wrongStatus(refund);
  forgetOutcome(simulation, refund);
  const change = { status: 'pending', pending_reason: pendingReason, ...withCardType(refund, 'pending') };
  return changeRefund(simulation, refund, change, NO_REQUEST);
}

/** As with methods for which the buyer has to say where the money should go; no card does so by itself. */
export function requireRefundAction(simulation: Simulation, refund: Stripe.Refund): Stripe.Refund {
  if (isOver(refund) || refund.status === 'requires_action') throw wrongStatus(refund);
  const { store, clock, timeline } = simulation;
  const sentAt = unixSeconds(clock);
  const expiresAt = sentAt + ACTION_SECONDS;
  const email = store.charges.get(String(refund.charge))?.billing_details.email ?? 'buyer@example.com';
  const details = { email_sent: { email_sent_at: sentAt, email_sent_to: email }, expires_at: expiresAt };
  forgetOutcome(simulation, refund);
  timeline.schedule('settle_refund', refund.id, expiresAt * 1000);
  const nextAction = { type: 'display_details', display_details: details };
  return changeRefund(simulation, refund, { status: 'requires_action', next_action: nextAction }, NO_REQUEST);
}

/** The buyer did not say in time where the money should go. */
export function expireRefund(simulation: Simulation, refund: Stripe.Refund): Stripe.Refund {
  if (refund.status !== 'requires_action') throw wrongStatus(refund);
  return failRefund(simulation, refund, 'unknown');
}

/** Only a refund that waits for the buyer can be canceled. */
export function cancelRefund(simulation: Simulation, refund: Stripe.Refund, cause: EventCause): Stripe.Refund {
  if (refund.status !== 'requires_action') {
    throw invalidState(
      `Refund ${refund.id} has a status of \`${refund.status}\` and cannot be canceled. Only a refund with status ` +
        '`requires_action` can be canceled.',
    );
  }
  return undoRefund(simulation, refund, { status: 'canceled' }, cause);
}

/** What a buyer can ask their bank for, where the network gives one. */
export function showReference(
  simulation: Simulation,
  refund: Stripe.Refund,
  { status, type }: RefundReference,
): Stripe.Refund {
  const { card } = refund.destination_details ?? {};
  if (refund.status !== 'succeeded' || card === undefined) throw wrongStatus(refund);
  simulation.timeline.cancel('show_refund_reference', refund.id);
  const { reference: _reference, ...rest } = card;
  const shown: Stripe.Refund.DestinationDetails.Card = {
    ...rest,
    ...(status === 'available' ? { reference: createAcquirerReference() } : {}),
    reference_status: status,
    reference_type: type === 'reversal' ? 'system_trace_audit_number' : 'acquirer_reference_number',
    type,
  };
  return changeRefund(simulation, refund, { destination_details: { card: shown, type: 'card' } }, NO_REQUEST);
}

function withCardType(
  { destination_details: details }: Stripe.Refund,
  type: 'pending' | 'refund',
): Pick<Stripe.Refund, 'destination_details'> {
  return details?.card === undefined ? {} : { destination_details: { ...details, card: { ...details.card, type } } };
}
