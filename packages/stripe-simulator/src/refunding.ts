/** Money going back: what may be refunded, what becomes of a refund, and what the charge says of it. */
import type Stripe from 'stripe';
import { bookOnBalance } from './balance.js';
import { disputesOf, hasOpenChargeback, lostAmount } from './charge-disputes.js';
import { cardBehaviourOf } from './charge-settlement.js';
import { unixSeconds } from './clock.js';
import { checkAmount, formatAmount } from './currencies.js';
import { isClosed, isInquiry } from './dispute-states.js';
import { invalidParameter, invalidState } from './errors.js';
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import { changedFields } from './previous-attributes.js';
import { buildRefund } from './resources/refund-object.js';
import type { Simulation } from './simulation.js';
import type { Store } from './store.js';

/** Stripe takes hours to days over a pending refund, and up to 30 days to learn that one failed. */
const SETTLEMENT_MS = 5000;

export interface RefundRequest {
  /** Null is all that is left. */
  amount: number | null;
  reason: Stripe.Refund.Reason | null;
  metadata: Stripe.Metadata;
}

/** Pending refunds succeed, and those to the failing test card fail, a while after they were made. */
export function settleRefundsInTime(simulation: Simulation): void {
  const { store, timeline } = simulation;
  timeline.on('settle_refund', (id) => {
    const refund = store.refunds.get(id);
    if (refund?.status === 'pending') changeRefund(simulation, refund, { status: 'succeeded' }, NO_REQUEST);
    else if (refund?.status === 'succeeded') failRefund(simulation, refund);
  });
}

