/** The PaymentMethod as the API shows it: a card, an account that SEPA debits draw from, or Bancontact. */
import type Stripe from 'stripe';
import type { Complete } from '../complete-object.js';
import { createId } from '../ids.js';
import type { StoredPaymentMethod } from '../objects.js';
import type { KnownValue } from '../parameter-schema.js';
import type { OfferedPaymentMethodType } from '../public-types.js';
import { type CardKind, findTestCard } from '../test-cards.js';

/** Brands that the display of a card names otherwise. */
const DISPLAY_BRANDS: Partial<Record<CardKind['brand'], string>> = {
  amex: 'american_express',
  diners: 'diners_club',
  unionpay: 'union_pay',
  unknown: 'other',
};

export const NO_BILLING_DETAILS: Stripe.PaymentMethod.BillingDetails = {
  address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
  email: null,
  name: null,
  phone: null,
  tax_id: null,
};

export interface NewPaymentMethod {
  allowRedisplay: Stripe.PaymentMethod.AllowRedisplay;
  billingDetails: Stripe.PaymentMethod.BillingDetails;
  metadata: Stripe.Metadata;
  /** Seconds. */
  created: number;
}

export interface CardOnPaper {
  number: string;
  expMonth: number;
  expYear: number;
}

/** A payment method has the field that is named like its type, and none of the others. */
type FieldsOfTypes = Extract<keyof Stripe.PaymentMethod, KnownValue<Stripe.PaymentMethod.Type>>;

export function buildCard({ number, expMonth, expYear }: CardOnPaper, common: NewPaymentMethod): StoredPaymentMethod {
  const { brand, country, funding, secondNetwork } = kindOf(number);
  const card = {
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'unchecked' },
    country,
    display_brand: DISPLAY_BRANDS[brand] ?? brand,
    exp_month: expMonth,
    exp_year: expYear,
    fingerprint: fingerprintOf(number),
    funding,
    generated_from: null,
    last4: number.slice(-4),
    networks: { available: secondNetwork === null ? [brand] : [secondNetwork, brand], preferred: null },
    regulated_status: 'unregulated',
    // American Express has a programme of its own, which its test cards are not in.
    three_d_secure_usage: { supported: brand !== 'amex' },
    wallet: null,
  } satisfies Complete<Stripe.PaymentMethod.Card, 'description' | 'iin' | 'issuer'>;
  const paymentMethod: Stripe.PaymentMethod = { ...commonFields('card', common), card };
  return { id: paymentMethod.id, paymentMethod, number, isSetUp: false, isSpent: false };
}

/** `charge` is that of the Bancontact payment which the debit comes from. */
export function buildSepaDebit(
  iban: string,
  common: NewPaymentMethod,
  charge: string | null = null,
): StoredPaymentMethod {
  const sepaDebit = {
    bank_code: iban.slice(4, 9),
    branch_code: '',
    country: iban.slice(0, 2),
    fingerprint: fingerprintOf(iban),
    generated_from: { charge, setup_attempt: null },
    last4: iban.slice(-4),
  } satisfies Complete<Stripe.PaymentMethod.SepaDebit>;
  const paymentMethod: Stripe.PaymentMethod = { ...commonFields('sepa_debit', common), sepa_debit: sepaDebit };
  return { id: paymentMethod.id, paymentMethod, number: iban, isSetUp: false, isSpent: false };
}

/** The account behind Stripe's test page for Bancontact. */
const BANCONTACT_IBAN = 'BE62510007547061';

export function buildBancontact(common: NewPaymentMethod): StoredPaymentMethod {
  const paymentMethod: Stripe.PaymentMethod = { ...commonFields('bancontact', common), bancontact: {} };
  return { id: paymentMethod.id, paymentMethod, number: BANCONTACT_IBAN, isSetUp: false, isSpent: false };
}

function kindOf(number: string): CardKind {
  const card = findTestCard(number);
  if (card === null) throw new Error('Only test cards become payment methods.');
  return card;
}

/** The same for each payment method with the number. */
function fingerprintOf(number: string): string {
  return `simulated${number.slice(-7)}`;
}

function commonFields(type: OfferedPaymentMethodType, method: NewPaymentMethod) {
  return {
    id: createId('paymentMethod'),
    object: 'payment_method',
    allow_redisplay: method.allowRedisplay,
    billing_details: method.billingDetails,
    created: method.created,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: method.metadata,
    type,
  } satisfies Complete<Stripe.PaymentMethod, FieldsOfTypes | 'radar_options'>;
}
