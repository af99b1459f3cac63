/** `/v1/customers`: create, retrieve, update, list, delete, and the payment methods of one. */
import type Stripe from 'stripe';
import { missingObject } from '../errors.js';
import type { EventCause } from '../event-recorder.js';
import { isWithin, paginate } from '../pagination.js';
import {
  enumeration,
  expandField,
  ignored,
  integer,
  list,
  metadata,
  metadataUpdate,
  notImplementedYet,
  object,
  type ParameterFields,
  type Parsed,
  paginationFields,
  range,
  text,
} from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { attachPaymentMethod, checkAttachable } from '../payment-method-ownership.js';
import { changedFields } from '../previous-attributes.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import { checkEmail } from '../text-checks.js';
import { createCustomer } from './customer-object.js';
import { resolvePaymentMethod } from './payment-method-reference.js';
import { detachPaymentMethod, listPaymentMethods, paymentMethodListFields } from './payment-methods.js';
import { addressParameter, buildAddress } from './shared-parameters.js';

const PATH = '/v1/customers';
const OBJECT_TYPE = 'customer';

type CustomerShipping = Exclude<NonNullable<Stripe.CustomerCreateParams['shipping']>, ''>;

const unsettableText = (maximumLength: number) => text({ maximumLength, unsettable: true });

const sharedFields = {
  address: { ...addressParameter, unsettable: true },
  balance: notImplementedYet(),
  business_name: notImplementedYet(),
  cash_balance: notImplementedYet(),
  description: unsettableText(5000),
  email: text({ maximumLength: 512, unsettable: true, check: checkEmail }),
  expand: expandField,
  individual_name: notImplementedYet(),
  invoice_prefix: notImplementedYet(),
  invoice_settings: notImplementedYet(),
  name: unsettableText(256),
  next_invoice_sequence: integer({ minimum: 1 }),
  phone: unsettableText(20),
  preferred_locales: list<string>(text()),
  shipping: object<CustomerShipping>(
    { address: addressParameter, name: text({ required: true }), phone: text() },
    { unsettable: true },
  ),
  source: notImplementedYet(),
  tax: ignored(),
  tax_exempt: enumeration({ exempt: true, none: true, reverse: true }),
  validate: ignored(),
} satisfies Partial<ParameterFields<Stripe.CustomerCreateParams>>;

export function customerRoutes(simulation: Simulation): Route[] {
  const { store } = simulation;
  return [
    defineRoute<Stripe.CustomerCreateParams>({
      method: 'POST',
      path: PATH,
      answers: OBJECT_TYPE,
      parameters: {
        ...sharedFields,
        metadata: metadata(),
        payment_method: text(),
        tax_id_data: notImplementedYet(),
        test_clock: notImplementedYet(),
      },
      handle: ({ parameters, cause }) => {
        const { payment_method: methodId } = parameters;
        const method = methodId === undefined ? null : resolvePaymentMethod(simulation, methodId);
        if (method !== null) checkAttachable(method, null);
        const customer = createCustomer(simulation, givenFields(parameters), cause);
        if (method !== null) attachPaymentMethod(simulation, method, customer.id, cause);
        return customer;
      },
    }),
    listRoute(simulation),
    defineRoute<Stripe.CustomerRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => {
        const customer = store.customers.get(id);
        if (customer === undefined) throw missingObject(OBJECT_TYPE, id);
        return customer;
      },
    }),
    updateRoute(simulation),
    deleteRoute(simulation),
    defineRoute<Stripe.CustomerListPaymentMethodsParams>({
      method: 'GET',
      path: `${PATH}/:id/payment_methods`,
      answers: 'payment_method[]',
      parameters: paymentMethodListFields,
      handle: ({ id, parameters }) => {
        findLiving(simulation, id);
        return listPaymentMethods(store, `${PATH}/${id}/payment_methods`, { ...parameters, customer: id });
      },
    }),
  ];
}

