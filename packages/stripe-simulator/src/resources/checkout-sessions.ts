/** `/v1/checkout/sessions`: create, retrieve, list, expire, and the line items. */
import type Stripe from 'stripe';
import { invalidState, missingObject } from '../errors.js';
import type { LineItem, StoredSession } from '../objects.js';
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
import { defineRoute, type Route } from '../routing.js';
import { endSession } from '../session-expiry.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';
import { createSession } from './checkout-session-creation.js';
import {
  createSessionParameters,
  removedSessionParameters,
  updateSessionParameters,
} from './checkout-session-parameters.js';

type CustomerDetails = NonNullable<Stripe.Checkout.SessionListParams['customer_details']>;

const PATH = '/v1/checkout/sessions';
const OBJECT_TYPE = 'checkout.session';

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
