/** The parameters of `POST /v1/checkout/sessions`: what the simulator takes, drops and rejects. */
import type Stripe from 'stripe';
import { checkCurrency } from '../currencies.js';
import {
  boolean,
  enumeration,
  expandField,
  ignored,
  integer,
  list,
  metadata,
  metadataUpdate,
  notImplementedYet,
  object,
  type ParameterFields,
  type RemovedParameter,
  switchedOff,
  text,
} from '../parameter-schema.js';
import { ALLOWABLE_PAYMENT_METHOD_TYPES, EXCLUDABLE_PAYMENT_METHOD_TYPES } from '../payment-method-types.js';
import { SHIPPING_COUNTRIES } from '../shipping-countries.js';
import { checkEmail, checkUrl } from '../text-checks.js';
import { sessionMethodOptions } from './payment-method-options.js';
import { shippingParameter } from './shared-parameters.js';

type Parameters = Stripe.Checkout.SessionCreateParams;
type Parameter<Name extends keyof Parameters> = NonNullable<Parameters[Name]>;
type LineItem = Stripe.Checkout.SessionCreateParams.LineItem;
type PriceData = NonNullable<LineItem['price_data']>;
type Recovery = NonNullable<Parameter<'after_expiration'>['recovery']>;

/** Stripe's limit on a payment session. */
const LINE_ITEMS_MAXIMUM = 100;

/** The API rejects it since version 2026: methods are chosen by configuration, not by the caller. */
export const removedSessionParameters: Record<string, RemovedParameter> = {
  payment_method_types: {
    code: 'payment_method_types_no_longer_supported',
    message:
      'The `payment_method_types` parameter is no longer supported. Use `payment_method_configuration`, ' +
      '`allowed_payment_method_types` or `excluded_payment_method_types` instead.',
  },
};

const productData = object<NonNullable<PriceData['product_data']>>({
  description: text({ maximumLength: 5000 }),
  images: list<string>(text({ maximumLength: 2048, check: checkUrl }), { maximumItems: 8 }),
  metadata: metadata(),
  name: text({ maximumLength: 5000, required: true }),
  tax_code: ignored(),
  tax_details: notImplementedYet(),
  unit_label: text({ maximumLength: 12 }),
});

const priceData = object<PriceData>({
  currency: text({ check: checkCurrency, required: true }),
  product: notImplementedYet(),
  product_data: productData,
  recurring: notImplementedYet(),
  tax_behavior: enumeration({ exclusive: true, inclusive: true, unspecified: true }),
  unit_amount: integer({ minimum: 0 }),
  unit_amount_decimal: notImplementedYet(),
});

const lineItem = object<LineItem>({
  adjustable_quantity: object<NonNullable<LineItem['adjustable_quantity']>>({
    enabled: switchedOff(),
    maximum: ignored(),
    minimum: ignored(),
  }),
  metadata: metadata(),
  price: notImplementedYet(),
  price_data: priceData,
  quantity: integer({ minimum: 1, maximum: 999_999 }),
  tax_rates: notImplementedYet(),
});

const paymentIntentData = object<Parameter<'payment_intent_data'>>({
  application_fee_amount: notImplementedYet(),
  capture_method: enumeration({ automatic: true, automatic_async: true, manual: true }),
  description: text({ maximumLength: 1000 }),
  metadata: metadata(),
  on_behalf_of: notImplementedYet(),
  receipt_email: text({ check: checkEmail }),
  setup_future_usage: enumeration({ off_session: true, on_session: true }),
  shipping: shippingParameter,
  statement_descriptor: text({ maximumLength: 22 }),
  statement_descriptor_suffix: text({ maximumLength: 22 }),
  transfer_data: notImplementedYet(),
  transfer_group: text(),
});

const customMessage = object<{ message: string }>({ message: text({ maximumLength: 1200, required: true }) });

const customText = object<Parameter<'custom_text'>>({
  after_submit: customMessage,
  shipping_address: customMessage,
  submit: customMessage,
  terms_of_service_acceptance: customMessage,
});

const brandImage = { file: ignored(), type: { ...ignored(), required: true }, url: ignored() };

/** How the page looks at Stripe; each field by name, so that one that Stripe does not know is rejected. */
const brandingSettings = object<Parameter<'branding_settings'>>({
  background_color: ignored(),
  border_style: ignored(),
  button_color: ignored(),
  display_name: ignored(),
  font_family: ignored(),
  icon: object<NonNullable<Parameter<'branding_settings'>['icon']>>(brandImage),
  logo: object<NonNullable<Parameter<'branding_settings'>['logo']>>(brandImage),
});

const locale = enumeration({
  auto: true,
  bg: true,
  cs: true,
  da: true,
  de: true,
  el: true,
  en: true,
  'en-GB': true,
  es: true,
  'es-419': true,
  et: true,
  fi: true,
  fil: true,
  fr: true,
  'fr-CA': true,
  'hi-IN': true,
  hr: true,
  hu: true,
  id: true,
  it: true,
  ja: true,
  ko: true,
  lt: true,
  lv: true,
  ms: true,
  mt: true,
  nb: true,
  nl: true,
  pl: true,
  pt: true,
  'pt-BR': true,
  ro: true,
  ru: true,
  sk: true,
  sl: true,
  sv: true,
  th: true,
  tr: true,
  vi: true,
  zh: true,
  'zh-HK': true,
  'zh-TW': true,
});

