/** `/v1/payment_methods`: create, retrieve, update, list, attach and detach. */
import type Stripe from 'stripe';
import { invalidParameter, invalidState } from '../errors.js';
import type { EventCause } from '../event-recorder.js';
import type { StoredPaymentMethod } from '../objects.js';
import { paginate } from '../pagination.js';
import {
  enumeration,
  expandField,
  notImplementedYet,
  type ParameterFields,
  type Parsed,
  paginationFields,
  text,
} from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { attachPaymentMethod } from '../payment-method-ownership.js';
import { EXCLUDABLE_PAYMENT_METHOD_TYPES } from '../payment-method-types.js';
import { changedFields } from '../previous-attributes.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';
import { findCustomer } from './customer-object.js';
import { createPaymentMethod, withBillingDetails } from './payment-method-creation.js';
import { createPaymentMethodParameters, updatePaymentMethodParameters } from './payment-method-parameters.js';
import { OBJECT_TYPE, resolvePaymentMethod } from './payment-method-reference.js';

const PATH = '/v1/payment_methods';

export const paymentMethodListFields: ParameterFields<Stripe.CustomerListPaymentMethodsParams> = {
  ...paginationFields,
  allow_redisplay: enumeration({ always: true, limited: true, unspecified: true }),
  expand: expandField,
  type: enumeration({ ...EXCLUDABLE_PAYMENT_METHOD_TYPES, custom: true, link: true }),
};

export function paymentMethodRoutes(simulation: Simulation): Route[] {
  const { store } = simulation;
  return [
    defineRoute<Stripe.PaymentMethodCreateParams>({
      method: 'POST',
      path: PATH,
      answers: 'payment_method',
      parameters: createPaymentMethodParameters,
      handle: ({ parameters }) => createPaymentMethod(simulation, parameters).paymentMethod,
    }),
    defineRoute<Stripe.PaymentMethodListParams>({
      method: 'GET',
      path: PATH,
      answers: 'payment_method[]',
      parameters: { ...paymentMethodListFields, customer: text(), customer_account: notImplementedYet() },
      handle: ({ parameters }) => {
        const { customer } = parameters;
        if (customer !== undefined) findCustomer(store, customer);
        return listPaymentMethods(store, PATH, parameters);
      },
    }),
    defineRoute<Stripe.PaymentMethodRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: 'payment_method',
      parameters: { expand: expandField },
      handle: ({ id }) => resolvePaymentMethod(simulation, id, null).paymentMethod,
    }),
    updateRoute(simulation),
    attachRoute(simulation),
    detachRoute(simulation),
  ];
}

type ListParameters = Parsed<Omit<Stripe.PaymentMethodListParams, 'expand' | 'customer_account'>>;

export function listPaymentMethods(store: Store, url: string, parameters: ListParameters) {
  const { allow_redisplay: allowRedisplay, customer, type } = parameters;
  const matches = (method: Stripe.PaymentMethod) =>
    (customer === undefined || method.customer === customer) &&
    (type === undefined || method.type === type) &&
    (allowRedisplay === undefined || method.allow_redisplay === allowRedisplay);
  const methods = store.paymentMethods.newestFirst().map(({ paymentMethod }) => paymentMethod);
  return paginate(methods, parameters, { url, objectType: OBJECT_TYPE, matches });
}

function updateRoute(simulation: Simulation): Route {
  const { store, events } = simulation;
  return defineRoute<Stripe.PaymentMethodUpdateParams>({
    method: 'POST',
    path: `${PATH}/:id`,
    answers: 'payment_method',
    parameters: updatePaymentMethodParameters,
    handle: ({ id, parameters, cause }) => {
      const method = resolvePaymentMethod(simulation, id, null);
      const { paymentMethod: current } = method;
      if (current.customer === null) {
        throw invalidState('You must save this PaymentMethod to a customer before you can update it.');
      }
      const updated = updatedPaymentMethod(current, parameters);
      const previous = changedFields(current, updated);
      if (Object.keys(previous).length === 0) return current;
      store.paymentMethods.put({ ...method, paymentMethod: updated });
      events.record('payment_method.updated', { object: updated, previous_attributes: previous }, cause);
      return updated;
    },
  });
}

function updatedPaymentMethod(
  current: Stripe.PaymentMethod,
  {
    allow_redisplay: allowRedisplay,
    billing_details: details,
    card,
    metadata,
  }: Parsed<Stripe.PaymentMethodUpdateParams>,
): Stripe.PaymentMethod {
  const { exp_month: month, exp_year: year } = card ?? {};
  if (card !== undefined && current.card === undefined) {
    throw invalidParameter(`You cannot update \`card\` on a PaymentMethod of type ${current.type}.`, 'card');
  }
  const changedCard = current.card && {
    card: { ...current.card, exp_month: month ?? current.card.exp_month, exp_year: year ?? current.card.exp_year },
  };
  return {
    ...current,
    ...changedCard,
    allow_redisplay: allowRedisplay ?? current.allow_redisplay ?? 'unspecified',
    billing_details: withBillingDetails(current.billing_details, details),
    metadata: mergeMetadata(current.metadata ?? {}, metadata),
  };
}

function attachRoute(simulation: Simulation): Route {
  return defineRoute<Stripe.PaymentMethodAttachParams>({
    method: 'POST',
    path: `${PATH}/:id/attach`,
    answers: 'payment_method',
    parameters: {
      customer: text({ required: true }),
      customer_account: notImplementedYet(),
      expand: expandField,
    },
    handle: ({ id, parameters, cause }) => {
      const customer = findCustomer(simulation.store, parameters.customer ?? '');
      const method = resolvePaymentMethod(simulation, id, null);
      return attachPaymentMethod(simulation, method, customer.id, cause).paymentMethod;
    },
  });
}

function detachRoute(simulation: Simulation): Route {
  return defineRoute<Stripe.PaymentMethodDetachParams>({
    method: 'POST',
    path: `${PATH}/:id/detach`,
    answers: 'payment_method',
    parameters: { expand: expandField },
    handle: ({ id, cause }) => detachAttached(simulation, resolvePaymentMethod(simulation, id, null), cause),
  });
}

/** Throws Stripe's 400 for a payment method that nobody owns. */
export function detachAttached(
  simulation: Simulation,
  method: StoredPaymentMethod,
  cause: EventCause,
): Stripe.PaymentMethod {
  if (method.paymentMethod.customer !== null) return detachPaymentMethod(simulation, method, cause);
  throw invalidState('The payment method you provided is not attached to a customer so detachment is impossible.');
}

/** For good: it can be attached to nobody any more. */
export function detachPaymentMethod(
  { store, events }: Simulation,
  method: StoredPaymentMethod,
  cause: EventCause,
): Stripe.PaymentMethod {
  const detached = { ...method.paymentMethod, customer: null };
  store.paymentMethods.put({ ...method, paymentMethod: detached, isSpent: true });
  const previous = { customer: method.paymentMethod.customer };
  events.record('payment_method.detached', { object: detached, previous_attributes: previous }, cause);
  return detached;
}
