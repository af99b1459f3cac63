/** Which payment methods report success at once, and which days later. */
import type Stripe from 'stripe';

type ExcludableMethod = Stripe.Checkout.SessionCreateParams.ExcludedPaymentMethodType;

/** The methods that the SDK names, without the `OtherString` that keeps its list open. */
type NamedMethod<Method = ExcludableMethod> = Method extends string ? (string extends Method ? never : Method) : never;

/** When the outcome is known: at once, or the reason why not. */
type Confirmation = 'at once' | 'bank debit' | 'bank transfer' | 'voucher' | 'not promised at once';

/**
 * Complete by type: the code does not compile with a version of the SDK that has a method without an entry. Stripe's
 * documentation of each method says whether its notification is delayed; where it leaves that open, the method counts
 * as delayed, since to leave one out costs the buyer a choice, and to let one in may cost the shop its equipment.
 */
const CONFIRMATION: Readonly<Record<NamedMethod, Confirmation>> = {
  acss_debit: 'bank debit',
  affirm: 'at once',
  afterpay_clearpay: 'at once',
  alipay: 'at once',
  alma: 'at once',
  amazon_pay: 'at once',
  au_becs_debit: 'bank debit',
  bacs_debit: 'bank debit',
  bancontact: 'at once',
  billie: 'at once',
  bizum: 'at once',
  blik: 'at once',
  boleto: 'voucher',
  card: 'at once',
  cashapp: 'at once',
  crypto: 'not promised at once',
  customer_balance: 'bank transfer',
  eps: 'at once',
  fpx: 'at once',
  giropay: 'at once',
  grabpay: 'at once',
  ideal: 'at once',
  kakao_pay: 'at once',
  klarna: 'at once',
  konbini: 'voucher',
  kr_card: 'at once',
  mb_way: 'at once',
  mobilepay: 'at once',
  multibanco: 'voucher',
  naver_pay: 'at once',
  nz_bank_account: 'bank debit',
  oxxo: 'voucher',
  p24: 'at once',
  pay_by_bank: 'bank transfer',
  payco: 'at once',
  paynow: 'at once',
  paypal: 'at once',
  paypay: 'at once',
  payto: 'bank debit',
  pix: 'at once',
  promptpay: 'at once',
  revolut_pay: 'at once',
  samsung_pay: 'at once',
  satispay: 'at once',
  scalapay: 'at once',
  sepa_debit: 'bank debit',
  sequra: 'at once',
  sofort: 'bank transfer',
  sunbit: 'at once',
  swish: 'at once',
  twint: 'at once',
  upi: 'at once',
  us_bank_account: 'bank debit',
  wechat_pay: 'at once',
  zip: 'at once',
};

/** Methods whose payments succeed or fail after the session was completed. */
export const DELAYED_METHODS: ExcludableMethod[] = Object.entries(CONFIRMATION)
  .filter(([, confirmation]) => confirmation !== 'at once')
  .map(([method]) => method);
