/** The buyer confirms: the PaymentIntent, the charge, the session's completion, and their events in Stripe's order. */
import type Stripe from 'stripe';
import type { Card } from './card-form.js';
import { settleCapturedCharge } from './charge-settlement.js';
import { unixSeconds } from './clock.js';
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import { createId } from './ids.js';
import type { StoredEvent, StoredSession } from './objects.js';
import { buildCharge } from './resources/charges.js';
import { completeSession } from './resources/checkout-session-object.js';
import { buildPaymentIntent } from './resources/payment-intents.js';
import { buildPaymentMethod } from './resources/payment-methods.js';
import type { Simulation } from './simulation.js';
import type { Decline } from './test-cards.js';

export type PaymentResult = { kind: 'paid'; completed: StoredEvent } | { kind: 'declined'; decline: Decline };

/**
 * Pays an open session, or lets its card be declined; the session then stays open for the next attempt.
 *
 * Runs without a pause from the check of the session's state to its change, so that two submits cannot both pay.
 */
export function confirmPayment(simulation: Simulation, session: StoredSession, card: Card): PaymentResult {
  if (session.session.status !== 'open') throw new Error(`The session ${session.id} is not open.`);
  const cause: EventCause = { id: createId('request'), idempotency_key: null };
  const paymentIntent = findOrCreatePaymentIntent(simulation, session, cause);
  const attempt = {
    simulation,
    session: linkPaymentIntent(simulation, session, paymentIntent),
    paymentIntent,
    card,
    cause,
  };
  const { outcome } = card.behaviour;
  return outcome.kind === 'paid' ? succeed(attempt) : decline(attempt, outcome.decline);
}

interface Attempt {
  simulation: Simulation;
  session: StoredSession;
  paymentIntent: Stripe.PaymentIntent;
  card: Card;
  cause: EventCause;
}

/** A retry goes on with the PaymentIntent of the attempt before. */
function findOrCreatePaymentIntent(
  simulation: Simulation,
  session: StoredSession,
  cause: EventCause,
): Stripe.PaymentIntent {
  const { store, clock, events } = simulation;
  const { payment_intent: id } = session.session;
  const existing = typeof id === 'string' ? store.paymentIntents.get(id) : undefined;
  if (existing !== undefined) return existing;
  const paymentIntent = buildPaymentIntent(session, unixSeconds(clock));
  store.paymentIntents.put(paymentIntent);
  events.record('payment_intent.created', { object: paymentIntent }, cause);
  return paymentIntent;
}

function linkPaymentIntent(
  { store }: Simulation,
  stored: StoredSession,
  paymentIntent: Stripe.PaymentIntent,
): StoredSession {
  const linked = { ...stored, session: { ...stored.session, payment_intent: paymentIntent.id } };
  store.sessions.put(linked);
  return linked;
}

function succeed({ simulation, session, paymentIntent, card, cause }: Attempt): PaymentResult {
  const { store, clock, events } = simulation;
  const paymentMethodId = createId('paymentMethod');
  const charge = buildCharge({ paymentIntent, card, paymentMethodId, decline: null, created: unixSeconds(clock) });
  store.charges.put(charge);
  events.record('charge.succeeded', { object: charge }, cause);
  const paid: Stripe.PaymentIntent = {
    ...paymentIntent,
    amount_received: paymentIntent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    payment_method: paymentMethodId,
    status: 'succeeded',
  };
  store.paymentIntents.put(paid);
  events.record('payment_intent.succeeded', { object: paid }, cause);
  const complete = completeSession(session.session, { email: card.email, name: card.name });
  store.sessions.put({ ...session, session: complete });
  simulation.timeline.cancel('expire_session', session.id);
  const completed = events.record('checkout.session.completed', { object: complete }, NO_REQUEST);
  settleCapturedCharge(simulation, charge);
  return { kind: 'paid', completed };
}

function decline({ simulation, paymentIntent, card, cause }: Attempt, reason: Decline): PaymentResult {
  const { store, clock, events } = simulation;
  const created = unixSeconds(clock);
  const paymentMethodId = createId('paymentMethod');
  const charge = buildCharge({ paymentIntent, card, paymentMethodId, decline: reason, created });
  store.charges.put(charge);
  events.record('charge.failed', { object: charge }, cause);
  const failed: Stripe.PaymentIntent = {
    ...paymentIntent,
    last_payment_error: {
      type: 'card_error',
      charge: charge.id,
      code: reason.code,
      ...(reason.declineCode === null ? {} : { decline_code: reason.declineCode }),
      doc_url: `https://stripe.com/docs/error-codes/${reason.code.replaceAll('_', '-')}`,
      message: reason.message,
      payment_method: buildPaymentMethod(card, paymentMethodId, created),
    },
    latest_charge: charge.id,
    status: 'requires_payment_method',
  };
  store.paymentIntents.put(failed);
  events.record('payment_intent.payment_failed', { object: failed }, cause);
  return { kind: 'declined', decline: reason };
}
