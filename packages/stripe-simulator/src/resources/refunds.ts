/** `/v1/refunds`: create, retrieve, update, list, cancel, and expire in test mode. */
import type Stripe from 'stripe';
import { invalidParameter, missingObject } from '../errors.js';
import { isWithin, paginate } from '../pagination.js';
import {
  enumeration,
  expandField,
  ignored,
  integer,
  metadata,
  metadataUpdate,
  notImplementedYet,
  type Parsed,
  paginationFields,
  range,
  switchedOff,
  text,
} from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { changedFields } from '../previous-attributes.js';
import { recordRefundUpdate } from '../refund-changes.js';
import { cancelRefund, expireRefund } from '../refund-outcomes.js';
import { createRefund } from '../refunding.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';

const PATH = '/v1/refunds';
const OBJECT_TYPE = 'refund';

export function refundRoutes(simulation: Simulation): Route[] {
  const { store } = simulation;
  return [
    createRoute(simulation),
    listRoute(store),
    defineRoute<Stripe.RefundRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => findRefund(store, id),
    }),
    updateRoute(simulation),
    defineRoute<Stripe.RefundCancelParams>({
      method: 'POST',
      path: `${PATH}/:id/cancel`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id, cause }) => cancelRefund(simulation, findRefund(store, id), cause),
    }),
    defineRoute<{ expand?: string[] }>({
      method: 'POST',
      path: '/v1/test_helpers/refunds/:id/expire',
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => expireRefund(simulation, findRefund(store, id)),
    }),
  ];
}

function findRefund(store: Store, id: string): Stripe.Refund {
  const refund = store.refunds.get(id);
  if (refund === undefined) throw missingObject(OBJECT_TYPE, id);
  return refund;
}

function createRoute(simulation: Simulation): Route {
  return defineRoute<Stripe.RefundCreateParams>({
    method: 'POST',
    path: PATH,
    answers: OBJECT_TYPE,
    parameters: {
      amount: integer({ minimum: 1 }),
      charge: text(),
      currency: notImplementedYet(),
      customer: notImplementedYet(),
      expand: expandField,
      instructions_email: ignored(),
      metadata: metadata(),
      origin: notImplementedYet(),
      payment_intent: text(),
      reason: enumeration({ duplicate: true, fraudulent: true, requested_by_customer: true }),
      refund_application_fee: switchedOff(),
      reverse_transfer: switchedOff(),
    },
    handle: ({ parameters, cause }) => {
      const { amount = null, reason = null, metadata: given = {} } = parameters;
      const charge = chargeToRefund(simulation.store, parameters);
      return createRefund(simulation, charge, { amount, reason, metadata: given }, cause);
    },
  });
}

/** Named by its id or by its PaymentIntent; with both, they have to belong together. */
function chargeToRefund(store: Store, parameters: Parsed<Stripe.RefundCreateParams>): Stripe.Charge {
  const { charge: chargeId, payment_intent: paymentIntentId } = parameters;
  if (chargeId === undefined && paymentIntentId === undefined) {
    throw invalidParameter(
      'One of the following params should be provided for this request: payment_intent or charge.',
      'charge',
    );
  }
  if (paymentIntentId === undefined) return findCharge(store, chargeId ?? '');
  const paymentIntent = store.paymentIntents.get(paymentIntentId);
  if (paymentIntent === undefined) throw missingObject('payment_intent', paymentIntentId, 'payment_intent');
  if (typeof paymentIntent.latest_charge !== 'string') {
    const message = `This PaymentIntent (${paymentIntentId}) does not have a successful charge to refund.`;
    throw invalidParameter(message, 'payment_intent', 'payment_intent_unexpected_state');
  }
  if (chargeId !== undefined && chargeId !== paymentIntent.latest_charge) {
    throw invalidParameter('The charge does not belong to the PaymentIntent.', 'charge');
  }
  return findCharge(store, paymentIntent.latest_charge);
}

function findCharge(store: Store, id: string): Stripe.Charge {
  const charge = store.charges.get(id);
  if (charge === undefined) throw missingObject('charge', id, 'charge');
  return charge;
}

function listRoute(store: Store): Route {
  return defineRoute<Stripe.RefundListParams>({
    method: 'GET',
    path: PATH,
    answers: `${OBJECT_TYPE}[]`,
    parameters: {
      ...paginationFields,
      charge: text(),
      created: range(),
      expand: expandField,
      payment_intent: text(),
    },
    handle: ({ parameters }) => {
      const { charge, created, payment_intent: paymentIntent } = parameters;
      const matches = (refund: Stripe.Refund) =>
        isWithin(refund.created, created) &&
        (charge === undefined || refund.charge === charge) &&
        (paymentIntent === undefined || refund.payment_intent === paymentIntent);
      return paginate(store.refunds.newestFirst(), parameters, { url: PATH, objectType: OBJECT_TYPE, matches });
    },
  });
}

function updateRoute(simulation: Simulation): Route {
  return defineRoute<Stripe.RefundUpdateParams>({
    method: 'POST',
    path: `${PATH}/:id`,
    answers: OBJECT_TYPE,
    parameters: { expand: expandField, metadata: metadataUpdate() },
    handle: ({ id, parameters, cause }) => {
      const refund = findRefund(simulation.store, id);
      const updated = { ...refund, metadata: mergeMetadata(refund.metadata ?? {}, parameters.metadata) };
      if (Object.keys(changedFields<Stripe.Refund>(refund, updated)).length === 0) return refund;
      recordRefundUpdate(simulation, refund, updated, cause);
      return updated;
    },
  });
}
