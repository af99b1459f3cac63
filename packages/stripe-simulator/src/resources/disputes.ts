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
  paginationFields,
  range,
  text,
} from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';
import { evidenceParameter, givenEvidence } from './dispute-evidence-parameters.js';

const PATH = '/v1/disputes';
const OBJECT_TYPE = 'dispute';
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
      evidence: evidenceParameter,
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
      const answer = {
        evidence: givenEvidence(parameters.evidence),
        metadata: mergeMetadata(dispute.metadata, parameters.metadata),
        intendedMethod: parameters.intended_submission_method ?? null,
        submit: parameters.submit ?? null,
      };
      return answerDispute(simulation, dispute, answer, cause);
    },
  });
}
