/** One attempt to pay a PaymentIntent: what the bank answers, the charge that stays behind, and their events. */
import type Stripe from 'stripe';
import { withGeneratedDebit } from './bancontact.js';
import { unixSeconds } from './clock.js';
import type { EventCause } from './event-recorder.js';
import { createId } from './ids.js';
import type { StoredPaymentMethod } from './objects.js';
import { saveForLater, spendUnlessSaved } from './payment-method-ownership.js';
import { type BuyerPresence, captureDeadline } from './resources/authorization-window.js';
import { buildCharge, type ChargeState } from './resources/charge-object.js';
import type { Simulation } from './simulation.js';
import {
  AUTHENTICATION_FAILED,
  AUTHENTICATION_NOT_HANDLED,
  AUTHENTICATION_REQUIRED,
  type Decline,
  findTestCard,
  type TestCard,
} from './test-cards.js';
import { findTestIban } from './test-ibans.js';

/** How long the bank takes to answer a SEPA debit: days at Stripe, and short enough here to be waited for. */
const DEBIT_SETTLEMENT_MS = 5000;
/** Of an account whose bank takes its time: as long as at Stripe. */
const DELAYED_SETTLEMENT_MS = 180_000;

export interface Attempt {
  simulation: Simulation;
  paymentIntent: Stripe.PaymentIntent;
  method: StoredPaymentMethod;
  buyer: BuyerPresence;
  cause: EventCause;
}

export type AttemptResult =
  | { kind: 'requires_action' | 'authorized' | 'processing'; paymentIntent: Stripe.PaymentIntent }
  /** The charge is captured, and waits for `settleCapturedCharge` until all other events that it causes are recorded. */
  | { kind: 'succeeded'; paymentIntent: Stripe.PaymentIntent; charge: Stripe.Charge }
  | { kind: 'declined'; paymentIntent: Stripe.PaymentIntent; decline: Decline };

export function attemptPayment(attempt: Attempt): AttemptResult {
  const result = askBank(attempt);
  if (result.kind !== 'requires_action') spendMethod(attempt);
  return result;
}

function spendMethod({ simulation, paymentIntent, method }: Attempt): void {
  spendUnlessSaved(simulation, paymentIntent, method.id);
}

function askBank(attempt: Attempt): AttemptResult {
  const { method, buyer, paymentIntent } = attempt;
  if (method.paymentMethod.type === 'sepa_debit') return startDebit(attempt);
  if (method.paymentMethod.type === 'bancontact') return payAtBank(attempt);
  const card = findTestCard(method.number);
  if (card === null) throw new Error(`The payment method ${method.id} has no test card's number.`);
  const wantsBuyer = wantsAuthentication(card, attempt);
  if (wantsBuyer && buyer === 'present' && card.isFrictionless) {
    return askBank({ ...attempt, buyer: 'authenticated' });
  }
  if (wantsBuyer && buyer === 'present') return requireAction(attempt);
  if (wantsBuyer && buyer === 'absent') return decline(attempt, AUTHENTICATION_REQUIRED);
  if (wantsBuyer && buyer === 'unasked') return decline(attempt, AUTHENTICATION_NOT_HANDLED);
  if (card.outcome.kind === 'declined') return decline(attempt, card.outcome.decline);
  return paymentIntent.capture_method === 'manual' ? authorize(attempt) : succeed(attempt);
}

/** The buyer approves each payment themselves. */
function payAtBank(attempt: Attempt): AttemptResult {
  if (attempt.buyer === 'authenticated') return succeed(attempt);
  return attempt.buyer === 'present' ? requireAction(attempt) : decline(attempt, AUTHENTICATION_REQUIRED);
}

function wantsAuthentication({ authentication }: TestCard, { method, buyer }: Attempt): boolean {
  if (authentication === 'until_set_up') return !method.isSetUp;
  if (authentication === 'on_session') return buyer !== 'absent';
  return authentication === 'always';
}

/** The buyer came back from their bank without its approval. No charge was tried. */
export function failAuthentication(attempt: Attempt): AttemptResult {
  const result = reject(attempt, AUTHENTICATION_FAILED, null);
  spendMethod(attempt);
  return result;
}

function requireAction({ simulation, paymentIntent, method, cause }: Attempt): AttemptResult {
  const waiting: Stripe.PaymentIntent = {
    ...paymentIntent,
    last_payment_error: null,
    next_action: { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } },
    payment_method: method.id,
    status: 'requires_action',
  };
  simulation.store.paymentIntents.put(waiting);
  simulation.events.record('payment_intent.requires_action', { object: waiting }, cause);
  return { kind: 'requires_action', paymentIntent: waiting };
}

