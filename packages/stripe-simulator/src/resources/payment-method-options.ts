/** `payment_method_options`: what may be asked of cards, and the methods of which nothing may be asked yet. */
import type Stripe from 'stripe';
import { invalidParameter } from '../errors.js';
import { enumeration, notImplementedYet, object, type Parsed, switchedOff } from '../parameter-schema.js';

type SessionOptions = NonNullable<Stripe.Checkout.SessionCreateParams['payment_method_options']>;
type IntentOptions = Stripe.PaymentIntentCreateParams.PaymentMethodOptions;
type IntentCard = Exclude<NonNullable<IntentOptions['card']>, ''>;

const NOT_YET = notImplementedYet();

/** Stripe gives it to accounts that pay the networks' own fees, which the simulator's does not. */
const ifAvailable = enumeration({ if_available: true, never: true });

/** Alike for the cards of sessions and PaymentIntents. */
const cardFields = {
  capture_method: NOT_YET,
  request_extended_authorization: ifAvailable,
  request_incremental_authorization: ifAvailable,
  request_multicapture: ifAvailable,
  request_overcapture: ifAvailable,
  request_three_d_secure: enumeration({ any: 'not_implemented', automatic: true, challenge: 'not_implemented' }),
  setup_future_usage: NOT_YET,
  statement_descriptor_suffix_kana: NOT_YET,
  statement_descriptor_suffix_kanji: NOT_YET,
};

const otherMethods = {
  acss_debit: NOT_YET,
  affirm: NOT_YET,
  afterpay_clearpay: NOT_YET,
  alipay: NOT_YET,
  alma: NOT_YET,
  amazon_pay: NOT_YET,
  au_becs_debit: NOT_YET,
  bacs_debit: NOT_YET,
  bancontact: NOT_YET,
  billie: NOT_YET,
  blik: NOT_YET,
  boleto: NOT_YET,
  cashapp: NOT_YET,
  crypto: NOT_YET,
  customer_balance: NOT_YET,
  eps: NOT_YET,
  fpx: NOT_YET,
  giropay: NOT_YET,
  grabpay: NOT_YET,
  ideal: NOT_YET,
  kakao_pay: NOT_YET,
  klarna: NOT_YET,
  konbini: NOT_YET,
  kr_card: NOT_YET,
  link: NOT_YET,
  mobilepay: NOT_YET,
  multibanco: NOT_YET,
  naver_pay: NOT_YET,
  oxxo: NOT_YET,
  p24: NOT_YET,
  pay_by_bank: NOT_YET,
  payco: NOT_YET,
  paynow: NOT_YET,
  paypal: NOT_YET,
  payto: NOT_YET,
  pix: NOT_YET,
  revolut_pay: NOT_YET,
  samsung_pay: NOT_YET,
  satispay: NOT_YET,
  scalapay: NOT_YET,
  sepa_debit: NOT_YET,
  sequra: NOT_YET,
  sofort: NOT_YET,
  sunbit: NOT_YET,
  swish: NOT_YET,
  twint: NOT_YET,
  upi: NOT_YET,
  us_bank_account: NOT_YET,
  wechat_pay: NOT_YET,
};

export const sessionMethodOptions = object<SessionOptions>({
  ...otherMethods,
  card: object<NonNullable<SessionOptions['card']>>({
    ...cardFields,
    installments: object<{ enabled?: boolean }>({ enabled: switchedOff() }),
    restrictions: NOT_YET,
  }),
  demo_pay: NOT_YET,
});

export const intentMethodOptions = object<IntentOptions>({
  ...otherMethods,
  bizum: NOT_YET,
  card: object<IntentCard>({
    ...cardFields,
    cvc_token: NOT_YET,
    installments: object<NonNullable<IntentCard['installments']>>({ enabled: switchedOff(), plan: NOT_YET }),
    mandate_options: NOT_YET,
    moto: switchedOff(),
    network: NOT_YET,
    require_cvc_recollection: switchedOff(),
    setup_credential_usage: NOT_YET,
    stored_credential_usage: enumeration({ installment: true, recurring: true, unscheduled: true }),
    three_d_secure: NOT_YET,
  }),
  card_present: NOT_YET,
  interac_present: NOT_YET,
  mb_way: NOT_YET,
  nz_bank_account: NOT_YET,
  paypay: NOT_YET,
  promptpay: NOT_YET,
  zip: NOT_YET,
});

type CardOptions = Stripe.PaymentIntent.PaymentMethodOptions.Card;
type CardRequest = Pick<CardOptions, (typeof CARD_FEATURES)[number]>;

const CARD_FEATURES = [
  'request_extended_authorization',
  'request_incremental_authorization',
  'request_multicapture',
  'request_overcapture',
] as const;

export const INELIGIBLE_FOR_FEATURES =
  'This account is not eligible for the requested card features. See ' +
  'https://stripe.com/docs/payments/flexible-payments for more details.';

/** Whether a feature is asked for that only accounts with the networks' own fees have. */
export function asksForFeatures(card: CardRequest | undefined): boolean {
  return CARD_FEATURES.some((feature) => card?.[feature] === 'if_available');
}

/** What the request asks of cards goes over what was asked before, as the PaymentIntent shows it. */
export function withCardOptions(
  current: Stripe.PaymentIntent.PaymentMethodOptions | null,
  requested: Parsed<IntentOptions> | undefined,
): Stripe.PaymentIntent.PaymentMethodOptions | null {
  const { card: asked } = requested ?? {};
  if (!asked || current?.card === undefined) return current;
  const names = [...CARD_FEATURES, 'stored_credential_usage'] as const;
  const given = names.filter((name) => asked[name] !== undefined).map((name) => [name, asked[name]]);
  return { ...current, card: { ...current.card, ...Object.fromEntries(given) } };
}

/** One says what a card is saved for, the other what a saved card is used for. */
export function checkStoredCredential(paymentIntent: Stripe.PaymentIntent): void {
  const usage = paymentIntent.payment_method_options?.card?.stored_credential_usage;
  if (usage === undefined || paymentIntent.setup_future_usage === null) return;
  const param = 'payment_method_options[card][stored_credential_usage]';
  throw invalidParameter(`You cannot use \`${param}\` together with \`setup_future_usage\`.`, param);
}
