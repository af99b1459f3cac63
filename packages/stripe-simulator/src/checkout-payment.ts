/** The buyer confirms a session: its PaymentIntent, the attempt to pay it, and the session's completion. */
import type Stripe from 'stripe';
import { settleCapturedCharge } from './charge-settlement.js';
import { unixSeconds } from './clock.js';
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import type { Buyer, StoredEvent, StoredPaymentMethod, StoredSession } from './objects.js';
import { type Attempt, type AttemptResult, attemptPayment, failAuthentication } from './payment-attempt.js';
import { completeSession } from './resources/checkout-session-object.js';
import { createCustomer } from './resources/customer-object.js';
import { buildPaymentIntent } from './resources/payment-intent-object.js';
import type { Simulation } from './simulation.js';
import type { Decline } from './test-cards.js';

export type CheckoutResult =
  | { kind: 'complete'; completed: StoredEvent }
  | { kind: 'declined'; decline: Decline; paymentIntent: Stripe.PaymentIntent }
  | { kind: 'requires_action' };

export interface Confirmation {
  simulation: Simulation;
  stored: StoredSession;
  method: StoredPaymentMethod;
  buyer: Buyer;
  cause: EventCause;
}

/**
 * Pays an open session, or lets its card be declined; the session then stays open for the next attempt.
 *
 * Runs without a pause from the check of the session's state to its change, so that two submits cannot both pay.
 */
export function confirmSession(confirmation: Confirmation): CheckoutResult {
  const { simulation, method, cause } = confirmation;
  if (confirmation.stored.session.status !== 'open') throw new Error('The session is not open.');
  simulation.store.paymentMethods.put(method);
  const stored = withCustomer(confirmation);
  const paymentIntent = findOrCreatePaymentIntent(simulation, stored, confirmation.buyer, cause);
  const session = { ...stored.session, payment_intent: paymentIntent.id };
  const linked = { ...stored, session, buyer: confirmation.buyer };
  simulation.store.sessions.put(linked);
  return conclude(linked, { simulation, paymentIntent, method, buyer: 'present', cause }, attemptPayment);
}

/**
 * The buyer comes back from their bank. Null when there is nothing left to authenticate: another tab has tried another
 * card meanwhile, or what was tried is forgotten.
 */
export function authenticateSession(
  simulation: Simulation,
  stored: StoredSession,
  isRecognised: boolean,
  cause: EventCause,
): CheckoutResult | null {
  const paymentIntent = pendingAuthentication(simulation, stored);
  const methodId = paymentIntent?.payment_method;
  const method = typeof methodId === 'string' ? simulation.store.paymentMethods.get(methodId) : undefined;
  if (paymentIntent === null || method === undefined) return null;
  const attempt: Attempt = { simulation, paymentIntent, method, buyer: 'authenticated', cause };
  return conclude(stored, attempt, isRecognised ? attemptPayment : failAuthentication);
}

/** The PaymentIntent of an open session that waits for the buyer's authentication. */
export function pendingAuthentication({ store }: Simulation, { session }: StoredSession): Stripe.PaymentIntent | null {
  const id = session.payment_intent;
  const paymentIntent = typeof id === 'string' ? store.paymentIntents.get(id) : undefined;
  return session.status === 'open' && paymentIntent?.status === 'requires_action' ? paymentIntent : null;
}

function conclude(
  stored: StoredSession,
  attempt: Attempt,
  tryToPay: (attempt: Attempt) => AttemptResult,
): CheckoutResult {
  const { simulation } = attempt;
  const result = tryToPay(attempt);
  if (result.kind === 'declined') return result;
  if (result.kind === 'requires_action') return { kind: 'requires_action' };
  const isPaid = result.kind === 'succeeded';
  const session = completeSession(stored.session, stored.buyer, isPaid ? 'paid' : 'unpaid');
  simulation.store.sessions.put({ ...stored, session });
  simulation.timeline.cancel('expire_session', stored.id);
  const completed = simulation.events.record('checkout.session.completed', { object: session }, NO_REQUEST);
  if (isPaid) settleCapturedCharge(simulation, result.charge);
  return { kind: 'complete', completed };
}

/** With a customer of its own, if the session asks for one and has none. */
function withCustomer({ simulation, stored, buyer, cause }: Confirmation): StoredSession {
  const { session, paymentIntentData } = stored;
  const isWanted = session.customer_creation === 'always' || paymentIntentData.setupFutureUsage !== null;
  if (session.customer !== null || !isWanted) return stored;
  const { email, name, phone, shipping } = buyer;
  const customer = createCustomer(simulation, { email, name, phone, shipping }, cause);
  return { ...stored, session: { ...session, customer: customer.id } };
}

/** A retry goes on with the PaymentIntent of the attempt before. */
function findOrCreatePaymentIntent(
  { store, clock, events }: Simulation,
  stored: StoredSession,
  { shipping }: Buyer,
  cause: EventCause,
): Stripe.PaymentIntent {
  const { payment_intent: id } = stored.session;
  const existing = typeof id === 'string' ? store.paymentIntents.get(id) : undefined;
  const shippedTo = shipping === null ? null : { carrier: null, tracking_number: null, ...shipping };
  if (existing !== undefined) return { ...existing, shipping: shippedTo ?? existing.shipping };
  const paymentIntent = paymentIntentFor(stored, shippedTo, unixSeconds(clock));
  store.paymentIntents.put(paymentIntent);
  events.record('payment_intent.created', { object: paymentIntent }, cause);
  return paymentIntent;
}

function paymentIntentFor(
  { id, session, paymentIntentData: data }: StoredSession,
  shipping: Stripe.PaymentIntent.Shipping | null,
  created: number,
): Stripe.PaymentIntent {
  return buildPaymentIntent({
    allowed_payment_method_types: null,
    amount: session.amount_total ?? 0,
    automatic_payment_methods: null,
    capture_method: data.captureMethod,
    confirmation_method: 'automatic',
    created,
    currency: session.currency ?? '',
    customer: session.customer,
    description: data.description,
    excluded_payment_method_types: session.excluded_payment_method_types ?? null,
    metadata: data.metadata,
    orderReference: id,
    payment_method: null,
    payment_method_types: session.payment_method_types,
    receipt_email: data.receiptEmail,
    setup_future_usage: data.setupFutureUsage,
    shipping: shipping ?? data.shipping,
    statement_descriptor: data.statementDescriptor,
    statement_descriptor_suffix: data.statementDescriptorSuffix,
    transfer_group: data.transferGroup,
  });
}
