/** `/v1/payment_intents/:id/…`: confirm, capture and cancel. */
import type Stripe from 'stripe';
import { settleCapturedCharge } from '../charge-settlement.js';
import {
  invalidParameter,
  invalidState,
  missingObject,
  paymentFailure,
  type StripeApiError,
  unexpectedState,
} from '../errors.js';
import type { EventCause } from '../event-recorder.js';
import { captureHold, expectStatus } from '../holds.js';
import { enumeration, expandField, type Parsed } from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { attemptPayment } from '../payment-attempt.js';
import { checkUsable } from '../payment-method-ownership.js';
import { CANCELABLE_STATUSES, cancelPayment, sessionOf } from '../payment-settlement.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import type { BuyerPresence } from './authorization-window.js';
import {
  type ConfirmParameters,
  capturePaymentIntentParameters,
  confirmPaymentIntentParameters,
  removedPaymentIntentParameters,
} from './payment-intent-parameters.js';
import {
  asksForFeatures,
  checkStoredCredential,
  INELIGIBLE_FOR_FEATURES,
  withCardOptions,
} from './payment-method-options.js';
import { resolvePaymentMethod } from './payment-method-reference.js';
import { buildShipping } from './shared-parameters.js';

const PATH = '/v1/payment_intents/:id';
const OBJECT_TYPE = 'payment_intent';

const CONFIRMABLE = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

export function paymentIntentActionRoutes(simulation: Simulation): Route[] {
  const find = (id: string) => findPaymentIntent(simulation, id);
  return [
    defineRoute<ConfirmParameters>({
      method: 'POST',
      path: `${PATH}/confirm`,
      answers: OBJECT_TYPE,
      parameters: confirmPaymentIntentParameters,
      removedParameters: removedPaymentIntentParameters,
      handle: ({ id, parameters, cause }) => confirm(simulation, find(id), parameters, cause),
    }),
    defineRoute<Stripe.PaymentIntentCaptureParams>({
      method: 'POST',
      path: `${PATH}/capture`,
      answers: OBJECT_TYPE,
      parameters: capturePaymentIntentParameters,
      handle: ({ id, parameters, cause }) => capture(simulation, find(id), parameters, cause),
    }),
    defineRoute<Stripe.PaymentIntentCancelParams>({
      method: 'POST',
      path: `${PATH}/cancel`,
      answers: OBJECT_TYPE,
      parameters: {
        cancellation_reason: enumeration({
          abandoned: true,
          duplicate: true,
          fraudulent: true,
          requested_by_customer: true,
        }),
        expand: expandField,
      },
      handle: ({ id, parameters, cause }) =>
        cancelPaymentIntent(simulation, find(id), parameters.cancellation_reason ?? null, cause),
    }),
  ];
}

export function findPaymentIntent({ store }: Simulation, id: string): Stripe.PaymentIntent {
  const paymentIntent = store.paymentIntents.get(id);
  if (paymentIntent === undefined) throw missingObject(OBJECT_TYPE, id);
  return paymentIntent;
}

/** Whether the buyer can be asked by their bank. */
export function buyerPresence(
  parameters: Pick<Parsed<ConfirmParameters>, 'off_session' | 'error_on_requires_action'>,
): BuyerPresence {
  const { off_session: offSession = 'false', error_on_requires_action: errorOnAction } = parameters;
  if (offSession !== 'false') return 'absent';
  return errorOnAction === true ? 'unasked' : 'present';
}

/** The PaymentIntent as it is afterwards. Throws Stripe's 402 when the bank declines. */
export function confirmPaymentIntent(
  simulation: Simulation,
  paymentIntent: Stripe.PaymentIntent,
  buyer: BuyerPresence,
  cause: EventCause,
): Stripe.PaymentIntent {
  const { payment_method: methodId } = paymentIntent;
  if (typeof methodId !== 'string') {
    throw unexpectedState(
      paymentIntent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent with a " +
        'payment method and then confirm it again.',
    );
  }
  // Either may have gone since the PaymentIntent was created.
  rejectDeletedCustomer(simulation, paymentIntent);
  const method = resolvePaymentMethod(simulation, methodId);
  checkUsable(method, paymentIntent.customer);
  if (!paymentIntent.payment_method_types.includes(method.paymentMethod.type)) {
    const types = paymentIntent.payment_method_types.join(', ');
    const message = `The PaymentMethod provided (${method.paymentMethod.type}) is not allowed for this PaymentIntent. It takes: ${types}.`;
    throw invalidParameter(message, 'payment_method');
  }
  if (asksForFeatures(paymentIntent.payment_method_options?.card)) throw refusedFeatures(simulation, paymentIntent);
  const result = attemptPayment({ simulation, paymentIntent, method, buyer, cause });
  if (result.kind === 'declined') throw paymentFailure(result.paymentIntent);
  if (result.kind === 'succeeded') settleCapturedCharge(simulation, result.charge);
  return result.paymentIntent;
}

