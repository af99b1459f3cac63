/** The charge that an attempt to pay leaves behind, as the API shows it. */
import type Stripe from 'stripe';
import type { Complete } from '../complete-object.js';
import { createId } from '../ids.js';
import type { StoredPaymentMethod } from '../objects.js';
import { type Decline, findTestCard } from '../test-cards.js';
import { authorizationSeconds, type BuyerPresence } from './authorization-window.js';

/** One value for all of them: objects are replaced, never changed, so they can share what is always alike. */
const FIELDS_THAT_STAY_EMPTY = {
  amount_refunded: 0,
  application: null,
  application_fee: null,
  application_fee_amount: null,
  balance_transaction: null,
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

/** Of an authorized charge the money is held, of a pending one it is asked for. */
export type ChargeState = 'captured' | 'authorized' | 'pending' | 'failed';

export interface NewCharge {
  paymentIntent: Stripe.PaymentIntent;
  method: StoredPaymentMethod;
  state: ChargeState;
  /** Why it failed. */
  decline: Decline | null;
  buyer: BuyerPresence;
  /** Seconds. */
  created: number;
}

/** Captured asynchronously: a successful charge gets its balance transaction a moment later, with `charge.updated`. */
export function buildCharge(newCharge: NewCharge): Stripe.Charge {
  const { paymentIntent, method, state, decline, created } = newCharge;
  const { amount, currency, customer, description, metadata, shipping } = paymentIntent;
  const isPaid = state === 'captured' || state === 'authorized';
  const isCaptured = state === 'captured' || state === 'pending';
  const id = createId('charge');
  return {
    ...FIELDS_THAT_STAY_EMPTY,
    id,
    object: 'charge',
    amount,
    amount_captured: isCaptured ? amount : 0,
    billing_details: method.paymentMethod.billing_details,
    calculated_statement_descriptor: paymentIntent.statement_descriptor ?? 'COMPTOIR TEST',
    captured: isCaptured,
    created,
    currency,
    customer,
    description,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    metadata,
    outcome: decline === null ? authorizedOutcome(newCharge) : declinedOutcome(newCharge, decline),
    paid: isPaid,
    payment_intent: paymentIntent.id,
    payment_method: method.id,
    payment_method_details: methodDetails(newCharge),
    receipt_email: paymentIntent.receipt_email,
    receipt_url: isPaid ? receiptUrl(id) : null,
    shipping,
    statement_descriptor: paymentIntent.statement_descriptor,
    statement_descriptor_suffix: paymentIntent.statement_descriptor_suffix,
    status: isPaid ? 'succeeded' : state === 'pending' ? 'pending' : 'failed',
    transfer_group: paymentIntent.transfer_group,
  } satisfies Complete<Stripe.Charge, 'authorization_code' | 'level3' | 'presentment_details' | 'refunds' | 'transfer'>;
}

export function receiptUrl(chargeId: string): string {
  return `https://pay.stripe.com/receipts/payment/${chargeId}`;
}

/** Beyond 75 Stripe calls a risk the highest, from 65 on elevated. */
const RISK_SCORES = { normal: 12, elevated: 68, highest: 95 } as const;

function riskOf({ method }: NewCharge): { risk_level: string; risk_score: number } {
  const risk = findTestCard(method.number)?.risk ?? 'normal';
  return { risk_level: risk, risk_score: RISK_SCORES[risk] };
}

function authorizedOutcome(newCharge: NewCharge): Stripe.Charge.Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: 'approved_by_network',
    reason: null,
    ...riskOf(newCharge),
    seller_message: newCharge.state === 'pending' ? 'Payment pending.' : 'Payment complete.',
    type: 'authorized',
  } satisfies Complete<Stripe.Charge.Outcome, 'rule'>;
}

function declinedOutcome(newCharge: NewCharge, { code, declineCode, isBlocked }: Decline): Stripe.Charge.Outcome {
  if (isBlocked) {
    return {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      ...riskOf(newCharge),
      seller_message: 'Stripe blocked this payment as too risky.',
      type: 'blocked',
    } satisfies Complete<Stripe.Charge.Outcome, 'rule'>;
  }
  return {
    advice_code: 'try_again_later',
    network_advice_code: null,
    network_decline_code: null,
    network_status: 'declined_by_network',
    reason: declineCode ?? code,
    ...riskOf(newCharge),
    seller_message: 'The bank did not return any further details with this decline.',
    type: 'issuer_declined',
  } satisfies Complete<Stripe.Charge.Outcome, 'rule'>;
}

