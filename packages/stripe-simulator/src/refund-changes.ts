/** How a refund changes: with its events, and with its money back on the balance where it did not go through. */
import type Stripe from 'stripe';
import { bookOnBalance } from './balance.js';
import { invalidState, type StripeApiError } from './errors.js';
import type { EventCause } from './event-recorder.js';
import { changedFields } from './previous-attributes.js';
import { recountRefunds } from './refund-sums.js';
import type { Simulation } from './simulation.js';

/** Under both names: that of refunds, and the older one of the charge that they belong to. */
export function recordRefundUpdate(
  { store, events }: Simulation,
  before: Stripe.Refund,
  after: Stripe.Refund,
  cause: EventCause,
): void {
  store.refunds.put(after);
  const data = { object: after, previous_attributes: changedFields<Stripe.Refund>(before, after) };
  events.record('charge.refund.updated', data, cause);
  events.record('refund.updated', data, cause);
}

/** The money is back on the balance, and the charge counts it as not refunded. */
export function undoRefund(
  simulation: Simulation,
  refund: Stripe.Refund,
  change: Partial<Stripe.Refund>,
  cause: EventCause,
): Stripe.Refund {
  forgetOutcome(simulation, refund);
  const { amount, currency, id: source } = refund;
  const transaction = bookOnBalance(simulation, {
    ...{ amount, currency, source, description: null, fee: 0 },
    type: 'refund_failure',
    reportingCategory: 'refund_failure',
  });
  const undone = changeRefund(simulation, refund, { ...change, failure_balance_transaction: transaction.id }, cause);
  const charge = simulation.store.charges.get(String(refund.charge));
  if (charge !== undefined) recountRefunds(simulation, charge, cause);
  return undone;
}

/** What it waited for is over, unless the change says that it waits. */
export function changeRefund(
  simulation: Simulation,
  refund: Stripe.Refund,
  change: Partial<Stripe.Refund>,
  cause: EventCause,
): Stripe.Refund {
  const { pending_reason: _pendingReason, next_action: _nextAction, ...settled } = refund;
  const updated: Stripe.Refund = { ...settled, ...change };
  recordRefundUpdate(simulation, refund, updated, cause);
  return updated;
}

export function forgetOutcome({ timeline }: Simulation, { id }: Stripe.Refund): void {
  for (const kind of ['settle_refund', 'fail_refund', 'show_refund_reference'] as const) timeline.cancel(kind, id);
}

/** Its money is back. */
export function isOver({ status }: Stripe.Refund): boolean {
  return status === 'failed' || status === 'canceled';
}

export function wrongStatus({ id, status }: Stripe.Refund): StripeApiError {
  return invalidState(`Refund ${id} has a status of \`${status}\`.`);
}
