/** What follows the capture of a charge behind the buyer's back: its money on the balance. */
import type Stripe from 'stripe';
import { NO_REQUEST } from './event-recorder.js';
import { createId } from './ids.js';
import type { Simulation } from './simulation.js';

/** The charge as it is afterwards: it changes once more when all else is done. */
export function settleCapturedCharge({ store, events }: Simulation, charge: Stripe.Charge): Stripe.Charge {
  const updated: Stripe.Charge = { ...charge, balance_transaction: createId('balanceTransaction') };
  store.charges.put(updated);
  events.record('charge.updated', { object: updated, previous_attributes: { balance_transaction: null } }, NO_REQUEST);
  return updated;
}
