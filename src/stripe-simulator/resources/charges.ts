/** `/v1/charges`: retrieve, and the charge that each attempt to pay leaves behind. */
import type Stripe from 'stripe';
import type { Card } from '../card-form.js';
import { missingObject } from '../errors.js';
import { createId } from '../ids.js';
import { expandField } from '../parameter-schema.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import type { Decline } from '../test-cards.js';
import { billingDetails, cardCountry } from './payment-methods.js';

/** One value for all of them: objects are replaced, never changed, so they can share what is always alike. */
const FIELDS_THAT_STAY_EMPTY = {
  amount_refunded: 0,
  application: null,
  application_fee: null,
  application_fee_amount: null,
  balance_transaction: null,
  customer: null,
  disputed: false,
  failure_balance_transaction: null,
  fraud_details: {},
  livemode: false,
  on_behalf_of: null,
  radar_options: {},
  receipt_number: null,
  refunded: false,
  review: null,
  source: null,
  source_transfer: null,
  transfer_data: null,
} satisfies Partial<Stripe.Charge>;

export function chargeRoutes({ store }: Simulation): Route[] {
  return [
    defineRoute<Stripe.ChargeRetrieveParams>({
      method: 'GET',
      path: '/v1/charges/:id',
      answers: 'charge',
      parameters: { expand: expandField },
      handle: ({ id }) => {
        const charge = store.charges.get(id);
        if (charge === undefined) throw missingObject('charge', id);
        return charge;
      },
    }),
  ];
}

export interface NewCharge {
  paymentIntent: Stripe.PaymentIntent;
  card: Card;
  paymentMethodId: string;
  /** Null when the charge succeeds. */
  decline: Decline | null;
  /** Seconds. */
  created: number;
}

/** Captured asynchronously: a successful charge gets its balance transaction a moment later, with `charge.updated`. */
export function buildCharge({ paymentIntent, card, paymentMethodId, decline, created }: NewCharge): Stripe.Charge {
  const { amount, currency, description, metadata, shipping } = paymentIntent;
  const isPaid = decline === null;
  const id = createId('charge');
  return {
    ...FIELDS_THAT_STAY_EMPTY,
    id,
    object: 'charge',
    amount,
    amount_captured: isPaid ? amount : 0,
    billing_details: billingDetails(card),
    calculated_statement_descriptor: paymentIntent.statement_descriptor ?? 'COMPTOIR TEST',
    captured: isPaid,
    created,
    currency,
    description,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    metadata,
    outcome: decline === null ? authorizedOutcome() : declinedOutcome(decline),
    paid: isPaid,
    payment_intent: paymentIntent.id,
    payment_method: paymentMethodId,
    payment_method_details: { card: cardDetails(card, amount, decline), type: 'card' },
    receipt_email: paymentIntent.receipt_email,
    receipt_url: isPaid ? `https://pay.stripe.com/receipts/payment/${id}` : null,
    shipping,
    statement_descriptor: paymentIntent.statement_descriptor,
    statement_descriptor_suffix: paymentIntent.statement_descriptor_suffix,
    status: isPaid ? 'succeeded' : 'failed',
    transfer_group: paymentIntent.transfer_group,
  } satisfies Stripe.Charge;
}

function authorizedOutcome(): Stripe.Charge.Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: 'approved_by_network',
    reason: null,
    risk_level: 'normal',
    risk_score: 12,
    seller_message: 'Payment complete.',
    type: 'authorized',
  };
}

function declinedOutcome({ code, declineCode }: Decline): Stripe.Charge.Outcome {
  return {
    advice_code: 'try_again_later',
    network_advice_code: null,
    network_decline_code: null,
    network_status: 'declined_by_network',
    reason: declineCode ?? code,
    risk_level: 'normal',
    risk_score: 12,
    seller_message: 'The bank did not return any further details with this decline.',
    type: 'issuer_declined',
  };
}

function cardDetails(card: Card, amount: number, decline: Decline | null): Stripe.Charge.PaymentMethodDetails.Card {
  return {
    amount_authorized: decline === null ? amount : null,
    authorization_code: decline === null ? '123456' : null,
    brand: 'visa',
    checks: {
      address_line1_check: null,
      address_postal_code_check: null,
      cvc_check: decline?.code === 'incorrect_cvc' ? 'fail' : 'pass',
    },
    country: cardCountry,
    electronic_commerce_indicator: null,
    exp_month: card.expMonth,
    exp_year: card.expYear,
    extended_authorization: { status: 'disabled' },
    fingerprint: `simulated${card.number.slice(-7)}`,
    funding: 'credit',
    incremental_authorization: { status: 'unavailable' },
    installments: null,
    last4: card.number.slice(-4),
    mandate: null,
    multicapture: { status: 'unavailable' },
    network: 'visa',
    network_token: { used: false },
    network_transaction_id: '584107111112120',
    overcapture: { maximum_amount_capturable: amount, status: 'unavailable' },
    regulated_status: 'unregulated',
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  };
}
