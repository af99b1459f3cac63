/** What becomes of money that is held: taken by the shop, whole or in part, or lost before its time. */
import type Stripe from 'stripe';
import type { CaptureRefusal } from './bank-types.js';
import { checkAmount } from './currencies.js';
import { invalidParameter, invalidState, missingObject, type StripeApiError, unexpectedState } from './errors.js';
import type { EventCause } from './event-recorder.js';
import { capturePayment, expireAuthorization } from './payment-settlement.js';
import { captureDeadline } from './resources/authorization-window.js';
import type { Simulation } from './simulation.js';
import { actionId } from './store.js';

interface Capture {
  /** All that is held when absent. */
  amount: number | undefined;
  /** What the PaymentIntent says differently from then on. */
  changes?: Partial<Stripe.PaymentIntent>;
}

/** Takes what is held, or so much of it; the rest is released. Throws Stripe's 400 for what the state forbids. */
export function captureHold(
  simulation: Simulation,
  paymentIntent: Stripe.PaymentIntent,
  { amount, changes = {} }: Capture,
  cause: EventCause,
): Stripe.PaymentIntent {
  expectStatus(paymentIntent, ['requires_capture'], 'capture', 'captured');
  const charge = simulation.store.charges.get(String(paymentIntent.latest_charge));
  if (charge === undefined) throw missingObject('charge', String(paymentIntent.latest_charge));
  const { amount_capturable: held } = paymentIntent;
  const taken = amount ?? held;
  if (taken > held) {
    const message = `The provided amount_to_capture (${taken}) is greater than the amount that can be captured (${held}).`;
    throw invalidParameter(message, 'amount_to_capture', 'amount_too_large');
  }
  const error = checkAmount(taken, paymentIntent.currency, 'amount_to_capture') ?? refusalOf(simulation, paymentIntent);
  if (error !== null) throw error;
  const changed = { ...paymentIntent, ...changes };
  return capturePayment(simulation, { paymentIntent: changed, charge }, taken, cause).paymentIntent;
}

/** What the API answers to a capture when the bank has let go of the money; null while it holds it. */
export function refusalOf({ store }: Simulation, paymentIntent: Stripe.PaymentIntent): StripeApiError | null {
  const code = store.scheduledActions.get(actionId('expire_authorization', paymentIntent.id))?.detail ?? null;
  if (code === null) return null;
  return unexpectedState(paymentIntent, 'The charge cannot be captured: its authorization has expired.', code);
}

/** Throws Stripe's 400 for a PaymentIntent of another status. */
export function expectStatus(
  paymentIntent: Stripe.PaymentIntent,
  allowed: readonly string[],
  verb: string,
  done: string,
): void {
  if (allowed.includes(paymentIntent.status)) return;
  throw unexpectedState(
    paymentIntent,
    `You cannot ${verb} this PaymentIntent because it has a status of ${paymentIntent.status}. Only a PaymentIntent ` +
      `with one of the following statuses may be ${done}: ${allowed.join(', ')}.`,
  );
}

/** The bank lets go of the money before its time, and Stripe knows: the payment is over. */
export function expireHold(simulation: Simulation, charge: Stripe.Charge): Stripe.Charge {
  expireAuthorization(simulation, { paymentIntent: heldPayment(simulation, charge), charge });
  return charge;
}

/**
 * The bank lets go of the money, and Stripe learns of it from the next capture: the PaymentIntent still requires one, and
 * ends when it would have ended anyway. The refusal is kept with that end, and goes with it.
 */
export function loseHold(simulation: Simulation, charge: Stripe.Charge, refusal: CaptureRefusal): Stripe.Charge {
  const { id } = heldPayment(simulation, charge);
  simulation.timeline.schedule('expire_authorization', id, captureDeadline(charge) * 1000, refusal);
  return charge;
}

function heldPayment({ store }: Simulation, charge: Stripe.Charge): Stripe.PaymentIntent {
  const paymentIntent = store.paymentIntents.get(String(charge.payment_intent));
  if (paymentIntent?.status === 'requires_capture' && paymentIntent.latest_charge === charge.id) return paymentIntent;
  throw invalidState(`Charge ${charge.id} holds nothing.`);
}