/** Throws Stripe's 400 for a charge that cannot be refunded, or not by so much. */
export function createRefund(
  simulation: Simulation,
  charge: Stripe.Charge,
  request: RefundRequest,
  cause: EventCause,
): Stripe.Refund {
  const { store, clock, timeline, events } = simulation;
  const amount = checkedAmount(store, charge, request.amount);
  const outcome = cardBehaviourOf(store, charge)?.refund ?? null;
  const isPending = outcome === 'pending_then_succeeds' || charge.payment_method_details?.type === 'sepa_debit';
  const refund = buildRefund({ ...request, charge, amount, isPending, created: unixSeconds(clock) });
  const transaction = bookOnBalance(simulation, { ...balanceEntry(refund, -amount), type: 'refund' });
  const booked: Stripe.Refund = { ...refund, balance_transaction: transaction.id };
  store.refunds.put(booked);
  recountRefunds(simulation, charge, cause);
  events.record('refund.created', { object: booked }, cause);
  if (refundableAmount(store, charge) === 0) endInquiries(simulation, charge);
  if (isPending || outcome === 'succeeds_then_fails') timeline.scheduleIn('settle_refund', booked.id, SETTLEMENT_MS);
  return booked;
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

/** As with methods for which the buyer has to say where the money should go; no card does so by itself. */
export function requireRefundAction(simulation: Simulation, refund: Stripe.Refund): Stripe.Refund {
  if (refund.status !== 'pending' && refund.status !== 'succeeded') {
    throw invalidState(`Refund ${refund.id} has a status of \`${refund.status}\`.`);
  }
  simulation.timeline.cancel('settle_refund', refund.id);
  return changeRefund(simulation, refund, { status: 'requires_action' }, NO_REQUEST);
}

/** The refunds of a charge, the newest first. */
export function refundsOf(store: Store, chargeId: string): Stripe.Refund[] {
  return store.refunds.newestFirst().filter(({ charge }) => charge === chargeId);
}

/** What of the captured amount has not gone back, nor is about to. */
export function unrefundedAmount(store: Store, charge: Stripe.Charge): number {
  return charge.amount_captured - refundedAmount(store, charge.id);
}

/** What of the captured amount has neither gone back nor been lost to a dispute. */
export function refundableAmount(store: Store, charge: Stripe.Charge): number {
  return unrefundedAmount(store, charge) - lostAmount(store, charge.id);
}

function checkedAmount(store: Store, charge: Stripe.Charge, requested: number | null): number {
  if (charge.status !== 'succeeded' || !charge.captured) {
    throw invalidState(`Charge ${charge.id} has not been captured, so there is nothing to refund.`);
  }
  const left = refundableAmount(store, charge);
  if (hasOpenChargeback(store, charge.id) || left < Math.min(1, unrefundedAmount(store, charge))) {
    throw invalidState(`Charge ${charge.id} has been charged back; cannot issue a refund.`, 'charge_disputed');
  }
  if (left === 0) throw invalidState(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded');
  const amount = requested ?? left;
  const error = checkAmount(amount, charge.currency, 'amount');
  if (error !== null) throw error;
  if (amount <= left) return amount;
  const [asked, most] = [amount, left].map((value) => formatAmount(value, charge.currency, 'en'));
  throw invalidParameter(`Refund amount (${asked}) is greater than unrefunded amount on charge (${most})`, 'amount');
}

function failRefund(simulation: Simulation, refund: Stripe.Refund): void {
  const failed = undoRefund(
    simulation,
    refund,
    { status: 'failed', failure_reason: 'expired_or_canceled_card' },
    NO_REQUEST,
  );
  simulation.events.record('refund.failed', { object: failed }, NO_REQUEST);
}

/** The money is back on the balance, and the charge counts it as not refunded. */
function undoRefund(
  simulation: Simulation,
  refund: Stripe.Refund,
  change: Partial<Stripe.Refund>,
  cause: EventCause,
): Stripe.Refund {
  const entry = { ...balanceEntry(refund, refund.amount), type: 'refund_failure', reportingCategory: 'refund_failure' };
  const transaction = bookOnBalance(simulation, entry);
  const undone = changeRefund(simulation, refund, { ...change, failure_balance_transaction: transaction.id }, cause);
  const charge = simulation.store.charges.get(String(refund.charge));
  if (charge !== undefined) recountRefunds(simulation, charge, cause);
  return undone;
}

function changeRefund(
  { store, events }: Simulation,
  refund: Stripe.Refund,
  change: Partial<Stripe.Refund>,
  cause: EventCause,
): Stripe.Refund {
  const { pending_reason: _pendingReason, ...settled } = refund;
  const updated: Stripe.Refund = { ...settled, ...change };
  store.refunds.put(updated);
  events.record(
    'refund.updated',
    { object: updated, previous_attributes: changedFields<Stripe.Refund>(refund, updated) },
    cause,
  );
  return updated;
}

/** The charge's sums follow from its refunds; what a partial capture released is none. */
function recountRefunds({ store, events }: Simulation, charge: Stripe.Charge, cause: EventCause): void {
  const amountRefunded = refundedAmount(store, charge.id);
  const updated = { ...charge, amount_refunded: amountRefunded, refunded: amountRefunded === charge.amount_captured };
  store.charges.put(updated);
  const data = { object: updated, previous_attributes: changedFields<Stripe.Charge>(charge, updated) };
  events.record(amountRefunded > charge.amount_refunded ? 'charge.refunded' : 'charge.updated', data, cause);
}

/** Nothing is left to ask about. Due at once: a request after this answer finds them closed. */
function endInquiries({ store, clock, timeline }: Simulation, charge: Stripe.Charge): void {
  for (const dispute of disputesOf(store, charge.id)) {
    if (isInquiry(dispute) && !isClosed(dispute)) timeline.schedule('close_dispute', dispute.id, clock.now().getTime());
  }
}

function refundedAmount(store: Store, chargeId: string): number {
  const counting = refundsOf(store, chargeId).filter(({ status }) => status !== 'failed' && status !== 'canceled');
  return counting.reduce((sum, { amount }) => sum + amount, 0);
}

function balanceEntry({ id, currency }: Stripe.Refund, amount: number) {
  return { amount, currency, description: null, fee: 0, source: id, reportingCategory: 'refund' };
}
