/** The Checkout Session as the API shows it, in each of its states. */
import type Stripe from 'stripe';
import type { Complete } from '../complete-object.js';
import type { Buyer, LineItem } from '../objects.js';
import type { Parsed } from '../parameter-schema.js';

/** One value for all of them: objects are replaced, never changed, so they can share what is always alike. */
const FIELDS_THAT_STAY_EMPTY = {
  automatic_tax: { enabled: false, liability: null, provider: null, status: null },
  client_secret: null,
  collected_information: null,
  consent: null,
  consent_collection: null,
  currency_conversion: null,
  custom_fields: [],
  customer_account: null,
  discounts: [],
  invoice: null,
  invoice_creation: {
    enabled: false,
    invoice_data: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: null,
      metadata: {},
      rendering_options: null,
    },
  },
  managed_payments: null,
  optional_items: null,
  payment_link: null,
  permissions: null,
  recovered_from: null,
  saved_payment_method_options: null,
  setup_intent: null,
  shipping_cost: null,
  shipping_options: [],
  subscription: null,
  tax_id_collection: { enabled: false, required: 'never' },
  wallet_options: null,
} satisfies Partial<Stripe.Checkout.Session>;

export interface NewSession {
  id: string;
  parameters: Parsed<Stripe.Checkout.SessionCreateParams>;
  lineItems: LineItem[];
  currency: string;
  /** The one that the request names. */
  customer: Stripe.Customer | null;
  paymentMethodTypes: string[];
  created: number;
  expiresAt: number;
  url: string;
}

/** An open session. Fields that the simulator never fills are null or empty, as Stripe shows them then. */
export function buildSession(session: NewSession): Stripe.Checkout.Session {
  const { id, parameters, lineItems, currency, customer, paymentMethodTypes, created, expiresAt, url } = session;
  const amount = lineItems.reduce((sum, item) => sum + item.amount_total, 0);
  return {
    ...FIELDS_THAT_STAY_EMPTY,
    ...fieldsAsRequested(parameters),
    id,
    object: 'checkout.session',
    amount_subtotal: amount,
    amount_total: amount,
    created,
    currency,
    customer: customer?.id ?? null,
    customer_creation: customer === null ? (parameters.customer_creation ?? 'if_required') : null,
    customer_details: emailAsDetails(parameters.customer_email ?? customer?.email ?? null),
    expires_at: expiresAt,
    livemode: false,
    mode: 'payment',
    payment_intent: null,
    payment_method_options: methodOptions(paymentMethodTypes),
    payment_method_types: paymentMethodTypes,
    payment_status: 'unpaid',
    status: 'open',
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url,
  } satisfies Complete<
    Stripe.Checkout.Session,
    | 'branding_settings'
    | 'excluded_payment_method_types'
    | 'line_items'
    | 'name_collection'
    | 'presentment_details'
    | 'redirect_on_completion'
    | 'return_url'
  >;
}

/** The address is gone with the payability: Stripe shows it while the session is open only. */
export function expireSession(session: Stripe.Checkout.Session): Stripe.Checkout.Session {
  return { ...session, status: 'expired', url: null };
}

export function completeSession(
  session: Stripe.Checkout.Session,
  buyer: Buyer | null,
  paymentStatus: Stripe.Checkout.Session.PaymentStatus,
): Stripe.Checkout.Session {
  return {
    ...session,
    collected_information: {
      business_name: null,
      individual_name: null,
      shipping_details: shippingDetails(session, buyer),
    },
    customer_details: {
      address: { city: null, country: 'FR', line1: null, line2: null, postal_code: null, state: null },
      business_name: null,
      email: buyer?.email ?? null,
      individual_name: null,
      name: buyer?.name ?? null,
      phone: buyer?.phone ?? null,
      tax_exempt: 'none',
      tax_ids: [],
    },
    payment_status: paymentStatus,
    status: 'complete',
    url: null,
  };
}

