/** `/v1/payment_pages`: the page of a session as scripts pay it, which is how the fixtures of Stripe's CLI do. */
import type Stripe from 'stripe';
import { confirmSession } from '../checkout-payment.js';
import { invalidParameter, invalidState, missingObject, paymentFailure } from '../errors.js';
import type { EventCause } from '../event-recorder.js';
import type { Buyer, StoredPaymentMethod, StoredSession } from '../objects.js';
import { expandField, ignored, integer, type Parsed, text } from '../parameter-schema.js';
import { checkUsable } from '../payment-method-ownership.js';
import { defineRoute, type Route } from '../routing.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';
import { resolvePaymentMethod } from './payment-method-reference.js';

const PATH = '/v1/payment_pages';

interface ConfirmParameters {
  payment_method: string;
  expected_amount?: number;
  eid?: string;
  expand?: string[];
  expected_payment_method_type?: string;
  key?: string;
  return_url?: string;
}

/** Stripe documents no more of it than this; `object` is the session's. */
interface PaymentPage {
  id: string;
  object: 'checkout.session';
  amount_total: number | null;
  currency: string | null;
  livemode: boolean;
  payment_intent: Stripe.PaymentIntent | null;
  payment_status: Stripe.Checkout.Session.PaymentStatus;
  session_id: string;
  status: Stripe.Checkout.Session.Status | null;
  success_url: string | null;
  url: string | null;
}

export function paymentPageRoutes(simulation: Simulation): Route[] {
  const { store } = simulation;
  return [
    defineRoute<{ expand?: string[]; eid?: string; key?: string }>({
      method: 'GET',
      path: `${PATH}/:id`,
      answers: 'payment_page',
      parameters: { eid: ignored(), expand: expandField, key: ignored() },
      handle: ({ id }) => showPage(store, findByPage(store, id)),
    }),
    defineRoute<ConfirmParameters>({
      method: 'POST',
      path: `${PATH}/:id/confirm`,
      answers: 'payment_page',
      parameters: {
        eid: ignored(),
        expand: expandField,
        expected_amount: integer(),
        expected_payment_method_type: ignored(),
        key: ignored(),
        payment_method: text({ required: true }),
        return_url: ignored(),
      },
      handle: ({ id, parameters, cause }) => confirmPage(simulation, findByPage(store, id), parameters, cause),
    }),
  ];
}

function confirmPage(
  simulation: Simulation,
  stored: StoredSession,
  parameters: Parsed<ConfirmParameters>,
  cause: EventCause,
): PaymentPage {
  const { session } = stored;
  const { expected_amount: expectedAmount, payment_method: methodId } = parameters;
  if (session.status !== 'open') throw invalidState(`This Checkout Session is ${session.status}: it cannot be paid.`);
  if (expectedAmount !== undefined && expectedAmount !== session.amount_total) {
    const message = `The amount of this Checkout Session is ${session.amount_total}, and not ${expectedAmount} as expected.`;
    throw invalidParameter(message, 'expected_amount', 'checkout_amount_mismatch');
  }
  const method = resolvePaymentMethod(simulation, methodId);
  checkUsable(method, session.customer);
  if (!session.payment_method_types.includes(method.paymentMethod.type)) {
    const message = `This Checkout Session does not take payment methods of type ${method.paymentMethod.type}.`;
    throw invalidParameter(message, 'payment_method');
  }
  const result = confirmSession({ simulation, stored, method, buyer: buyerOf(session, method), cause });
  if (result.kind === 'declined') throw paymentFailure(result.paymentIntent);
  return showPage(simulation.store, findByPage(simulation.store, stored.id));
}

/** What the page would have asked the buyer for is known from their payment method. */
function buyerOf(session: Stripe.Checkout.Session, { paymentMethod }: StoredPaymentMethod): Buyer {
  const { email, name, phone } = paymentMethod.billing_details;
  return {
    email: session.customer_details?.email ?? email ?? 'buyer@example.com',
    name: name ?? 'Test Buyer',
    phone,
    shipping: null,
  };
}

function showPage(store: Store, { session, pageId }: StoredSession): PaymentPage {
  const { payment_intent: intentId } = session;
  const paymentIntent = typeof intentId === 'string' ? store.paymentIntents.get(intentId) : undefined;
  return {
    id: pageId,
    object: 'checkout.session',
    amount_total: session.amount_total,
    currency: session.currency,
    livemode: false,
    payment_intent: paymentIntent ?? null,
    payment_status: session.payment_status,
    session_id: session.id,
    status: session.status,
    success_url: session.success_url,
    url: session.url,
  };
}

/** By the id of the page, or of its session. */
function findByPage(store: Store, id: string): StoredSession {
  const named = store.sessions.get(id);
  if (named !== undefined) return named;
  for (const stored of store.sessions.oldestFirst()) if (stored.pageId === id) return stored;
  throw missingObject('payment_page', id);
}
