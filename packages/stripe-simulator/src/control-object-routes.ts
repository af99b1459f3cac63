/** What the dashboard's buttons, and tests, do to objects of the API that the API itself does not. */
import { z } from 'zod';
import { ControlError, type ControlRoute, control, nothing, wholeNumber } from './control-api.js';
import { decideDispute, escalateInquiry, openAppeal, winAppeal } from './dispute-decisions.js';
import { DISPUTE_REASONS, usualReason } from './dispute-kinds.js';
import { openDispute } from './disputing.js';
import { StripeApiError } from './errors.js';
import { NO_REQUEST } from './event-recorder.js';
import { FRAUD_TYPES, warnOfFraud } from './fraud-warnings.js';
import { CANCELABLE_STATUSES, cancelPayment, capturePayment, sessionOf } from './payment-settlement.js';
import {
  FAILURE_REASONS,
  failRefund,
  failRefundLater,
  holdRefund,
  requireRefundAction,
  showReference,
  succeedRefund,
} from './refund-outcomes.js';
import { createRefund } from './refunding.js';
import { endSession } from './session-expiry.js';
import type { Simulation } from './simulation.js';

/** Stripe learns within 30 days that a refund failed; banks have taken longer. */
const MAX_REFUND_DAYS = 180;
/** Beyond what any network gives. */
const MAX_ANSWER_DAYS = 60;

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
    ...refundRoutes(simulation),
    ...disputeRoutes(simulation),
    ...fraudWarningRoutes(simulation),
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

function refundRoutes(simulation: Simulation): ControlRoute[] {
  const { charges } = simulation.store;
  const amount = z.strictObject({ amount: wholeNumber.optional() });
  return [
    control('POST', '/charges/:id/refund', 'refunds {amount}, or all that is left', amount, (input, id) =>
      stateful(() => {
        const request = { amount: input.amount ?? null, reason: null, metadata: {} };
        return createRefund(simulation, found(charges.get(id), 'charge', id), request, NO_REQUEST);
      }),
    ),
    ...refundOutcomeRoutes(simulation),
  ];
}

const refundFailure = z.strictObject({
  reason: z.enum(FAILURE_REASONS).default('expired_or_canceled_card'),
  afterDays: wholeNumber.pipe(z.number().max(MAX_REFUND_DAYS)).optional(),
});
const refundHold = z.strictObject({ reason: z.enum(['processing', 'insufficient_funds', 'charge_pending']) });
const refundReference = z.strictObject({
  status: z.enum(['available', 'unavailable']).default('available'),
  type: z.enum(['refund', 'reversal']).default('refund'),
});

/** What becomes of a refund, in the place of the network and the buyer's bank. */
function refundOutcomeRoutes(simulation: Simulation): ControlRoute[] {
  const refund = (id: string) => found(simulation.store.refunds.get(id), 'refund', id);
  return [
    control('POST', '/refunds/:id/succeed', 'lets a refund that waits succeed', nothing, (_input, id) =>
      stateful(() => succeedRefund(simulation, refund(id))),
    ),
    control(
      'POST',
      '/refunds/:id/fail',
      'lets a refund fail for {reason}, {afterDays} later',
      refundFailure,
      (input, id) =>
        stateful(() => {
          const { reason, afterDays } = input;
          if (afterDays === undefined) return failRefund(simulation, refund(id), reason);
          return failRefundLater(simulation, refund(id), reason, afterDays);
        }),
    ),
    control('POST', '/refunds/:id/hold', 'keeps a refund pending for {reason}', refundHold, (input, id) =>
      stateful(() => holdRefund(simulation, refund(id), input.reason)),
    ),
    control('POST', '/refunds/:id/require_action', 'makes a refund wait for the buyer', nothing, (_input, id) =>
      stateful(() => requireRefundAction(simulation, refund(id))),
    ),
    control(
      'POST',
      '/refunds/:id/reference',
      'says by which reference a bank finds the refund: {status}, {type}',
      refundReference,
      (input, id) => stateful(() => showReference(simulation, refund(id), input)),
    ),
  ];
}

/** A kind of dispute; the two reasons stand for a chargeback for them. */
const disputeKind = z.enum([
  ...(['card', 'inquiry', 'compliance', 'cartes_bancaires', 'prevented', 'blocked'] as const),
  ...(['fraudulent', 'product_not_received'] as const),
]);

const disputeOpening = z
  .strictObject({
    kind: disputeKind.default('card'),
    reason: z.enum(DISPUTE_REASONS).optional(),
    amount: wholeNumber.optional(),
    answerDays: wholeNumber.pipe(z.number().max(MAX_ANSWER_DAYS)).optional(),
  })
  .transform(({ kind: given, reason, amount = null, answerDays }) => {
    const isReason = given === 'fraudulent' || given === 'product_not_received';
    const kind = isReason ? 'card' : given;
    return { kind, reason: reason ?? (isReason ? given : usualReason(kind)), amount, answerDays };
  });

function disputeRoutes(simulation: Simulation): ControlRoute[] {
  const { charges, disputes } = simulation.store;
  const outcome = z.strictObject({ outcome: z.enum(['won', 'lost']) });
  const dispute = (id: string) => found(disputes.get(id), 'dispute', id);
  return [
    control(
      'POST',
      '/charges/:id/dispute',
      'disputes {amount} of a charge, or all that is left, as {kind} for {reason}, to be answered in {answerDays}',
      disputeOpening,
      (input, id) => stateful(() => openDispute(simulation, found(charges.get(id), 'charge', id), input)),
    ),
    control('POST', '/disputes/:id/escalate', 'makes an inquiry a chargeback', nothing, (_input, id) =>
      stateful(() => escalateInquiry(simulation, dispute(id))),
    ),
    control('POST', '/disputes/:id/close', "decides a dispute in the bank's place: {outcome}", outcome, (input, id) =>
      stateful(() => decideDispute(simulation, dispute(id), input.outcome, NO_REQUEST)),
    ),
    control('POST', '/disputes/:id/appeal', 'lets a lost dispute be answered once more', nothing, (_input, id) =>
      stateful(() => openAppeal(simulation, dispute(id))),
    ),
    control('POST', '/disputes/:id/win_appeal', 'gives the money of a lost dispute back', nothing, (_input, id) =>
      stateful(() => winAppeal(simulation, dispute(id))),
    ),
  ];
}

const fraudWarning = z.strictObject({ fraudType: z.enum(FRAUD_TYPES).default('misc') });

function fraudWarningRoutes(simulation: Simulation): ControlRoute[] {
  const { charges } = simulation.store;
  return [
    control(
      'POST',
      '/charges/:id/early_fraud_warning',
      "warns of a payment in its bank's place, for {fraudType}",
      fraudWarning,
      (input, id) => stateful(() => warnOfFraud(simulation, found(charges.get(id), 'charge', id), input.fraudType)),
    ),
  ];
}

function found<Item>(item: Item | undefined, objectType: string, id: string): Item {
  if (item === undefined) throw new ControlError(404, `No such ${objectType}: '${id}'`, 'id');
  return item;
}

function wrongState(status: string): ControlError {
  return new ControlError(409, `The payment has a status of \`${status}\`.`);
}

/** What Stripe would reject is rejected here in the same words. */
function stateful<Result>(operation: () => Result): Result {
  try {
    return operation();
  } catch (error) {
    if (error instanceof StripeApiError) throw new ControlError(409, error.message, error.fields.param ?? null);
    throw error;
  }
}
