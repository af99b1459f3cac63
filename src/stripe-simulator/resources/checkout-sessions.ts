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
  type Parsed,
  paginationFields,
  range,
  text,
} from '../parameter-schema.js';
import { defineRoute, type Route } from '../routing.js';
import { endSession, scheduleExpiry } from '../session-expiry.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';
import { buildSession } from './checkout-session-object.js';
import { createSessionParameters, removedSessionParameters } from './checkout-session-parameters.js';
import { buildLineItems } from './line-items.js';

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
      customer: notImplementedYet(),
      customer_account: notImplementedYet(),
      customer_details: notImplementedYet(),
      expand: expandField,
      payment_intent: text(),
      payment_link: notImplementedYet(),
      status: enumeration({ complete: true, expired: true, open: true }),
      subscription: notImplementedYet(),
    },
    handle: ({ parameters }) => {
      const { created, payment_intent: paymentIntent, status } = parameters;
      const matches = (session: Stripe.Checkout.Session) =>
        isWithin(session.created, created) &&
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
  const id = createId('checkoutSession');
  const url = `${simulation.url()}/c/pay/${id}`;
  const session = buildSession({ id, parameters, lineItems, currency, created, expiresAt, url });
  checkAmountDue(session.amount_total ?? 0, currency);
  const paymentIntentData = readPaymentIntentData(parameters.payment_intent_data ?? {});
  const productDescriptions = items.map((item) => item.price_data?.product_data?.description ?? null);
  const stored = { id, session, lineItems, productDescriptions, paymentIntentData };
  simulation.store.sessions.put(stored);
  scheduleExpiry(simulation, stored);
  return session;
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
  const { shipping } = data;
  return {
    description: data.description ?? null,
    metadata: data.metadata ?? {},
    receiptEmail: data.receipt_email ?? null,
    shipping:
      shipping === undefined
        ? null
        : {
            address: { city: null, country: null, line2: null, postal_code: null, state: null, ...shipping.address },
            carrier: shipping.carrier ?? null,
            name: shipping.name,
            phone: shipping.phone ?? null,
            tracking_number: shipping.tracking_number ?? null,
          },
    statementDescriptor: data.statement_descriptor ?? null,
    statementDescriptorSuffix: data.statement_descriptor_suffix ?? null,
    transferGroup: data.transfer_group ?? null,
  };
}
