/** The refunds of a charge, and what they leave of it. */
import type Stripe from 'stripe';
import { lostAmount } from './charge-disputes.js';
import type { EventCause } from './event-recorder.js';
import { reconsiderWarnings } from './fraud-warnings.js';
import { changedFields } from './previous-attributes.js';
import type { Simulation } from './simulation.js';
import type { Store } from './store.js';

/** The newest first. */
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

/** The charge's sums follow from its refunds; what a partial capture released is none. */
export function recountRefunds(simulation: Simulation, charge: Stripe.Charge, cause: EventCause): void {
  const { store, events } = simulation;
  const amountRefunded = refundedAmount(store, charge.id);
  const updated = { ...charge, amount_refunded: amountRefunded, refunded: amountRefunded === charge.amount_captured };
  store.charges.put(updated);
  const data = { object: updated, previous_attributes: changedFields<Stripe.Charge>(charge, updated) };
  events.record(amountRefunded > charge.amount_refunded ? 'charge.refunded' : 'charge.updated', data, cause);
  reconsiderWarnings(simulation, updated);
}

function refundedAmount(store: Store, chargeId: string): number {
  const counting = refundsOf(store, chargeId).filter(({ status }) => status !== 'failed' && status !== 'canceled');
  return counting.reduce((sum, { amount }) => sum + amount, 0);
}
