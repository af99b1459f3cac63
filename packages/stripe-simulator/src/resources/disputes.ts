/** `/v1/disputes`: retrieve, update with evidence, list and close. */
import type Stripe from 'stripe';
import { acceptDispute, answerDispute } from '../dispute-answers.js';
import { missingObject } from '../errors.js';
import { isWithin, paginate } from '../pagination.js';
import {
  boolean,
  enumeration,
  expandField,
  metadataUpdate,
  notImplementedYet,
  object,
  paginationFields,
  range,
  text,
} from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';

type Evidence = NonNullable<Stripe.DisputeUpdateParams['evidence']>;

const PATH = '/v1/disputes';
const OBJECT_TYPE = 'dispute';
/** Of all evidence texts together. */
const evidenceText = text({ maximumLength: 150_000 });

const evidence = object<Evidence>({
  access_activity_log: evidenceText,
  appeal: notImplementedYet(),
  billing_address: evidenceText,
  cancellation_policy: evidenceText,
  cancellation_policy_disclosure: evidenceText,
  cancellation_rebuttal: evidenceText,
  customer_communication: evidenceText,
  customer_email_address: evidenceText,
  customer_name: evidenceText,
  customer_purchase_ip: evidenceText,
  customer_signature: evidenceText,
  duplicate_charge_documentation: evidenceText,
  duplicate_charge_explanation: evidenceText,
  duplicate_charge_id: evidenceText,
  enhanced_evidence: notImplementedYet(),
  product_description: evidenceText,
  receipt: evidenceText,
  refund_policy: evidenceText,
  refund_policy_disclosure: evidenceText,
  refund_refusal_explanation: evidenceText,
  service_date: evidenceText,
  service_documentation: evidenceText,
  shipping_address: evidenceText,
  shipping_carrier: evidenceText,
  shipping_date: evidenceText,
  shipping_documentation: evidenceText,
  shipping_tracking_number: evidenceText,
  uncategorized_file: evidenceText,
  uncategorized_text: evidenceText,
});

export function disputeRoutes(simulation: Simulation): Route[] {
  const { store } = simulation;
  return [
    listRoute(store),
    defineRoute<Stripe.DisputeRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => findDispute(store, id),
    }),
    updateRoute(simulation),
    defineRoute<Stripe.DisputeCloseParams>({
      method: 'POST',
      path: `${PATH}/:id/close`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      // Closing accepts the dispute: nobody contests it any more.
      handle: ({ id, cause }) => acceptDispute(simulation, findDispute(store, id), cause),
    }),
  ];
}

function findDispute(store: Store, id: string): Stripe.Dispute {
  const dispute = store.disputes.get(id);
  if (dispute === undefined) throw missingObject(OBJECT_TYPE, id);
  return dispute;
}

function listRoute(store: Store): Route {
  return defineRoute<Stripe.DisputeListParams>({
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
      const matches = (dispute: Stripe.Dispute) =>
        isWithin(dispute.created, created) &&
        (charge === undefined || dispute.charge === charge) &&
        (paymentIntent === undefined || dispute.payment_intent === paymentIntent);
      return paginate(store.disputes.newestFirst(), parameters, { url: PATH, objectType: OBJECT_TYPE, matches });
    },
  });
}

function updateRoute(simulation: Simulation): Route {
  return defineRoute<Stripe.DisputeUpdateParams>({
    method: 'POST',
    path: `${PATH}/:id`,
    answers: OBJECT_TYPE,
    parameters: {
      evidence,
      expand: expandField,
      intended_submission_method: enumeration({
        manual: true,
        prefer_manual: true,
        prefer_smart_disputes: 'not_implemented',
        smart_disputes: 'not_implemented',
      }),
      metadata: metadataUpdate(),
      submit: boolean(),
    },
    handle: ({ id, parameters, cause }) => {
      const dispute = findDispute(simulation.store, id);
      const { appeal: _appeal, enhanced_evidence: _enhanced, ...texts } = parameters.evidence ?? {};
      const metadata = mergeMetadata(dispute.metadata, parameters.metadata);
      return answerDispute(
        simulation,
        dispute,
        { evidence: texts, metadata, submit: parameters.submit ?? null },
        cause,
      );
    },
  });
}
