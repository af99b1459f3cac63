/** What comes of a payment after its attempt: capture, release, lapse, and the bank's late answer to a debit. */
import type Stripe from 'stripe';
import { settleCapturedCharge } from './charge-settlement.js';
import { unixSeconds } from './clock.js';
import { type EventCause, NO_REQUEST } from './event-recorder.js';
import { rejectedPaymentIntent } from './payment-attempt.js';
import { receiptUrl } from './resources/charge-object.js';
import type { Simulation } from './simulation.js';
import { findTestIban, type TestIban } from './test-ibans.js';

/** A payment that went on, or was forgotten, in the meantime is left as it is. */
export function settlePaymentsInTime(simulation: Simulation): void {
  simulation.timeline.on('settle_payment', (id) => {
    const payment = findPayment(simulation, id, 'processing');
    if (payment !== null) settleDebit(simulation, payment);
  });
  simulation.timeline.on('expire_authorization', (id) => {
    const payment = findPayment(simulation, id, 'requires_capture');
    if (payment !== null) expireAuthorization(simulation, payment);
  });
}

interface Payment {
  paymentIntent: Stripe.PaymentIntent;
  charge: Stripe.Charge;
}

/**
 * Takes the amount from what is held. The rest is released, which is no refund: no object says so, and the charge counts
 * it as neither captured nor refunded.
 */
export function capturePayment(
  simulation: Simulation,
  { paymentIntent, charge }: Payment,
  amount: number,
  cause: EventCause,
): Payment {
  const { store, timeline, events } = simulation;
  const captured: Stripe.Charge = {
    ...charge,
    amount_captured: amount,
    captured: true,
  };
  store.charges.put(captured);
  events.record('charge.captured', { object: captured }, cause);
  const succeeded: Stripe.PaymentIntent = {
    ...paymentIntent,
    amount_capturable: 0,
    amount_received: amount,
    status: 'succeeded',
  };
  store.paymentIntents.put(succeeded);
  timeline.cancel('expire_authorization', paymentIntent.id);
  events.record('payment_intent.succeeded', { object: succeeded }, cause);
  markSessionPaid(simulation, succeeded);
  return { paymentIntent: succeeded, charge: settleCapturedCharge(simulation, captured) };
}

/** Of payments that have not been made; one that is being made takes its course. */
export const CANCELABLE_STATUSES: readonly string[] = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
];

/** What the buyer's bank holds is released, which is no refund of the charge. */
export function cancelPayment(
  simulation: Simulation,
  paymentIntent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
  cause: EventCause,
): Stripe.PaymentIntent {
  const { store, clock, timeline, events } = simulation;
  const canceled: Stripe.PaymentIntent = {
    ...paymentIntent,
    amount_capturable: 0,
    canceled_at: unixSeconds(clock),
    cancellation_reason: reason,
    next_action: null,
    status: 'canceled',
  };
  store.paymentIntents.put(canceled);
  timeline.cancel('expire_authorization', paymentIntent.id);
  events.record('payment_intent.canceled', { object: canceled }, cause);
  return canceled;
}

/** The PaymentIntent ends with it; the charge stays as it was, since nothing was taken. */
export function expireAuthorization(simulation: Simulation, { paymentIntent, charge }: Payment): void {
  simulation.events.record('charge.expired', { object: charge }, NO_REQUEST);
  cancelPayment(simulation, paymentIntent, 'expired', NO_REQUEST);
}

function settleDebit(simulation: Simulation, payment: Payment): void {
  const method = simulation.store.paymentMethods.get(payment.charge.payment_method ?? '');
  const failureCode = findTestIban(method?.number ?? '')?.failureCode ?? null;
  if (method !== undefined && failureCode !== null) failDebit(simulation, payment, method.paymentMethod, failureCode);
  else completeDebit(simulation, payment);
}

function completeDebit(simulation: Simulation, { paymentIntent, charge }: Payment): void {
  const { store, events } = simulation;
  const paid: Stripe.Charge = { ...charge, paid: true, receipt_url: receiptUrl(charge.id), status: 'succeeded' };
  store.charges.put(paid);
  events.record('charge.succeeded', { object: paid }, NO_REQUEST);
  const succeeded: Stripe.PaymentIntent = { ...paymentIntent, amount_received: charge.amount, status: 'succeeded' };
  store.paymentIntents.put(succeeded);
  events.record('payment_intent.succeeded', { object: succeeded }, NO_REQUEST);
  const session = markSessionPaid(simulation, succeeded);
  if (session !== null) events.record('checkout.session.async_payment_succeeded', { object: session }, NO_REQUEST);
  settleCapturedCharge(simulation, paid);
}

const DEBIT_FAILURES: Record<NonNullable<TestIban['failureCode']>, string> = {
  insufficient_funds: 'The payment failed: the bank account has insufficient funds.',
  charge_exceeds_source_limit: 'The payment failed: it exceeds what may be debited from the account in a week.',
  charge_exceeds_weekly_limit: 'The payment failed: it exceeds how much the account may be debited in a week.',
};

function failDebit(
  simulation: Simulation,
  { paymentIntent, charge }: Payment,
  method: Stripe.PaymentMethod,
  failureCode: keyof typeof DEBIT_FAILURES,
): void {
  const { store, events } = simulation;
  const message = DEBIT_FAILURES[failureCode];
  const failed: Stripe.Charge = {
    ...charge,
    amount_captured: 0,
    captured: false,
    failure_code: failureCode,
    failure_message: message,
    status: 'failed',
  };
  store.charges.put(failed);
  events.record('charge.failed', { object: failed }, NO_REQUEST);
  const rejected = rejectedPaymentIntent(paymentIntent, {
    type: 'invalid_request_error',
    charge: charge.id,
    code: 'payment_intent_payment_attempt_failed',
    message,
    payment_method: method,
  });
  store.paymentIntents.put(rejected);
  events.record('payment_intent.payment_failed', { object: rejected }, NO_REQUEST);
  const stored = sessionOf(simulation, rejected);
  if (stored === null) return;
  events.record('checkout.session.async_payment_failed', { object: stored.session }, NO_REQUEST);
}

/** The session as it is afterwards, if it is a session's payment. */
function markSessionPaid(simulation: Simulation, paymentIntent: Stripe.PaymentIntent): Stripe.Checkout.Session | null {
  const stored = sessionOf(simulation, paymentIntent);
  if (stored === null) return null;
  const session: Stripe.Checkout.Session = { ...stored.session, payment_status: 'paid' };
  simulation.store.sessions.put({ ...stored, session });
  return session;
}

/** The Checkout Session that the PaymentIntent pays. */
export function sessionOf({ store }: Pick<Simulation, 'store'>, paymentIntent: Stripe.PaymentIntent) {
  const stored = store.sessions.get(paymentIntent.payment_details?.order_reference ?? '');
  return stored?.session.payment_intent === paymentIntent.id ? stored : null;
}

function findPayment({ store }: Simulation, id: string, status: Stripe.PaymentIntent.Status): Payment | null {
  const paymentIntent = store.paymentIntents.get(id);
  if (paymentIntent?.status !== status || typeof paymentIntent.latest_charge !== 'string') return null;
  const charge = store.charges.get(paymentIntent.latest_charge);
  return charge === undefined ? null : { paymentIntent, charge };
}
