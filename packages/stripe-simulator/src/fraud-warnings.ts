/** Early fraud warnings: a bank suspects a payment, and the shop may still refund it before it is disputed. */
import type Stripe from 'stripe';
import type { FraudType } from './bank-types.js';
import { cardBehaviourOf } from './charge-settlement.js';
import { unixSeconds } from './clock.js';
import { invalidState } from './errors.js';
import { NO_REQUEST } from './event-recorder.js';
import { createId } from './ids.js';
import { changedFields } from './previous-attributes.js';
import type { Simulation } from './simulation.js';

/** One test card is warned of as soon as it has paid. */
export function warnOfFraudInTime(simulation: Simulation): void {
  const { store, timeline } = simulation;
  timeline.on('warn_of_fraud', (chargeId) => {
    const charge = store.charges.get(chargeId);
    if (charge !== undefined && cardBehaviourOf(store, charge)?.isWarnedOf) warnOfFraud(simulation, charge, 'misc');
  });
}

/** Throws a 400 for a charge that no card has paid. */
export function warnOfFraud(
  simulation: Simulation,
  charge: Stripe.Charge,
  fraudType: FraudType,
): Stripe.Radar.EarlyFraudWarning {
  const { store, clock, events } = simulation;
  if (!charge.paid || charge.payment_method_details?.type !== 'card') {
    throw invalidState(`Charge ${charge.id} was not paid by card, so no bank warns of it.`);
  }
  const warning: Stripe.Radar.EarlyFraudWarning = {
    id: createId('earlyFraudWarning'),
    object: 'radar.early_fraud_warning',
    actionable: isActionable(charge),
    charge: charge.id,
    created: unixSeconds(clock),
    fraud_type: fraudType,
    livemode: false,
    ...(charge.payment_intent === null ? {} : { payment_intent: charge.payment_intent }),
  };
  store.earlyFraudWarnings.put(warning);
  events.record('radar.early_fraud_warning.created', { object: warning }, NO_REQUEST);
  return warning;
}

/** The charge was refunded or disputed, or a refund of it has failed. */
export function reconsiderWarnings({ store, events }: Simulation, charge: Stripe.Charge): void {
  for (const warning of [...store.earlyFraudWarnings.oldestFirst()]) {
    if (warning.charge !== charge.id || warning.actionable === isActionable(charge)) continue;
    const updated: Stripe.Radar.EarlyFraudWarning = { ...warning, actionable: isActionable(charge) };
    store.earlyFraudWarnings.put(updated);
    const previous = changedFields<Stripe.Radar.EarlyFraudWarning>(warning, updated);
    events.record('radar.early_fraud_warning.updated', { object: updated, previous_attributes: previous }, NO_REQUEST);
  }
}

/** A refund still keeps the dispute away. */
function isActionable({ disputed, refunded }: Stripe.Charge): boolean {
  return !disputed && !refunded;
}
