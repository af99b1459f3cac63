/** The PaymentIntent as the API shows it before its first attempt. */
import type Stripe from 'stripe';
import type { Complete } from '../complete-object.js';
import { createClientSecret, createId } from '../ids.js';

/** One value for all of them: objects are replaced, never changed, so they can share what is always alike. */
const FIELDS_THAT_STAY_EMPTY = {
  amount_capturable: 0,
  amount_details: { tip: {} },
  amount_received: 0,
  application: null,
  application_fee_amount: null,
  canceled_at: null,
  cancellation_reason: null,
  customer_account: null,
  last_payment_error: null,
  latest_charge: null,
  livemode: false,
  managed_payments: null,
  next_action: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_record: null,
  processing: null,
  review: null,
  source: null,
  transfer_data: null,
} satisfies Partial<Stripe.PaymentIntent>;

type RequestedFields =
  | 'allowed_payment_method_types'
  | 'amount'
  | 'automatic_payment_methods'
  | 'capture_method'
  | 'confirmation_method'
  | 'created'
  | 'currency'
  | 'customer'
  | 'description'
  | 'excluded_payment_method_types'
  | 'metadata'
  | 'payment_method'
  | 'payment_method_types'
  | 'receipt_email'
  | 'setup_future_usage'
  | 'shipping'
  | 'statement_descriptor'
  | 'statement_descriptor_suffix'
  | 'transfer_group';

export type NewPaymentIntent = Pick<Stripe.PaymentIntent, RequestedFields> & {
  /** The Checkout Session that it pays, by id. */
  orderReference: string | null;
};

export function buildPaymentIntent({ orderReference, ...requested }: NewPaymentIntent): Stripe.PaymentIntent {
  const id = createId('paymentIntent');
  return {
    ...FIELDS_THAT_STAY_EMPTY,
    ...requested,
    id,
    object: 'payment_intent',
    client_secret: createClientSecret(id),
    payment_details: { customer_reference: null, order_reference: orderReference },
    payment_method_options: methodOptions(requested.payment_method_types),
    status: requested.payment_method === null ? 'requires_payment_method' : 'requires_confirmation',
  } satisfies Complete<Stripe.PaymentIntent, 'hooks' | 'presentment_details'>;
}

function methodOptions(types: string[]): Stripe.PaymentIntent.PaymentMethodOptions {
  const card: Stripe.PaymentIntent.PaymentMethodOptions.Card = {
    installments: null,
    mandate_options: null,
    network: null,
    request_three_d_secure: 'automatic',
  };
  return {
    ...(types.includes('card') ? { card } : {}),
    ...(types.includes('sepa_debit') ? { sepa_debit: {} } : {}),
  };
}
