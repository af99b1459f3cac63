/** `/v1/radar/early_fraud_warnings`: retrieve and list. */
import type Stripe from 'stripe';
import { missingObject } from '../errors.js';
import { isWithin, paginate } from '../pagination.js';
import { expandField, paginationFields, range, text } from '../parameter-schema.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';

const PATH = '/v1/radar/early_fraud_warnings';
const OBJECT_TYPE = 'radar.early_fraud_warning';

export function earlyFraudWarningRoutes({ store }: Simulation): Route[] {
  return [
    defineRoute<Stripe.Radar.EarlyFraudWarningRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => {
        const warning = store.earlyFraudWarnings.get(id);
        if (warning === undefined) throw missingObject(OBJECT_TYPE, id);
        return warning;
      },
    }),
    defineRoute<Stripe.Radar.EarlyFraudWarningListParams>({
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
        const matches = (warning: Stripe.Radar.EarlyFraudWarning) =>
          isWithin(warning.created, created) &&
          (charge === undefined || warning.charge === charge) &&
          (paymentIntent === undefined || warning.payment_intent === paymentIntent);
        const warnings = store.earlyFraudWarnings.newestFirst();
        return paginate(warnings, parameters, { url: PATH, objectType: OBJECT_TYPE, matches });
      },
    }),
  ];
}
