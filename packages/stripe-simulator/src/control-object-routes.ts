/** What the dashboard's buttons, and tests, do to objects of the API that the API itself does not. */
import { z } from 'zod';
import { ControlError, type ControlRoute, control, nothing, wholeNumber } from './control-api.js';
import { found, stateful } from './control-objects.js';
import { NO_REQUEST } from './event-recorder.js';
import { CANCELABLE_STATUSES, cancelPayment, capturePayment, sessionOf } from './payment-settlement.js';
import { createRefund } from './refunding.js';
import { endSession } from './session-expiry.js';
import type { Simulation } from './simulation.js';

/** A button for a further kind of object joins here. */
export function controlObjectRoutes(simulation: Simulation): ControlRoute[] {
  const { sessions } = simulation.store;
  return [
    control('POST', '/checkout/sessions/:id/expire', 'expires an open Checkout Session', nothing, (_input, id) => {
      const stored = found(sessions.get(id), 'checkout.session', id);
      // The page may be older than the session's state: a button that came too late changes nothing.
      return stored.session.status === 'open' ? endSession(simulation, stored, NO_REQUEST).session : stored.session;
    }),
    ...paymentRoutes(simulation),
    refundRoute(simulation),
  ];
}

function paymentRoutes(simulation: Simulation): ControlRoute[] {
  const { paymentIntents, charges } = simulation.store;
  return [
    control('POST', '/payment_intents/:id/capture', 'captures an authorized payment', nothing, (_input, id) =>
      stateful(() => {
        const paymentIntent = found(paymentIntents.get(id), 'payment_intent', id);
        const charge = charges.get(String(paymentIntent.latest_charge));
        if (paymentIntent.status !== 'requires_capture' || charge === undefined) throw wrongState(paymentIntent.status);
        return capturePayment(simulation, { paymentIntent, charge }, charge.amount, NO_REQUEST).paymentIntent;
      }),
    ),
    control(
      'POST',
      '/payment_intents/:id/cancel',
      'ends a payment that is not made, or releases an authorized one',
      nothing,
      (_input, id) => {
        const paymentIntent = found(paymentIntents.get(id), 'payment_intent', id);
        // The payment of a session ends with it.
        const isOnPage = sessionOf(simulation, paymentIntent) !== null && paymentIntent.status !== 'requires_capture';
        if (!CANCELABLE_STATUSES.includes(paymentIntent.status) || isOnPage) throw wrongState(paymentIntent.status);
        return cancelPayment(simulation, paymentIntent, null, NO_REQUEST);
      },
    ),
  ];
}

function refundRoute(simulation: Simulation): ControlRoute {
  const { charges } = simulation.store;
  const amount = z.strictObject({ amount: wholeNumber.optional() });
  return control('POST', '/charges/:id/refund', 'refunds {amount}, or all that is left', amount, (input, id) =>
    stateful(() => {
      const request = { amount: input.amount ?? null, reason: null, metadata: {} };
      return createRefund(simulation, found(charges.get(id), 'charge', id), request, NO_REQUEST);
    }),
  );
}

function wrongState(status: string): ControlError {
  return new ControlError(409, `The payment has a status of \`${status}\`.`);
}