function succeed(attempt: Attempt): AttemptResult {
  const { simulation, cause } = attempt;
  const charge = withGeneratedDebit(attempt, putCharge(attempt, 'captured', null));
  simulation.events.record('charge.succeeded', { object: charge }, cause);
  saveForLater(attempt);
  const paymentIntent: Stripe.PaymentIntent = {
    ...afterAttempt(attempt, charge),
    amount_received: charge.amount,
    status: 'succeeded',
  };
  simulation.store.paymentIntents.put(paymentIntent);
  simulation.events.record('payment_intent.succeeded', { object: paymentIntent }, cause);
  return { kind: 'succeeded', paymentIntent, charge };
}

/** The money is held for the shop, which takes it by a capture. */
function authorize(attempt: Attempt): AttemptResult {
  const { simulation, cause } = attempt;
  const { store, timeline, events } = simulation;
  const charge = putCharge(attempt, 'authorized', null);
  events.record('charge.succeeded', { object: charge }, cause);
  saveForLater(attempt);
  const paymentIntent: Stripe.PaymentIntent = {
    ...afterAttempt(attempt, charge),
    amount_capturable: charge.amount,
    status: 'requires_capture',
  };
  store.paymentIntents.put(paymentIntent);
  events.record('payment_intent.amount_capturable_updated', { object: paymentIntent }, cause);
  timeline.schedule('expire_authorization', paymentIntent.id, captureDeadline(charge) * 1000);
  return { kind: 'authorized', paymentIntent };
}

/** The bank is asked for the money, and answers later. */
function startDebit(attempt: Attempt): AttemptResult {
  const { simulation, cause } = attempt;
  const { store, timeline, events } = simulation;
  const charge = putCharge(attempt, 'pending', null);
  events.record('charge.pending', { object: charge }, cause);
  saveForLater(attempt);
  const paymentIntent: Stripe.PaymentIntent = { ...afterAttempt(attempt, charge), status: 'processing' };
  store.paymentIntents.put(paymentIntent);
  events.record('payment_intent.processing', { object: paymentIntent }, cause);
  const isDelayed = findTestIban(attempt.method.number)?.isDelayed ?? false;
  timeline.scheduleIn('settle_payment', paymentIntent.id, isDelayed ? DELAYED_SETTLEMENT_MS : DEBIT_SETTLEMENT_MS);
  return { kind: 'processing', paymentIntent };
}

function decline(attempt: Attempt, reason: Decline): AttemptResult {
  const charge = putCharge(attempt, 'failed', reason);
  attempt.simulation.events.record('charge.failed', { object: charge }, attempt.cause);
  return reject(attempt, reason, charge);
}

/** Back to where another payment method can be tried. */
function reject(attempt: Attempt, reason: Decline, charge: Stripe.Charge | null): AttemptResult {
  const { simulation, paymentIntent, method, cause } = attempt;
  const failed = rejectedPaymentIntent(paymentIntent, {
    type: reason.code === 'payment_intent_authentication_failure' ? 'invalid_request_error' : 'card_error',
    ...(charge === null ? {} : { charge: charge.id }),
    code: reason.code,
    ...(reason.declineCode === null ? {} : { decline_code: reason.declineCode }),
    message: reason.message,
    payment_method: method.paymentMethod,
  });
  simulation.store.paymentIntents.put(failed);
  simulation.events.record('payment_intent.payment_failed', { object: failed }, cause);
  return { kind: 'declined', paymentIntent: failed, decline: reason };
}

/** A PaymentIntent after an attempt that failed; `latest_charge` is the one that the error names. */
export function rejectedPaymentIntent(
  paymentIntent: Stripe.PaymentIntent,
  error: Stripe.PaymentIntent.LastPaymentError,
): Stripe.PaymentIntent {
  const documentation = `https://stripe.com/docs/error-codes/${(error.code ?? '').replaceAll('_', '-')}`;
  return {
    ...paymentIntent,
    last_payment_error: { ...error, doc_url: documentation },
    latest_charge: error.charge ?? paymentIntent.latest_charge,
    next_action: null,
    payment_method: null,
    status: 'requires_payment_method',
  };
}

function putCharge(attempt: Attempt, state: ChargeState, reason: Decline | null): Stripe.Charge {
  const { simulation, paymentIntent, method, buyer } = attempt;
  const created = unixSeconds(simulation.clock);
  const charge = buildCharge({ paymentIntent, method, state, decline: reason, buyer, created });
  simulation.store.charges.put(charge);
  return charge;
}

function afterAttempt({ paymentIntent, method }: Attempt, charge: Stripe.Charge): Stripe.PaymentIntent {
  return {
    ...paymentIntent,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: method.id,
  };
}

/** Who acts when a page of the simulator, and not a request to the API, causes events. */
export function pageCause(): EventCause {
  return { id: createId('request'), idempotency_key: null };
}
