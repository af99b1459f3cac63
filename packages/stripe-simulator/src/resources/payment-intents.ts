/** `/v1/payment_intents`: create, retrieve, update and list. */
import type Stripe from 'stripe';
import { unixSeconds } from '../clock.js';
import { checkPaymentAmount } from '../currencies.js';
import { invalidParameter, unexpectedState } from '../errors.js';
import type { EventCause } from '../event-recorder.js';
import { isWithin, paginate } from '../pagination.js';
import { expandField, notImplementedYet, type Parsed, paginationFields, range, text } from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { checkUsable } from '../payment-method-ownership.js';
import { offeredPaymentMethodTypes } from '../payment-method-types.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import { findCustomer } from './customer-object.js';
import {
  buyerPresence,
  confirmPaymentIntent,
  findPaymentIntent,
  rejectSession,
  withOptions,
} from './payment-intent-actions.js';
import { buildPaymentIntent } from './payment-intent-object.js';
import {
  type CreateParameters,
  createPaymentIntentParameters,
  removedPaymentIntentParameters,
  updatePaymentIntentParameters,
} from './payment-intent-parameters.js';
import { resolvePaymentMethod } from './payment-method-reference.js';
import { buildShipping } from './shared-parameters.js';

const PATH = '/v1/payment_intents';
const OBJECT_TYPE = 'payment_intent';

export function paymentIntentRoutes(simulation: Simulation): Route[] {
  return [
    defineRoute<CreateParameters>({
      method: 'POST',
      path: PATH,
      answers: OBJECT_TYPE,
      parameters: createPaymentIntentParameters,
      removedParameters: removedPaymentIntentParameters,
      handle: ({ parameters, cause }) => createPaymentIntent(simulation, parameters, cause),
    }),
    listRoute(simulation),
    defineRoute<Stripe.PaymentIntentRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { client_secret: notImplementedYet(), expand: expandField },
      handle: ({ id }) => findPaymentIntent(simulation, id),
    }),
    defineRoute<Stripe.PaymentIntentUpdateParams>({
      method: 'POST',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: updatePaymentIntentParameters,
      removedParameters: removedPaymentIntentParameters,
      handle: ({ id, parameters }) => {
        const updated = updatedPaymentIntent(simulation, findPaymentIntent(simulation, id), parameters);
        simulation.store.paymentIntents.put(updated);
        return updated;
      },
    }),
  ];
}

function listRoute({ store }: Simulation): Route {
  return defineRoute<Stripe.PaymentIntentListParams>({
    method: 'GET',
    path: PATH,
    answers: `${OBJECT_TYPE}[]`,
    parameters: {
      ...paginationFields,
      created: range(),
      customer: text(),
      customer_account: notImplementedYet(),
      expand: expandField,
    },
    handle: ({ parameters }) => {
      const matches = ({ created, customer }: Stripe.PaymentIntent) =>
        isWithin(created, parameters.created) &&
        (parameters.customer === undefined || customer === parameters.customer);
      return paginate(store.paymentIntents.newestFirst(), parameters, { url: PATH, objectType: OBJECT_TYPE, matches });
    },
  });
}

function createPaymentIntent(
  simulation: Simulation,
  parameters: Parsed<CreateParameters>,
  cause: EventCause,
): Stripe.PaymentIntent {
  const { store, events } = simulation;
  if ((parameters.off_session ?? 'false') !== 'false' && parameters.confirm !== true) {
    const message = 'You may only use `off_session` when `confirm` is set to `true`.';
    throw invalidParameter(message, 'off_session');
  }
  const paymentIntent = newPaymentIntent(simulation, parameters);
  if (parameters.confirm === true && paymentIntent.payment_method === null) {
    throw unexpectedState(
      paymentIntent,
      "You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent with a " +
        'payment method and then confirm it again.',
    );
  }
  store.paymentIntents.put(paymentIntent);
  events.record('payment_intent.created', { object: paymentIntent }, cause);
  if (parameters.confirm !== true) return paymentIntent;
  return confirmPaymentIntent(simulation, paymentIntent, buyerPresence(parameters), cause);
}

