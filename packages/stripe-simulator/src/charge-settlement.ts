/** What follows the capture of a charge behind the buyer's back: money on the balance, and what a test card brings. */
import type Stripe from 'stripe';
import { bookOnBalance, processingFee } from './balance.js';
import type { DisputeOrder } from './dispute-kinds.js';
import { NO_REQUEST } from './event-recorder.js';
import type { Simulation } from './simulation.js';
import type { Store } from './store.js';
import { findTestCard, type TestCard } from './test-cards.js';
import { findTestIban } from './test-ibans.js';

/** The charge as it is afterwards: it changes once more when all else is done. */
export function settleCapturedCharge(simulation: Simulation, charge: Stripe.Charge): Stripe.Charge {
  const { store, events, timeline, clock } = simulation;
  const transaction = bookOnBalance(simulation, {
    amount: charge.amount_captured,
    currency: charge.currency,
    description: charge.description,
    fee: processingFee(charge.amount_captured),
    source: charge.id,
    type: 'charge',
    reportingCategory: 'charge',
    isAvailableAtOnce: cardBehaviourOf(store, charge)?.bypassesPending ?? false,
  });
  const updated: Stripe.Charge = { ...charge, balance_transaction: transaction.id };
  store.charges.put(updated);
  events.record('charge.updated', { object: updated, previous_attributes: { balance_transaction: null } }, NO_REQUEST);
  // Due at once: a request after this answer finds the dispute, or the warning.
  const now = clock.now().getTime();
  if (disputeOrdersOf(store, charge).length > 0) timeline.schedule('open_dispute', charge.id, now);
  if (cardBehaviourOf(store, charge)?.isWarnedOf) timeline.schedule('warn_of_fraud', charge.id, now);
  return updated;
}

/** What the test card of a charge does; null when it was not paid by card, or nobody knows the card any more. */
export function cardBehaviourOf(store: Store, charge: Stripe.Charge): TestCard | null {
  return findTestCard(store.paymentMethods.get(charge.payment_method ?? '')?.number ?? '');
}

/** How the test card or account of a charge disputes it. */
export function disputeOrdersOf(store: Store, charge: Stripe.Charge): readonly DisputeOrder[] {
  const number = store.paymentMethods.get(charge.payment_method ?? '')?.number ?? '';
  if (findTestIban(number)?.isDisputed) return [{ kind: 'debit', reason: 'debit_not_authorized' }];
  return findTestCard(number)?.disputes ?? [];
}
