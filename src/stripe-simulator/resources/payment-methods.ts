/** The payment method that a card on the checkout page becomes. */
import type Stripe from 'stripe';
import type { Card } from '../card-form.js';

/** Stripe's basic test cards are American. */
export const cardCountry = 'US';

export function buildPaymentMethod(card: Card, id: string, created: number): Stripe.PaymentMethod {
  return {
    id,
    object: 'payment_method',
    allow_redisplay: 'limited',
    billing_details: billingDetails(card),
    card: {
      brand: 'visa',
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'unchecked' },
      country: cardCountry,
      display_brand: 'visa',
      exp_month: card.expMonth,
      exp_year: card.expYear,
      fingerprint: `simulated${card.number.slice(-7)}`,
      funding: 'credit',
      generated_from: null,
      last4: card.number.slice(-4),
      networks: { available: ['visa'], preferred: null },
      regulated_status: 'unregulated',
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  } satisfies Stripe.PaymentMethod;
}

export function billingDetails({ email, name }: Card): Stripe.Charge.BillingDetails {
  return {
    address: { city: null, country: 'FR', line1: null, line2: null, postal_code: null, state: null },
    email,
    name,
    phone: null,
    tax_id: null,
  };
}