function rejectDeletedCustomer({ store }: Simulation, { customer: id }: Stripe.PaymentIntent): void {
  const customer = typeof id === 'string' ? store.customers.get(id) : undefined;
  if (customer?.deleted === true) throw missingObject('customer', customer.id, 'customer');
}

/** The PaymentIntent waits for another attempt. */
function refusedFeatures({ store }: Simulation, paymentIntent: Stripe.PaymentIntent): StripeApiError {
  const waiting: Stripe.PaymentIntent = { ...paymentIntent, payment_method: null, status: 'requires_payment_method' };
  store.paymentIntents.put(waiting);
  return unexpectedState(waiting, INELIGIBLE_FOR_FEATURES, 'payment_intent_invalid_parameter');
}

/** With what the request asks of cards. */
export function withOptions(
  paymentIntent: Stripe.PaymentIntent,
  { payment_method_options: options }: Pick<Parsed<ConfirmParameters>, 'payment_method_options'>,
): Stripe.PaymentIntent {
  const described = {
    ...paymentIntent,
    payment_method_options: withCardOptions(paymentIntent.payment_method_options, options),
  };
  checkStoredCredential(described);
  return described;
}

function confirm(
  simulation: Simulation,
  current: Stripe.PaymentIntent,
  parameters: Parsed<ConfirmParameters>,
  cause: EventCause,
): Stripe.PaymentIntent {
  expectStatus(current, CONFIRMABLE, 'confirm', 'confirmed');
  rejectSession(simulation, current, 'confirm');
  const { payment_method: methodId, receipt_email: receiptEmail } = parameters;
  const method = methodId === undefined ? null : resolvePaymentMethod(simulation, methodId);
  const paymentIntent: Stripe.PaymentIntent = {
    ...current,
    capture_method: parameters.capture_method ?? current.capture_method,
    payment_method: method?.id ?? current.payment_method,
    receipt_email: receiptEmail === undefined ? current.receipt_email : receiptEmail || null,
    setup_future_usage: parameters.setup_future_usage ?? current.setup_future_usage,
    shipping: buildShipping(parameters.shipping) ?? current.shipping,
  };
  const described = withOptions(paymentIntent, parameters);
  return confirmPaymentIntent(simulation, described, buyerPresence(parameters), cause);
}

function capture(
  simulation: Simulation,
  current: Stripe.PaymentIntent,
  parameters: Parsed<Stripe.PaymentIntentCaptureParams>,
  cause: EventCause,
): Stripe.PaymentIntent {
  const changes: Partial<Stripe.PaymentIntent> = {
    metadata: mergeMetadata(current.metadata, parameters.metadata),
    statement_descriptor: parameters.statement_descriptor ?? current.statement_descriptor,
    statement_descriptor_suffix: parameters.statement_descriptor_suffix ?? current.statement_descriptor_suffix,
  };
  return captureHold(simulation, current, { amount: parameters.amount_to_capture, changes }, cause);
}

/** Throws Stripe's 400 for a payment that is made, or that a session decides over. */
export function cancelPaymentIntent(
  simulation: Simulation,
  paymentIntent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
  cause: EventCause,
): Stripe.PaymentIntent {
  expectStatus(paymentIntent, CANCELABLE_STATUSES, 'cancel', 'canceled');
  // What a session's payment holds can be released; a payment that is still to be made ends with the session.
  if (paymentIntent.status !== 'requires_capture') rejectSession(simulation, paymentIntent, 'cancel');
  return cancelPayment(simulation, paymentIntent, reason, cause);
}

/** The session alone decides over its PaymentIntent: the buyer pays there, or not at all. */
export function rejectSession(simulation: Simulation, paymentIntent: Stripe.PaymentIntent, verb: string): void {
  if (sessionOf(simulation, paymentIntent) === null) return;
  throw invalidState(
    `You cannot ${verb} the PaymentIntent for a Checkout Session. Expire the Checkout Session instead.`,
  );
}
