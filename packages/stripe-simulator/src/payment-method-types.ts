/** The payment method types there are, and which of them a payment offers. */
import type Stripe from 'stripe';
import { invalidParameter } from './errors.js';
import type { KnownValue } from './parameter-schema.js';
import type { OfferedPaymentMethodType } from './public-types.js';

type ExcludedPaymentMethodType = KnownValue<Stripe.Checkout.SessionCreateParams.ExcludedPaymentMethodType>;

/** Complete by type: the SDK's list and this one cannot drift apart. */
export const EXCLUDABLE_PAYMENT_METHOD_TYPES: Record<ExcludedPaymentMethodType, true> = {
  acss_debit: true,
  affirm: true,
  afterpay_clearpay: true,
  alipay: true,
  alma: true,
  amazon_pay: true,
  au_becs_debit: true,
  bacs_debit: true,
  bancontact: true,
  billie: true,
  bizum: true,
  blik: true,
  boleto: true,
  card: true,
  cashapp: true,
  crypto: true,
  customer_balance: true,
  eps: true,
  fpx: true,
  giropay: true,
  grabpay: true,
  ideal: true,
  kakao_pay: true,
  klarna: true,
  konbini: true,
  kr_card: true,
  mb_way: true,
  mobilepay: true,
  multibanco: true,
  naver_pay: true,
  nz_bank_account: true,
  oxxo: true,
  p24: true,
  pay_by_bank: true,
  payco: true,
  paynow: true,
  paypal: true,
  paypay: true,
  payto: true,
  pix: true,
  promptpay: true,
  revolut_pay: true,
  samsung_pay: true,
  satispay: true,
  scalapay: true,
  sepa_debit: true,
  sequra: true,
  sofort: true,
  sunbit: true,
  swish: true,
  twint: true,
  upi: true,
  us_bank_account: true,
  wechat_pay: true,
  zip: true,
};

type AllowedPaymentMethodType = KnownValue<Stripe.Checkout.SessionCreateParams.AllowedPaymentMethodType>;

export const ALLOWABLE_PAYMENT_METHOD_TYPES: Record<AllowedPaymentMethodType, true> = {
  ...EXCLUDABLE_PAYMENT_METHOD_TYPES,
  link: true,
};

type IntentPaymentMethodType = KnownValue<Stripe.PaymentIntentCreateParams.AllowedPaymentMethodType>;

/** A PaymentIntent may name more than a session: also what is paid at a terminal, or not yet everywhere. */
export const INTENT_PAYMENT_METHOD_TYPES: Record<IntentPaymentMethodType, true> = {
  ...ALLOWABLE_PAYMENT_METHOD_TYPES,
  boku_promptpay: true,
  capchase_pay: true,
  card_present: true,
  check_scan: true,
  click_to_pay: true,
  demo_pay: true,
  duitnow: true,
  dummy_auth_push: true,
  dummy_passthrough_card: true,
  edenred: true,
  gcash: true,
  getbalance: true,
  gift_card: true,
  gopay: true,
  id_bank_transfer: true,
  interac_present: true,
  knet: true,
  kr_market: true,
  kriya: true,
  momo: true,
  mondu: true,
  netbanking: true,
  ng_bank: true,
  ng_bank_transfer: true,
  ng_card: true,
  ng_market: true,
  ng_ussd: true,
  ng_wallet: true,
  octopus: true,
  paper_check: true,
  qris: true,
  rechnung: true,
  shop_pay: true,
  shopeepay: true,
  south_korea_market: true,
  stripe_balance: true,
  tamara: true,
  test_pay: true,
  touch_n_go: true,
  truemoney: true,
  us_cash_voucher: true,
  vipps: true,
  wero: true,
};

/** Those that the simulator can pay with. */
export const OFFERED_PAYMENT_METHOD_TYPES: readonly OfferedPaymentMethodType[] = ['card', 'sepa_debit', 'bancontact'];

/** Those that an account has where nobody says otherwise. */
export const USUAL_PAYMENT_METHOD_TYPES: readonly OfferedPaymentMethodType[] = ['card', 'sepa_debit'];

export interface OfferedPayment {
  currency: string;
  captureMethod: Stripe.PaymentIntent.CaptureMethod;
  setupFutureUsage: Stripe.PaymentIntent.SetupFutureUsage | null;
  allowed?: string[] | undefined;
  excluded?: string[] | undefined;
}

/** Of the methods that the account has, those that suit the payment and that the caller lets through. */
export function offeredPaymentMethodTypes(
  switchedOn: readonly OfferedPaymentMethodType[],
  { currency, captureMethod, setupFutureUsage, allowed, excluded = [] }: OfferedPayment,
): OfferedPaymentMethodType[] {
  const suits = (type: OfferedPaymentMethodType) => {
    if (type === 'card') return true;
    // What Bancontact leaves behind is a debit, which needs nobody to be there.
    if (type === 'bancontact' && setupFutureUsage === 'on_session') return false;
    return currency === 'eur' && captureMethod !== 'manual';
  };
  const offered = switchedOn.filter(
    (type) => suits(type) && !excluded.includes(type) && (allowed === undefined || allowed.includes(type)),
  );
  if (offered.length > 0) return offered;
  const message =
    'No valid payment method types for this payment. Please ensure that you have activated payment methods compatible ' +
    'with your chosen currency, amount and parameters.';
  throw invalidParameter(
    message,
    allowed === undefined ? 'excluded_payment_method_types' : 'allowed_payment_method_types',
  );
}