/** A new session with the same content, for a buyer who comes back after the end of the first. */
export function recoveredSession(
  session: Stripe.Checkout.Session,
  renewed: Pick<Stripe.Checkout.Session, 'id' | 'created' | 'expires_at' | 'url'>,
): Stripe.Checkout.Session {
  const recovery = session.after_expiration?.recovery ?? null;
  return {
    ...session,
    ...renewed,
    after_expiration: recovery === null ? null : { recovery: { ...recovery, expires_at: null, url: null } },
    allow_promotion_codes: recovery?.allow_promotion_codes ?? session.allow_promotion_codes,
    payment_intent: null,
    recovered_from: session.id,
    status: 'open',
  };
}

function shippingDetails(session: Stripe.Checkout.Session, buyer: Buyer | null) {
  const shipping = buyer?.shipping ?? null;
  if (session.shipping_address_collection === null || shipping === null) return null;
  return { address: shipping.address, name: shipping.name };
}

function methodOptions(types: string[]): Stripe.Checkout.Session.PaymentMethodOptions {
  return {
    ...(types.includes('card') ? { card: { request_three_d_secure: 'automatic' } } : {}),
    ...(types.includes('sepa_debit') ? { sepa_debit: {} } : {}),
  };
}

function fieldsAsRequested(parameters: NewSession['parameters']) {
  const { custom_text: customText, excluded_payment_method_types: excluded } = parameters;
  const { shipping_address_collection: shippingCollection } = parameters;
  return {
    adaptive_pricing: { enabled: parameters.adaptive_pricing?.enabled ?? true },
    after_expiration: requestedRecovery(parameters.after_expiration),
    allowed_payment_method_types: parameters.allowed_payment_method_types ?? null,
    allow_promotion_codes: parameters.allow_promotion_codes ?? null,
    billing_address_collection: parameters.billing_address_collection ?? null,
    cancel_url: parameters.cancel_url ?? null,
    client_reference_id: parameters.client_reference_id ?? null,
    custom_text: {
      after_submit: customText?.after_submit ?? null,
      shipping_address: customText?.shipping_address ?? null,
      submit: customText?.submit ?? null,
      terms_of_service_acceptance: customText?.terms_of_service_acceptance ?? null,
    },
    customer_email: parameters.customer_email ?? null,
    ...(excluded === undefined ? {} : { excluded_payment_method_types: excluded }),
    integration_identifier: parameters.integration_identifier ?? null,
    locale: parameters.locale ?? null,
    metadata: parameters.metadata ?? {},
    origin_context: parameters.origin_context ?? null,
    payment_method_collection: parameters.payment_method_collection ?? 'if_required',
    payment_method_configuration_details: configurationDetails(parameters.payment_method_configuration),
    phone_number_collection: { enabled: parameters.phone_number_collection?.enabled ?? false },
    shipping_address_collection: shippingCollection ?? null,
    submit_type: parameters.submit_type ?? null,
    success_url: parameters.success_url ?? null,
  } satisfies Partial<Stripe.Checkout.Session>;
}

function requestedRecovery(
  requested: NewSession['parameters']['after_expiration'],
): Stripe.Checkout.Session.AfterExpiration | null {
  const { recovery } = requested ?? {};
  if (recovery === undefined) return null;
  const { allow_promotion_codes: allowsCodes = false, enabled } = recovery;
  return { recovery: { allow_promotion_codes: allowsCodes, enabled, expires_at: null, url: null } };
}

function configurationDetails(
  id: string | undefined,
): Stripe.Checkout.Session.PaymentMethodConfigurationDetails | null {
  return id === undefined ? null : { id, parent: null };
}

/** Before the buyer enters anything, Stripe shows the e-mail address it was given and nothing else. */
function emailAsDetails(email: string | null): Stripe.Checkout.Session.CustomerDetails | null {
  if (email === null) return null;
  return {
    address: null,
    business_name: null,
    email,
    individual_name: null,
    name: null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: null,
  };
}