export const createSessionParameters: ParameterFields<Parameters> = {
  adaptive_pricing: object<Parameter<'adaptive_pricing'>>({ enabled: boolean() }),
  after_expiration: object<Parameter<'after_expiration'>>({
    recovery: object<Recovery>({ allow_promotion_codes: boolean(), enabled: { ...boolean(), required: true } }),
  }),
  allow_promotion_codes: boolean(),
  allowed_payment_method_types: list<Parameter<'allowed_payment_method_types'>[number]>(
    enumeration(ALLOWABLE_PAYMENT_METHOD_TYPES),
  ),
  automatic_tax: object<Parameter<'automatic_tax'>>({ enabled: switchedOff(), liability: ignored() }),
  billing_address_collection: enumeration({ auto: true, required: 'not_implemented' }),
  branding_settings: brandingSettings,
  cancel_url: text({ maximumLength: 5000, check: checkUrl }),
  client_reference_id: text({ maximumLength: 200 }),
  consent_collection: notImplementedYet(),
  currency: text({ check: checkCurrency }),
  custom_fields: notImplementedYet(),
  custom_text: customText,
  customer: text(),
  customer_account: notImplementedYet(),
  customer_creation: enumeration({ always: true, if_required: true }),
  customer_email: text({ maximumLength: 800, check: checkEmail }),
  customer_update: ignored(),
  discounts: notImplementedYet(),
  excluded_payment_method_types: list<Parameter<'excluded_payment_method_types'>[number]>(
    enumeration(EXCLUDABLE_PAYMENT_METHOD_TYPES),
  ),
  expand: expandField,
  expires_at: integer(),
  integration_identifier: text(),
  invoice_creation: object<Parameter<'invoice_creation'>>({ enabled: switchedOff(), invoice_data: ignored() }),
  line_items: list<LineItem>(lineItem, { maximumItems: LINE_ITEMS_MAXIMUM, required: true }),
  locale,
  managed_payments: object<Parameter<'managed_payments'>>({ enabled: switchedOff() }),
  metadata: metadata(),
  mode: {
    ...enumeration({ payment: true, setup: 'not_implemented', subscription: 'not_implemented' }),
    required: true,
  },
  name_collection: notImplementedYet(),
  optional_items: notImplementedYet(),
  origin_context: enumeration({ mobile_app: true, web: true }),
  payment_intent_data: paymentIntentData,
  payment_method_collection: enumeration({ always: true, if_required: true }),
  payment_method_configuration: text(),
  payment_method_data: object<Parameter<'payment_method_data'>>({
    allow_redisplay: enumeration({ always: 'not_implemented', limited: 'not_implemented', unspecified: true }),
  }),
  payment_method_options: sessionMethodOptions,
  permissions: notImplementedYet(),
  phone_number_collection: object<Parameter<'phone_number_collection'>>({ enabled: boolean() }),
  redirect_on_completion: ignored(),
  return_url: notImplementedYet(),
  saved_payment_method_options: notImplementedYet(),
  setup_intent_data: notImplementedYet(),
  shipping_address_collection: object<Parameter<'shipping_address_collection'>>({
    allowed_countries: {
      ...list<Parameter<'shipping_address_collection'>['allowed_countries'][number]>(enumeration(SHIPPING_COUNTRIES)),
      required: true,
    },
  }),
  shipping_options: notImplementedYet(),
  submit_type: enumeration({ auto: true, book: true, donate: true, pay: true, subscribe: true }),
  subscription_data: notImplementedYet(),
  success_url: text({ maximumLength: 5000, check: checkUrl, required: true }),
  tax_id_collection: object<Parameter<'tax_id_collection'>>({ enabled: switchedOff(), required: ignored() }),
  ui_mode: enumeration({
    elements: 'not_implemented',
    embedded_page: 'not_implemented',
    form: 'not_implemented',
    hosted_page: true,
  }),
  wallet_options: object<Parameter<'wallet_options'>>({
    link: object<NonNullable<Parameter<'wallet_options'>['link']>>({
      display: enumeration({ auto: true, never: true }),
    }),
  }),
};

type UpdateParameters = Stripe.Checkout.SessionUpdateParams;
type UpdatedData = NonNullable<UpdateParameters['payment_intent_data']>;

export const updateSessionParameters: ParameterFields<UpdateParameters> = {
  collected_information: notImplementedYet(),
  expand: expandField,
  line_items: notImplementedYet(),
  metadata: metadataUpdate(),
  payment_intent_data: object<UpdatedData>({
    description: text({ maximumLength: 1000, unsettable: true }),
    metadata: metadataUpdate(),
    setup_future_usage: enumeration({ off_session: true, on_session: true }),
    statement_descriptor: text({ maximumLength: 22, unsettable: true }),
    statement_descriptor_suffix: text({ maximumLength: 22, unsettable: true }),
  }),
  shipping_options: notImplementedYet(),
};