function methodDetails(newCharge: NewCharge): Stripe.Charge.PaymentMethodDetails {
  const { bancontact, card, sepa_debit: account } = newCharge.method.paymentMethod;
  if (bancontact !== undefined) return { bancontact: bancontactDetails(newCharge.method), type: 'bancontact' };
  if (account !== undefined) return { sepa_debit: debitDetails(account), type: 'sepa_debit' };
  return card === undefined ? { type: 'card' } : { card: cardDetails(newCharge, card), type: 'card' };
}

function bancontactDetails({
  number,
  paymentMethod,
}: StoredPaymentMethod): Stripe.Charge.PaymentMethodDetails.Bancontact {
  return {
    bank_code: 'VAPE',
    bank_name: 'VAN DE PUT & CO',
    bic: 'VAPEBE22',
    generated_sepa_debit: null,
    generated_sepa_debit_mandate: null,
    iban_last4: number.slice(-4),
    preferred_language: 'en',
    verified_name: paymentMethod.billing_details.name,
  } satisfies Complete<Stripe.Charge.PaymentMethodDetails.Bancontact>;
}

function debitDetails(account: Stripe.PaymentMethod.SepaDebit): Stripe.Charge.PaymentMethodDetails.SepaDebit {
  return {
    bank_code: account.bank_code,
    branch_code: account.branch_code,
    country: account.country,
    fingerprint: account.fingerprint,
    last4: account.last4,
    mandate: null,
  } satisfies Complete<Stripe.Charge.PaymentMethodDetails.SepaDebit, 'expected_debit_date'>;
}

function cardDetails(
  { paymentIntent, method, state, decline, buyer, created }: NewCharge,
  card: Stripe.PaymentMethod.Card,
): Stripe.Charge.PaymentMethodDetails.Card {
  const { amount } = paymentIntent;
  const isAuthenticated = buyer === 'authenticated';
  return {
    amount_authorized: decline === null ? amount : null,
    authorization_code: decline === null ? '123456' : null,
    brand: card.brand,
    ...(state === 'authorized' ? { capture_before: created + authorizationSeconds(card.brand, buyer) } : {}),
    checks: checksOf(method, decline),
    country: card.country,
    electronic_commerce_indicator: isAuthenticated ? '05' : null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    extended_authorization: { status: 'disabled' },
    fingerprint: card.fingerprint ?? null,
    funding: card.funding,
    incremental_authorization: { status: 'unavailable' },
    installments: null,
    last4: card.last4,
    mandate: null,
    multicapture: { status: 'unavailable' },
    network: card.brand,
    network_token: { used: false },
    network_transaction_id: '584107111112120',
    overcapture: { maximum_amount_capturable: amount, status: 'unavailable' },
    regulated_status: 'unregulated',
    ...storedCredential(paymentIntent, buyer),
    three_d_secure: isAuthenticated ? AUTHENTICATED : null,
    transaction_link_id: null,
    wallet: null,
  } satisfies Complete<
    Stripe.Charge.PaymentMethodDetails.Card,
    'capture_before' | 'description' | 'iin' | 'issuer' | 'moto' | 'setup_credential_usage' | 'stored_credential_usage'
  >;
}

/** Told to the bank where the buyer is away alone. */
function storedCredential({ payment_method_options: options }: Stripe.PaymentIntent, buyer: BuyerPresence) {
  const usage = options?.card?.stored_credential_usage;
  return usage === undefined || buyer !== 'absent' ? {} : { stored_credential_usage: usage };
}

/** Banks check what the buyer gave. */
function checksOf(
  { number, paymentMethod }: StoredPaymentMethod,
  decline: Decline | null,
): Stripe.Charge.PaymentMethodDetails.Card.Checks {
  const { line1 = null, postalCode = null, cvc = null } = findTestCard(number)?.checks ?? {};
  const { address } = paymentMethod.billing_details;
  return {
    address_line1_check: address?.line1 ? line1 : null,
    address_postal_code_check: address?.postal_code ? postalCode : null,
    cvc_check: decline?.code === 'incorrect_cvc' ? 'fail' : cvc,
  };
}

const AUTHENTICATED: Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure = {
  authentication_flow: 'challenge',
  electronic_commerce_indicator: '05',
  exemption_indicator: null,
  result: 'authenticated',
  result_reason: null,
  transaction_id: 'a1b2c3d4-0000-4000-8000-000000000000',
  version: '2.2.0',
};
