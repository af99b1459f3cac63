/** `/v1/checkout/sessions`: create, retrieve, list, expire, and the line items. */
import type Stripe from 'stripe';
import { unixSeconds } from '../clock.js';
import { checkTotal } from '../currencies.js';
import { invalidParameter, invalidState, missingObject, notImplemented } from '../errors.js';
import { createId } from '../ids.js';
import type { LineItem, PaymentIntentData, StoredSession } from '../objects.js';
import { isWithin, paginate } from '../pagination.js';
import {
  enumeration,
  expandField,
  notImplementedYet,
  object,
  type Parsed,
  paginationFields,
  range,
  text,
} from '../parameter-schema.js';
import { mergeMetadata } from '../parameter-validation.js';
import { offeredPaymentMethodTypes } from '../payment-method-types.js';
import { defineRoute, type Route } from '../routing.js';
import { endSession, scheduleExpiry, sessionUrl } from '../session-expiry.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';
import { buildSession } from './checkout-session-object.js';
import {
  createSessionParameters,
  removedSessionParameters,
  updateSessionParameters,
} from './checkout-session-parameters.js';
import { findCustomer } from './customer-object.js';
import { buildLineItems } from './line-items.js';
import { buildShipping } from './shared-parameters.js';

type CustomerDetails = NonNullable<Stripe.Checkout.SessionListParams['customer_details']>;
type CreateParameters = Parsed<Stripe.Checkout.SessionCreateParams>;

const PATH = '/v1/checkout/sessions';
const OBJECT_TYPE = 'checkout.session';

/** Both bounds count from the arrival of the request and are inclusive, to the second. */
const SHORTEST_LIFE_SECONDS = 30 * 60;
const LONGEST_LIFE_SECONDS = 24 * 60 * 60;

export function checkoutSessionRoutes(simulation: Simulation): Route[] {
  const { store } = simulation;
  return [
    defineRoute<Stripe.Checkout.SessionCreateParams>({
      method: 'POST',
      path: PATH,
      answers: OBJECT_TYPE,
      parameters: createSessionParameters,
      removedParameters: removedSessionParameters,
      handle: ({ parameters }) => createSession(simulation, parameters),
    }),
    listRoute(simulation),
    defineRoute<Stripe.Checkout.SessionUpdateParams>({
      method: 'POST',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: updateSessionParameters,
      handle: ({ id, parameters }) => {
        const updated = updatedSession(findSession(store, id), parameters);
        store.sessions.put(updated);
        return updated.session;
      },
    }),
    defineRoute<Stripe.Checkout.SessionRetrieveParams>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id }) => findSession(store, id).session,
    }),
    defineRoute<Stripe.Checkout.SessionExpireParams>({
      method: 'POST',
      path: `${PATH}/:id/expire`,
      answers: OBJECT_TYPE,
      parameters: { expand: expandField },
      handle: ({ id, cause }) => endSession(simulation, expectOpen(findSession(store, id)), cause).session,
    }),
    defineRoute<Stripe.Checkout.SessionListLineItemsParams>({
      method: 'GET',
      path: `${PATH}/:id/line_items`,
      answers: 'item[]',
      parameters: { ...paginationFields, expand: expandField },
      handle: ({ id, parameters }) => {
        const { lineItems } = findSession(store, id);
        return paginate(lineItems, parameters, { url: `${PATH}/${id}/line_items`, objectType: 'item' });
      },
    }),
  ];
}

/** What `expand[]=line_items` shows: the first ten, as any list. */
export function lineItemsOf({ id, lineItems }: StoredSession): Stripe.ApiList<LineItem> {
  return paginate(lineItems, {}, { url: `${PATH}/${id}/line_items`, objectType: 'item' });
}

