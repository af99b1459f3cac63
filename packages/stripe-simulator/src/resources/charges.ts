/** `/v1/charges`: retrieve, update, list and capture. */
import type Stripe from 'stripe';
import { checkAmount } from '../currencies.js';
import { invalidParameter, invalidState, missingObject, notImplemented } from '../errors.js';
import { refusalOf } from '../holds.js';
import { isWithin, paginate } from '../pagination.js';
import {
  enumeration,
  expandField,
  integer,
  metadataUpdate,
  notImplementedYet,
  object,
  type Parsed,
  paginationFields,
  range,
  text,
} from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { capturePayment } from '../payment-settlement.js';
import { changedFields } from '../previous-attributes.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import { checkEmail } from '../text-checks.js';
import { findCustomer } from './customer-object.js';
import { buildShipping, shippingParameter } from './shared-parameters.js';

const PATH = '/v1/charges';
const OBJECT_TYPE = 'charge';

type UpdateParameters = Stripe.ChargeUpdateParams;

export function chargeRoutes(simulation: Simulation): Route[] {
  return [
    listRoute(simulation),
    defineRoute<Stripe.ChargeRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => findCharge(simulation, id),
    }),
    updateRoute(simulation),
    captureRoute(simulation),
  ];
}

function findCharge({ store }: Simulation, id: string): Stripe.Charge {
  const charge = store.charges.get(id);
  if (charge === undefined) throw missingObject(OBJECT_TYPE, id);
  return charge;
}

function listRoute({ store }: Simulation): Route {
  return defineRoute<Stripe.ChargeListParams>({
    method: 'GET',
    path: PATH,
    answers: `${OBJECT_TYPE}[]`,
    parameters: {
      ...paginationFields,
      created: range(),
      customer: text(),
      expand: expandField,
      payment_intent: text(),
      transfer_group: text(),
    },
    handle: ({ parameters }) => {
      const { created, customer, payment_intent: paymentIntent, transfer_group: transferGroup } = parameters;
      const matches = (charge: Stripe.Charge) =>
        isWithin(charge.created, created) &&
        (customer === undefined || charge.customer === customer) &&
        (paymentIntent === undefined || charge.payment_intent === paymentIntent) &&
        (transferGroup === undefined || charge.transfer_group === transferGroup);
      return paginate(store.charges.newestFirst(), parameters, { url: PATH, objectType: OBJECT_TYPE, matches });
    },
  });
}

function updateRoute(simulation: Simulation): Route {
  const { store, events } = simulation;
  return defineRoute<UpdateParameters>({
    method: 'POST',
    path: `${PATH}/:id`,
    answers: OBJECT_TYPE,
    parameters: {
      customer: text(),
      description: text({ unsettable: true }),
      expand: expandField,
      fraud_details: object<NonNullable<UpdateParameters['fraud_details']>>({
        user_report: enumeration({ fraudulent: true, safe: true }),
      }),
      metadata: metadataUpdate(),
      receipt_email: text({ check: checkEmail }),
      shipping: shippingParameter,
      transfer_group: text(),
    },
    handle: ({ id, parameters, cause }) => {
      const charge = findCharge(simulation, id);
      if (parameters.customer !== undefined) findCustomer(store, parameters.customer);
      const updated = updatedCharge(charge, parameters);
      const previous = changedFields(charge, updated);
      if (Object.keys(previous).length === 0) return charge;
      store.charges.put(updated);
      events.record('charge.updated', { object: updated, previous_attributes: previous }, cause);
      return updated;
    },
  });
}

function updatedCharge(charge: Stripe.Charge, parameters: Parsed<UpdateParameters>): Stripe.Charge {
  const { customer, description, fraud_details: fraud, transfer_group: transferGroup } = parameters;
  if (customer !== undefined && charge.customer !== null && charge.customer !== customer) {
    throw invalidParameter('The customer of a charge can be set only once.', 'customer');
  }
  return {
    ...charge,
    customer: customer ?? charge.customer,
    description: description === undefined ? charge.description : description || null,
    fraud_details: fraud === undefined ? charge.fraud_details : { ...charge.fraud_details, ...fraud },
    metadata: mergeMetadata(charge.metadata, parameters.metadata),
    receipt_email: parameters.receipt_email ?? charge.receipt_email,
    shipping: buildShipping(parameters.shipping) ?? charge.shipping,
    transfer_group: transferGroup ?? charge.transfer_group,
  };
}

function captureRoute(simulation: Simulation): Route {
  return defineRoute<Stripe.ChargeCaptureParams>({
    method: 'POST',
    path: `${PATH}/:id/capture`,
    answers: OBJECT_TYPE,
    parameters: {
      amount: integer({ minimum: 1 }),
      application_fee: notImplementedYet(),
      application_fee_amount: notImplementedYet(),
      expand: expandField,
      receipt_email: text({ check: checkEmail }),
      statement_descriptor: text({ maximumLength: 22 }),
      statement_descriptor_suffix: text({ maximumLength: 22 }),
      transfer_data: notImplementedYet(),
      transfer_group: text(),
    },
    handle: ({ id, parameters, cause }) => {
      const charge = findCharge(simulation, id);
      const paymentIntent = simulation.store.paymentIntents.get(String(charge.payment_intent));
      if (paymentIntent === undefined) throw notImplemented('id', 'charges without a PaymentIntent');
      checkCapturable(charge, paymentIntent);
      const { amount = charge.amount } = parameters;
      if (amount > charge.amount) {
        throw invalidParameter(
          'The amount to capture is greater than the amount of the charge.',
          'amount',
          'amount_too_large',
        );
      }
      const error = checkAmount(amount, charge.currency, 'amount') ?? refusalOf(simulation, paymentIntent);
      if (error !== null) throw error;
      const described: Stripe.Charge = {
        ...charge,
        receipt_email: parameters.receipt_email ?? charge.receipt_email,
        statement_descriptor: parameters.statement_descriptor ?? charge.statement_descriptor,
        statement_descriptor_suffix: parameters.statement_descriptor_suffix ?? charge.statement_descriptor_suffix,
        transfer_group: parameters.transfer_group ?? charge.transfer_group,
      };
      return capturePayment(simulation, { paymentIntent, charge: described }, amount, cause).charge;
    },
  });
}

function checkCapturable(charge: Stripe.Charge, { status }: Stripe.PaymentIntent): void {
  if (status === 'requires_capture') return;
  if (charge.captured) throw invalidState(`Charge ${charge.id} has already been captured.`, 'charge_already_captured');
  if (status === 'canceled') {
    throw invalidState(
      `Charge ${charge.id} can no longer be captured: its authorization was released.`,
      'charge_expired_for_capture',
    );
  }
  throw invalidState(`Charge ${charge.id} cannot be captured because it failed.`);
}
