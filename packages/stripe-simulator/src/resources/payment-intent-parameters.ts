/** The parameters of `/v1/payment_intents`: what the simulator takes, drops and rejects. */
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
  text,
} from '../parameter-schema.js';
import { EXCLUDABLE_PAYMENT_METHOD_TYPES, INTENT_PAYMENT_METHOD_TYPES } from '../payment-method-types.js';
import { checkEmail, checkUrl } from '../text-checks.js';
import { intentMethodOptions } from './payment-method-options.js';
import { shippingParameter } from './shared-parameters.js';

/** On the wire the flag and the reasons for it are texts alike. */
type OffSession = { off_session?: 'false' | 'one_off' | 'recurring' | 'true' };
type WithOffSession<Parameters> = Omit<Parameters, 'off_session'> & OffSession;

export type CreateParameters = WithOffSession<Stripe.PaymentIntentCreateParams>;
export type ConfirmParameters = WithOffSession<Stripe.PaymentIntentConfirmParams>;
type AutomaticMethods = NonNullable<CreateParameters['automatic_payment_methods']>;
type AllowedType = NonNullable<CreateParameters['allowed_payment_method_types']>[number];
type ExcludedType = NonNullable<CreateParameters['excluded_payment_method_types']>[number];

/** The API rejects it since version 2026: methods are chosen by configuration, not by the caller. */
export const removedPaymentIntentParameters: Record<string, RemovedParameter> = {
  payment_method_types: {
    code: 'payment_method_types_no_longer_supported',
    message:
      'The `payment_method_types` parameter is no longer supported. Use `payment_method_configuration`, ' +
      '`allowed_payment_method_types` or `excluded_payment_method_types` instead.',
  },
};

const captureMethod = enumeration({ automatic: true, automatic_async: true, manual: true });
const setupFutureUsage = enumeration({ off_session: true, on_session: true });
const offSession = enumeration({ false: true, one_off: true, recurring: true, true: true });
const statementDescriptor = text({ maximumLength: 22 });

/** Alike in every request that describes a payment. */
const descriptiveFields = {
  description: text({ maximumLength: 1000 }),
  receipt_email: text({ check: checkEmail, unsettable: true }),
  shipping: shippingParameter,
  statement_descriptor: statementDescriptor,
  statement_descriptor_suffix: statementDescriptor,
  transfer_group: text(),
};

const unusualFields = {
  amount_details: notImplementedYet(),
  hooks: notImplementedYet(),
  payment_details: notImplementedYet(),
  payment_method_data: notImplementedYet(),
  payment_method_options: intentMethodOptions,
  transfer_data: notImplementedYet(),
};

export const createPaymentIntentParameters: ParameterFields<CreateParameters> = {
  ...unusualFields,
  ...descriptiveFields,
  allowed_payment_method_types: list<AllowedType>(enumeration(INTENT_PAYMENT_METHOD_TYPES)),
  amount: integer({ minimum: 1, required: true }),
  application_fee_amount: notImplementedYet(),
  automatic_payment_methods: object<AutomaticMethods>({
    allow_redirects: enumeration({ always: true, never: true }),
    enabled: { ...boolean(), required: true },
  }),
  capture_method: captureMethod,
  confirm: boolean(),
  confirmation_method: enumeration({ automatic: true, manual: true }),
  confirmation_token: notImplementedYet(),
  currency: text({ check: checkCurrency, required: true }),
  customer: text(),
  customer_account: notImplementedYet(),
  error_on_requires_action: boolean(),
  excluded_payment_method_types: list<ExcludedType>(enumeration(EXCLUDABLE_PAYMENT_METHOD_TYPES)),
  expand: expandField,
  mandate: ignored(),
  mandate_data: ignored(),
  metadata: metadata(),
  off_session: offSession,
  on_behalf_of: notImplementedYet(),
  payment_method: text(),
  payment_method_configuration: ignored(),
  radar_options: ignored(),
  return_url: text({ check: checkUrl }),
  setup_future_usage: setupFutureUsage,
  use_stripe_sdk: ignored(),
};

export const updatePaymentIntentParameters: ParameterFields<Stripe.PaymentIntentUpdateParams> = {
  ...unusualFields,
  ...descriptiveFields,
  shipping: { ...shippingParameter, unsettable: true },
  allowed_payment_method_types: notImplementedYet(),
  amount: integer({ minimum: 1 }),
  application_fee_amount: notImplementedYet(),
  capture_method: captureMethod,
  currency: text({ check: checkCurrency }),
  customer: text(),
  customer_account: notImplementedYet(),
  excluded_payment_method_types: notImplementedYet(),
  expand: expandField,
  metadata: metadataUpdate(),
  payment_method: text(),
  payment_method_configuration: ignored(),
  setup_future_usage: setupFutureUsage,
};

export const confirmPaymentIntentParameters: ParameterFields<ConfirmParameters> = {
  allowed_payment_method_types: notImplementedYet(),
  amount_details: notImplementedYet(),
  amount_to_confirm: notImplementedYet(),
  capture_method: captureMethod,
  confirmation_token: notImplementedYet(),
  error_on_requires_action: boolean(),
  excluded_payment_method_types: notImplementedYet(),
  expand: expandField,
  hooks: notImplementedYet(),
  mandate: ignored(),
  mandate_data: ignored(),
  off_session: offSession,
  payment_details: notImplementedYet(),
  payment_method: text(),
  payment_method_data: notImplementedYet(),
  payment_method_options: intentMethodOptions,
  radar_options: ignored(),
  receipt_email: descriptiveFields.receipt_email,
  return_url: text({ check: checkUrl }),
  setup_future_usage: setupFutureUsage,
  shipping: shippingParameter,
  use_stripe_sdk: ignored(),
};

export const capturePaymentIntentParameters: ParameterFields<Stripe.PaymentIntentCaptureParams> = {
  amount_details: notImplementedYet(),
  amount_to_capture: integer({ minimum: 1 }),
  application_fee_amount: notImplementedYet(),
  expand: expandField,
  final_capture: ignored(),
  hooks: notImplementedYet(),
  metadata: metadataUpdate(),
  payment_details: notImplementedYet(),
  statement_descriptor: statementDescriptor,
  statement_descriptor_suffix: statementDescriptor,
  transfer_data: notImplementedYet(),
};