function listRoute({ store }: Simulation): Route {
  return defineRoute<Stripe.CustomerListParams>({
    method: 'GET',
    path: PATH,
    answers: `${OBJECT_TYPE}[]`,
    parameters: {
      ...paginationFields,
      created: range(),
      email: text(),
      expand: expandField,
      test_clock: notImplementedYet(),
    },
    handle: ({ parameters }) => {
      const { created, email } = parameters;
      const matches = (customer: Stripe.Customer | Stripe.DeletedCustomer) =>
        customer.deleted !== true &&
        isWithin(customer.created, created) &&
        (email === undefined || customer.email === email);
      return paginate(store.customers.newestFirst(), parameters, { url: PATH, objectType: OBJECT_TYPE, matches });
    },
  });
}

function updateRoute(simulation: Simulation): Route {
  const { store, events } = simulation;
  return defineRoute<Stripe.CustomerUpdateParams>({
    method: 'POST',
    path: `${PATH}/:id`,
    answers: OBJECT_TYPE,
    parameters: { ...sharedFields, default_source: notImplementedYet(), metadata: metadataUpdate() },
    handle: ({ id, parameters, cause }) => {
      const customer = findLiving(simulation, id);
      const merged = mergeMetadata(customer.metadata, parameters.metadata);
      const updated = { ...customer, ...givenFields(parameters), metadata: merged };
      const previous = changedFields(customer, updated);
      if (Object.keys(previous).length === 0) return customer;
      store.customers.put(updated);
      events.record('customer.updated', { object: updated, previous_attributes: previous }, cause);
      return updated;
    },
  });
}

function deleteRoute(simulation: Simulation): Route {
  return defineRoute<Stripe.CustomerDeleteParams & { expand?: string[] }>({
    method: 'DELETE',
    path: `${PATH}/:id`,
    answers: OBJECT_TYPE,
    parameters: { expand: expandField },
    handle: ({ id, cause }) => deleteCustomer(simulation, findLiving(simulation, id), cause),
  });
}

/** Its payment methods can be used no more: they cannot be attached to anybody else. */
export function deleteCustomer(
  simulation: Simulation,
  customer: Stripe.Customer,
  cause: EventCause,
): Stripe.DeletedCustomer {
  const { store, events } = simulation;
  const { id } = customer;
  for (const method of [...store.paymentMethods.oldestFirst()]) {
    if (method.paymentMethod.customer === id) detachPaymentMethod(simulation, method, cause);
  }
  const deleted: Stripe.DeletedCustomer = { id, object: 'customer', deleted: true };
  store.customers.put(deleted);
  events.record('customer.deleted', { object: customer }, cause);
  return deleted;
}

export function findLiving({ store }: Simulation, id: string): Stripe.Customer {
  const customer = store.customers.get(id);
  if (customer === undefined || customer.deleted === true) throw missingObject(OBJECT_TYPE, id);
  return customer;
}

/** The fields of the customer that the parameters name; the empty text unsets. */
function givenFields(parameters: Parsed<Omit<Stripe.CustomerCreateParams, 'payment_method'>>) {
  const { address, description, email, metadata: given, name, phone, shipping } = parameters;
  const { next_invoice_sequence: sequence, preferred_locales: locales, tax_exempt: taxExempt } = parameters;
  return {
    ...(address === undefined ? {} : { address: address && buildAddress(address) }),
    ...(description === undefined ? {} : { description: orNull(description) }),
    ...(email === undefined ? {} : { email: orNull(email) }),
    ...(given === undefined ? {} : { metadata: given }),
    ...(name === undefined ? {} : { name: orNull(name) }),
    ...(sequence === undefined ? {} : { next_invoice_sequence: sequence }),
    ...(phone === undefined ? {} : { phone: orNull(phone) }),
    ...(locales === undefined ? {} : { preferred_locales: locales }),
    ...(shipping === undefined
      ? {}
      : { shipping: shipping && { ...shipping, address: buildAddress(shipping.address) } }),
    ...(taxExempt === undefined ? {} : { tax_exempt: taxExempt }),
  } satisfies Partial<Stripe.Customer>;
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}
