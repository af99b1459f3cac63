/** A refund is made: what may be refunded of a charge, and what the charge and the balance say of it. */
import type Stripe from 'stripe';
import { bookOnBalance } from './balance.js';
import { disputesOf, hasOpenChargeback } from './charge-disputes.js';
import { cardBehaviourOf } from './charge-settlement.js';
import { unixSeconds } from './clock.js';
import { checkAmount, formatAmount } from './currencies.js';
import { isClosed, isInquiry } from './dispute-states.js';
import { invalidParameter, invalidState } from './errors.js';
import type { EventCause } from './event-recorder.js';
import { awaitOutcome } from './refund-outcomes.js';
import { recountRefunds, refundableAmount, unrefundedAmount } from './refund-sums.js';
import { buildRefund } from './resources/refund-object.js';
import type { Simulation } from './simulation.js';
import type { Store } from './store.js';

export interface RefundRequest {
  /** Null is all that is left. */
  amount: number | null;
  reason: Stripe.Refund.Reason | null;
  metadata: Stripe.Metadata;
}

/** Throws Stripe's 400 for a charge that cannot be refunded, or not by so much. */
export function createRefund(
  simulation: Simulation,
  charge: Stripe.Charge,
  request: RefundRequest,
  cause: EventCause,
): Stripe.Refund {
  const { store, clock, events } = simulation;
  const amount = checkedAmount(store, charge, request.amount);
  const outcome = cardBehaviourOf(store, charge)?.refund ?? null;
  const isPending = outcome === 'pending_then_succeeds' || charge.payment_method_details?.type === 'sepa_debit';
  const refund = buildRefund({ ...request, charge, amount, isPending, created: unixSeconds(clock) });
  const { currency, id: source } = refund;
  const entry = { amount: -amount, currency, source, description: null, fee: 0, reportingCategory: 'refund' };
  const transaction = bookOnBalance(simulation, { ...entry, type: 'refund' });
  const booked: Stripe.Refund = { ...refund, balance_transaction: transaction.id };
  store.refunds.put(booked);
  recountRefunds(simulation, charge, cause);
  events.record('refund.created', { object: booked }, cause);
  if (refundableAmount(store, charge) === 0) endInquiries(simulation, charge);
  awaitOutcome(simulation, booked, outcome === 'succeeds_then_fails');
  return booked;
}

function checkedAmount(store: Store, charge: Stripe.Charge, requested: number | null): number {
  if (charge.status !== 'succeeded' || !charge.captured) {
    throw invalidState(`Charge ${charge.id} has not been captured, so there is nothing to refund.`);
  }
  const left = refundableAmount(store, charge);
  const isLost = left === 0 && unrefundedAmount(store, charge) > 0;
  if (hasOpenChargeback(store, charge.id) || isLost) {
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

/** Nothing is left to ask about. Due at once: a request after this answer finds them closed. */
function endInquiries({ store, clock, timeline }: Simulation, charge: Stripe.Charge): void {
  for (const dispute of disputesOf(store, charge.id)) {
    if (isInquiry(dispute) && !isClosed(dispute)) timeline.schedule('close_dispute', dispute.id, clock.now().getTime());
  }
}
