/** `/v1/payment_intents`: retrieve and list, and the PaymentIntent that a confirmed session creates. */
import type Stripe from 'stripe';
import { missingObject } from '../errors.js';
import { createClientSecret, createId } from '../ids.js';
import type { StoredSession } from '../objects.js';
import { isWithin, paginate } from '../pagination.js';
import { expandField, notImplementedYet, paginationFields, range } from '../parameter-schema.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';

/** One value for all of them: objects are replaced, never changed, so they can share what is always alike. */
const FIELDS_THAT_STAY_EMPTY = {
  allowed_payment_method_types: null,
  amount_details: { tip: {} },
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: null,
  canceled_at: null,
  cancellation_reason: null,
  customer: null,
  customer_account: null,
  managed_payments: null,
  next_action: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_record: null,
  processing: null,
  review: null,
  setup_future_usage: null,
  source: null,
  transfer_data: null,
} satisfies Partial<Stripe.PaymentIntent>;

const PATH = '/v1/payment_intents';
const OBJECT_TYPE = 'payment_intent';

export function paymentIntentRoutes({ store }: Simulation): Route[] {
  return [
    defineRoute<Stripe.PaymentIntentRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: 'payment_intent',
      parameters: { client_secret: notImplementedYet(), expand: expandField },
      handle: ({ id }) => {
        const paymentIntent = store.paymentIntents.get(id);
        if (paymentIntent === undefined) throw missingObject(OBJECT_TYPE, id);
        return paymentIntent;
      },
    }),
    defineRoute<Stripe.PaymentIntentListParams>({
      method: 'GET',
      path: PATH,
      answers: 'payment_intent[]',
      parameters: {
        ...paginationFields,
        created: range(),
        customer: notImplementedYet(),
        customer_account: notImplementedYet(),
        expand: expandField,
      },
      handle: ({ parameters }) => {
        const matches = ({ created }: Stripe.PaymentIntent) => isWithin(created, parameters.created);
        return paginate(store.paymentIntents.newestFirst(), parameters, {
          url: PATH,
          objectType: OBJECT_TYPE,
          matches,
        });
      },
    }),
  ];
}

/** As it is before its first attempt. `created` is in seconds. */
export function buildPaymentIntent(
  { session, paymentIntentData }: StoredSession,
  created: number,
): Stripe.PaymentIntent {
  const id = createId('paymentIntent');
  return {
    ...FIELDS_THAT_STAY_EMPTY,
    id,
    object: 'payment_intent',
    amount: session.amount_total ?? 0,
    amount_capturable: 0,
    amount_received: 0,
    capture_method: 'automatic_async',
    client_secret: createClientSecret(id),
    confirmation_method: 'automatic',
    created,
    currency: session.currency ?? '',
    description: paymentIntentData.description,
    excluded_payment_method_types: session.excluded_payment_method_types ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: paymentIntentData.metadata,
    payment_details: { customer_reference: null, order_reference: session.id },
    payment_method: null,
    payment_method_options: {
      card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    receipt_email: paymentIntentData.receiptEmail,
    shipping: paymentIntentData.shipping,
    statement_descriptor: paymentIntentData.statementDescriptor,
    statement_descriptor_suffix: paymentIntentData.statementDescriptorSuffix,
    status: 'requires_payment_method',
    transfer_group: paymentIntentData.transferGroup,
  } satisfies Stripe.PaymentIntent;
}