function listRoute(simulation: Simulation): Route {
  return defineRoute<Stripe.Checkout.SessionListParams>({
    method: 'GET',
    path: PATH,
    answers: `${OBJECT_TYPE}[]`,
    parameters: {
      ...paginationFields,
      created: range(),
      customer: text(),
      customer_account: notImplementedYet(),
      customer_details: object<CustomerDetails>({ email: text({ required: true }) }),
      expand: expandField,
      payment_intent: text(),
      payment_link: notImplementedYet(),
      status: enumeration({ complete: true, expired: true, open: true }),
      subscription: notImplementedYet(),
    },
    handle: ({ parameters }) => {
      const { created, customer, customer_details: details, payment_intent: paymentIntent, status } = parameters;
      const matches = (session: Stripe.Checkout.Session) =>
        isWithin(session.created, created) &&
        (customer === undefined || session.customer === customer) &&
        (details === undefined || session.customer_details?.email === details.email) &&
        (paymentIntent === undefined || session.payment_intent === paymentIntent) &&
        (status === undefined || session.status === status);
      const sessions = simulation.store.sessions.newestFirst().map(({ session }) => session);
      return paginate(sessions, parameters, { url: PATH, objectType: OBJECT_TYPE, matches });
    },
  });
}

function createSession(simulation: Simulation, parameters: CreateParameters): Stripe.Checkout.Session {
  const created = unixSeconds(simulation.clock);
  const expiresAt = checkedExpiry(parameters.expires_at, created);
  const items = parameters.line_items ?? [];
  const lineItems = buildLineItems(items, created);
  const currency = commonCurrency(lineItems, parameters.currency);
  const customer = requestedCustomer(simulation.store, parameters);
  const paymentIntentData = readPaymentIntentData(parameters.payment_intent_data ?? {});
  const paymentMethodTypes = offeredPaymentMethodTypes(simulation.paymentMethodTypes, {
    currency,
    captureMethod: paymentIntentData.captureMethod,
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
  const productDescriptions = items.map((item) => item.price_data?.product_data?.description ?? null);
  const pageId = createId('paymentPage');
  const stored = { id, session, lineItems, productDescriptions, pageId, buyer: null, paymentIntentData };
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

/** What is under way keeps what it was started with; the PaymentIntent is told by its own update. */
function updatedSession(
  stored: StoredSession,
  { metadata, payment_intent_data: data }: Parsed<Stripe.Checkout.SessionUpdateParams>,
): StoredSession {
  const { session, paymentIntentData: current } = stored;
  if (data !== undefined && session.status !== 'open') {
    throw invalidState('`payment_intent_data` can only be updated while the Checkout Session is open.');
  }
  return {
    ...stored,
    session: { ...session, metadata: mergeMetadata(session.metadata ?? {}, metadata) },
    paymentIntentData: {
      ...current,
      description: changedText(current.description, data?.description),
      metadata: mergeMetadata(current.metadata, data?.metadata),
      setupFutureUsage: data?.setup_future_usage ?? current.setupFutureUsage,
      statementDescriptor: changedText(current.statementDescriptor, data?.statement_descriptor),
      statementDescriptorSuffix: changedText(current.statementDescriptorSuffix, data?.statement_descriptor_suffix),
    },
  };
}

/** The empty text unsets. */
function changedText(current: string | null, given: string | undefined): string | null {
  return given === undefined ? current : given || null;
}

function findSession(store: Store, id: string): StoredSession {
  const stored = store.sessions.get(id);
  if (stored === undefined) throw missingObject(OBJECT_TYPE, id);
  return stored;
}

function expectOpen(stored: StoredSession): StoredSession {
  const { status } = stored.session;
  if (status === 'open') return stored;
  throw invalidState(
    'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ' +
      `\`${status}\`.`,
  );
}

function checkedExpiry(expiresAt: number | undefined, created: number): number {
  if (expiresAt === undefined) return created + LONGEST_LIFE_SECONDS;
  if (expiresAt < created + SHORTEST_LIFE_SECONDS) {
    const message = 'The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.';
    throw invalidParameter(message, 'expires_at');
  }
  if (expiresAt > created + LONGEST_LIFE_SECONDS) {
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
