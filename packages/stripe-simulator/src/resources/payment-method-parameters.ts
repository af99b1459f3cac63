/** The parameters of `/v1/payment_methods`: cards and SEPA accounts, and the types that the simulator has not. */
import type Stripe from 'stripe';
import {
  enumeration,
  expandField,
  ignored,
  integer,
  metadata,
  metadataUpdate,
  notImplementedYet,
  object,
  type ParameterFields,
  text,
} from '../parameter-schema.js';
import { EXCLUDABLE_PAYMENT_METHOD_TYPES } from '../payment-method-types.js';
import { checkEmail } from '../text-checks.js';
import { addressParameter } from './shared-parameters.js';

type Parameters = Stripe.PaymentMethodCreateParams;
type Card = NonNullable<Parameters['card']>;
type UpdateCard = NonNullable<Stripe.PaymentMethodUpdateParams['card']>;
type BillingDetails = NonNullable<Parameters['billing_details']>;

const expiry = { exp_month: integer({ minimum: 1, maximum: 12 }), exp_year: integer({ minimum: 2000, maximum: 2099 }) };

const billingDetailsParameter = object<BillingDetails>({
  address: { ...addressParameter, unsettable: true },
  email: text({ check: checkEmail, unsettable: true }),
  name: text({ unsettable: true }),
  phone: text({ unsettable: true }),
  tax_id: text(),
});

const allowRedisplay = enumeration({ always: true, limited: true, unspecified: true });

const notImplementedTypes = {
  acss_debit: notImplementedYet(),
  affirm: notImplementedYet(),
  afterpay_clearpay: notImplementedYet(),
  alipay: notImplementedYet(),
  alma: notImplementedYet(),
  amazon_pay: notImplementedYet(),
  au_becs_debit: notImplementedYet(),
  bacs_debit: notImplementedYet(),
  bancontact: notImplementedYet(),
  billie: notImplementedYet(),
  bizum: notImplementedYet(),
  blik: notImplementedYet(),
  boleto: notImplementedYet(),
  cashapp: notImplementedYet(),
  crypto: notImplementedYet(),
  custom: notImplementedYet(),
  customer_balance: notImplementedYet(),
  eps: notImplementedYet(),
  fpx: notImplementedYet(),
  giropay: notImplementedYet(),
  grabpay: notImplementedYet(),
  ideal: notImplementedYet(),
  interac_present: notImplementedYet(),
  kakao_pay: notImplementedYet(),
  klarna: notImplementedYet(),
  konbini: notImplementedYet(),
  kr_card: notImplementedYet(),
  link: notImplementedYet(),
  mb_way: notImplementedYet(),
  mobilepay: notImplementedYet(),
  multibanco: notImplementedYet(),
  naver_pay: notImplementedYet(),
  nz_bank_account: notImplementedYet(),
  oxxo: notImplementedYet(),
  p24: notImplementedYet(),
  pay_by_bank: notImplementedYet(),
  payco: notImplementedYet(),
  paynow: notImplementedYet(),
  paypal: notImplementedYet(),
  paypay: notImplementedYet(),
  payto: notImplementedYet(),
  pix: notImplementedYet(),
  promptpay: notImplementedYet(),
  revolut_pay: notImplementedYet(),
  samsung_pay: notImplementedYet(),
  satispay: notImplementedYet(),
  scalapay: notImplementedYet(),
  sequra: notImplementedYet(),
  sofort: notImplementedYet(),
  sunbit: notImplementedYet(),
  swish: notImplementedYet(),
  twint: notImplementedYet(),
  upi: notImplementedYet(),
  us_bank_account: notImplementedYet(),
  wechat_pay: notImplementedYet(),
  zip: notImplementedYet(),
} satisfies Partial<ParameterFields<Parameters>>;

export const createPaymentMethodParameters: ParameterFields<Parameters> = {
  ...notImplementedTypes,
  allow_redisplay: allowRedisplay,
  billing_details: billingDetailsParameter,
  card: object<Card>({ ...expiry, cvc: text(), networks: ignored(), number: text(), token: text() }),
  customer: notImplementedYet(),
  expand: expandField,
  metadata: metadata(),
  payment_method: notImplementedYet(),
  radar_options: ignored(),
  sepa_debit: object<NonNullable<Parameters['sepa_debit']>>({ iban: text({ required: true }) }),
  type: { ...enumeration({ ...EXCLUDABLE_PAYMENT_METHOD_TYPES, custom: true, link: true }), required: true },
};

export const updatePaymentMethodParameters: ParameterFields<Stripe.PaymentMethodUpdateParams> = {
  allow_redisplay: allowRedisplay,
  billing_details: billingDetailsParameter,
  card: object<UpdateCard>({ ...expiry, networks: ignored() }),
  expand: expandField,
  metadata: metadataUpdate(),
  us_bank_account: notImplementedYet(),
};
