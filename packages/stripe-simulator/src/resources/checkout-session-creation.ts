/** Opens a Checkout Session: what the request has to hold together, and the session that comes of it. */
import type Stripe from 'stripe';
import { unixSeconds } from '../clock.js';
import { checkTotal } from '../currencies.js';
import { invalidParameter, invalidState, notImplemented } from '../errors.js';
import { createId } from '../ids.js';
import type { LineItem, PaymentIntentData } from '../objects.js';
import type { Parsed } from '../parameter-schema.js';
import { offeredPaymentMethodTypes } from '../payment-method-types.js';
import { scheduleExpiry, sessionUrl } from '../session-expiry.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';
import { buildSession } from './checkout-session-object.js';
import { findCustomer } from './customer-object.js';
import { buildLines } from './line-items.js';
import { asksForFeatures, INELIGIBLE_FOR_FEATURES } from './payment-method-options.js';
import { buildShipping } from './shared-parameters.js';

type CreateParameters = Parsed<Stripe.Checkout.SessionCreateParams>;

/** Both bounds count from the arrival of the request and are inclusive, to the second. */
const MIN_LIFE_SECONDS = 30 * 60;
const MAX_LIFE_SECONDS = 24 * 60 * 60;

export function createSession(simulation: Simulation, parameters: CreateParameters): Stripe.Checkout.Session {
  if (asksForFeatures(parameters.payment_method_options?.card)) throw invalidState(INELIGIBLE_FOR_FEATURES);
  const created = unixSeconds(simulation.clock);
  const expiresAt = checkedExpiry(parameters.expires_at, created);
  const lines = buildLines(parameters.line_items ?? [], created);
  const lineItems = lines.map(({ lineItem }) => lineItem);
  const currency = commonCurrency(lineItems, parameters.currency);
  const customer = requestedCustomer(simulation.store, parameters);
  const paymentIntentData = readPaymentIntentData(parameters.payment_intent_data ?? {});
  const paymentMethodTypes = offeredPaymentMethodTypes(simulation.paymentMethodTypes, {
    currency,
    captureMethod: paymentIntentData.captureMethod,
    setupFutureUsage: paymentIntentData.setupFutureUsage,
    allowed: parameters.allowed_payment_method_types,
    excluded: parameters.excluded_payment_method_types,
  });
  const id = createId('checkoutSession');
  const url = sessionUrl(simulation, id);
  const session = buildSession({
    id,
    parameters,
    lineItems,
    currency,
    customer,
    paymentMethodTypes,
    created,
    expiresAt,
    url,
  });
  checkAmountDue(session.amount_total ?? 0, currency);
  const products = lines.map(({ product }) => product);
  const pageId = createId('paymentPage');
  const stored = { id, session, lineItems, products, pageId, buyer: null, paymentIntentData };
  simulation.store.sessions.put(stored);
  scheduleExpiry(simulation, stored);
  return session;
}

function requestedCustomer(store: Store, parameters: CreateParameters): Stripe.Customer | null {
  if (parameters.customer === undefined) return null;
  for (const other of ['customer_email', 'customer_creation'] as const) {
    if (parameters[other] === undefined) continue;
    throw invalidParameter(`You may only specify one of these parameters: customer, ${other}.`, other);
  }
  return findCustomer(store, parameters.customer);
}

function checkedExpiry(expiresAt: number | undefined, created: number): number {
  if (expiresAt === undefined) return created + MAX_LIFE_SECONDS;
  if (expiresAt < created + MIN_LIFE_SECONDS) {
    const message = 'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.';
    throw invalidParameter(message, 'expires_at');
  }
  if (expiresAt > created + MAX_LIFE_SECONDS) {
    const message = 'The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.';
    throw invalidParameter(message, 'expires_at');
  }
  return expiresAt;
}

function commonCurrency(lineItems: LineItem[], requested: string | undefined): string {
  const currencies = new Set(lineItems.map((item) => item.currency));
  if (requested !== undefined) currencies.add(requested.toLowerCase());
  const [currency = '', ...others] = currencies;
  if (others.length === 0) return currency;
  const message = `All prices of a Checkout Session must have the same currency, but these have ${[...currencies].join(', ')}.`;
  throw invalidParameter(message, 'line_items');
}

function checkAmountDue(amount: number, currency: string): void {
  if (amount === 0) throw notImplemented('line_items', 'sessions with nothing to pay');
  const error = checkTotal(amount, currency, 'line_items');
  if (error !== null) throw error;
}

function readPaymentIntentData(data: NonNullable<CreateParameters['payment_intent_data']>): PaymentIntentData {
  return {
    captureMethod: data.capture_method ?? 'automatic_async',
    description: data.description ?? null,
    metadata: data.metadata ?? {},
    receiptEmail: data.receipt_email ?? null,
    setupFutureUsage: data.setup_future_usage ?? null,
    shipping: buildShipping(data.shipping),
    statementDescriptor: data.statement_descriptor ?? null,
    statementDescriptorSuffix: data.statement_descriptor_suffix ?? null,
    transferGroup: data.transfer_group ?? null,
  };
}