function newPaymentIntent(simulation: Simulation, parameters: Parsed<CreateParameters>): Stripe.PaymentIntent {
  const { amount, automatic_payment_methods: automatic } = parameters;
  const { allowed_payment_method_types: allowed, excluded_payment_method_types: excluded } = parameters;
  const { capture_method: captureMethod = 'automatic_async', customer = null, payment_method: methodId } = parameters;
  const currency = parameters.currency.toLowerCase();
  const error = checkPaymentAmount(amount, currency);
  if (error !== null) throw error;
  if (customer !== null) findCustomer(simulation.store, customer);
  const { setup_future_usage: setupFutureUsage = null } = parameters;
  const wanted = { currency, captureMethod, setupFutureUsage, allowed, excluded };
  const types = offeredPaymentMethodTypes(simulation.paymentMethodTypes, wanted);
  const paymentIntent = buildPaymentIntent({
    allowed_payment_method_types: allowed ?? null,
    amount,
    automatic_payment_methods: {
      allow_redirects: automatic?.allow_redirects ?? 'always',
      enabled: automatic?.enabled ?? true,
    },
    capture_method: captureMethod,
    confirmation_method: parameters.confirmation_method ?? 'automatic',
    created: unixSeconds(simulation.clock),
    currency,
    customer,
    description: parameters.description ?? null,
    excluded_payment_method_types: excluded ?? null,
    metadata: parameters.metadata ?? {},
    orderReference: null,
    payment_method: methodId === undefined ? null : usableMethod(simulation, methodId, customer),
    payment_method_types: types,
    receipt_email: parameters.receipt_email || null,
    setup_future_usage: setupFutureUsage,
    shipping: buildShipping(parameters.shipping),
    statement_descriptor: parameters.statement_descriptor ?? null,
    statement_descriptor_suffix: parameters.statement_descriptor_suffix ?? null,
    transfer_group: parameters.transfer_group ?? null,
  });
  return withOptions(paymentIntent, parameters);
}

/** The id of the method that the customer may pay with. */
function usableMethod(simulation: Simulation, id: string, customer: Stripe.PaymentIntent['customer']): string {
  const method = resolvePaymentMethod(simulation, id);
  checkUsable(method, customer);
  return method.id;
}

/** What may change only until the payment is under way. */
const FIELDS_OF_THE_PAYMENT = [
  'amount',
  'capture_method',
  'currency',
  'customer',
  'payment_method',
  'setup_future_usage',
] as const;
const CHANGEABLE_STATUSES = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

function updatedPaymentIntent(
  simulation: Simulation,
  current: Stripe.PaymentIntent,
  parameters: Parsed<Stripe.PaymentIntentUpdateParams>,
): Stripe.PaymentIntent {
  const locked = FIELDS_OF_THE_PAYMENT.find((name) => parameters[name] !== undefined);
  if (locked !== undefined) rejectSession(simulation, current, 'update');
  if (locked !== undefined && !CHANGEABLE_STATUSES.includes(current.status)) {
    throw unexpectedState(
      current,
      `This PaymentIntent's ${locked} could not be updated because it has a status of ${current.status}. You may only ` +
        `update the ${locked} of a PaymentIntent with one of the following statuses: ${CHANGEABLE_STATUSES.join(', ')}.`,
    );
  }
  const { customer = current.customer, payment_method: methodId, receipt_email: receiptEmail } = parameters;
  const currency = parameters.currency?.toLowerCase() ?? current.currency;
  const amount = parameters.amount ?? current.amount;
  const error = checkPaymentAmount(amount, currency);
  if (error !== null) throw error;
  if (parameters.customer !== undefined) findCustomer(simulation.store, parameters.customer);
  const method = methodId === undefined ? null : usableMethod(simulation, methodId, customer);
  const kept = typeof current.payment_method === 'string' ? current.payment_method : null;
  if (method === null && kept !== null && parameters.customer !== undefined) usableMethod(simulation, kept, customer);
  const updated: Stripe.PaymentIntent = {
    ...current,
    ...(method === null ? {} : { payment_method: method, status: 'requires_confirmation', next_action: null }),
    amount,
    capture_method: parameters.capture_method ?? current.capture_method,
    currency,
    customer,
    description: parameters.description ?? current.description,
    metadata: mergeMetadata(current.metadata, parameters.metadata),
    receipt_email: receiptEmail === undefined ? current.receipt_email : receiptEmail || null,
    setup_future_usage: parameters.setup_future_usage ?? current.setup_future_usage,
    shipping: parameters.shipping === undefined ? current.shipping : buildShipping(parameters.shipping),
    statement_descriptor: parameters.statement_descriptor ?? current.statement_descriptor,
    statement_descriptor_suffix: parameters.statement_descriptor_suffix ?? current.statement_descriptor_suffix,
    transfer_group: parameters.transfer_group ?? current.transfer_group,
  };
  return withOptions(updated, parameters);
}
