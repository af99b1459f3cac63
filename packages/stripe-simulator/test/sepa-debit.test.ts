/** SEPA debits: the session completes at once, its money comes or fails to come later. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  chargeOf,
  eventTypes,
  lineItem,
  pageUrl,
  paymentOf,
  sessionParameters,
  start,
  stripeError,
} from './support.js';

const PAYING = 'AT611904300234573201';
const FAILING = 'AT861904300235473202';
const SETTLEMENT_SECONDS = 5;

function submitIban(session: { url: string | null }, iban: string): Promise<Response> {
  const body = new URLSearchParams({ payment_method_type: 'sepa_debit', iban });
  return fetch(pageUrl(session), { method: 'POST', body, redirect: 'manual' });
}

async function startFrozen(options = {}) {
  const started = await start(options);
  started.simulator.clock.freeze();
  return started;
}

async function acceptDebit(stripe: Stripe, iban: string): Promise<Stripe.Checkout.Session> {
  const session = await stripe.checkout.sessions.create(sessionParameters());
  expect((await submitIban(session, iban)).status).toBe(303);
  return session;
}

const ACCEPTED = [
  'payment_intent.created',
  'charge.pending',
  'payment_intent.processing',
  'checkout.session.completed',
];

describe('a debit', () => {
  test('completes the session unpaid, while the bank is asked', async () => {
    const { stripe } = await startFrozen();
    const { id } = await acceptDebit(stripe, PAYING);
    expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    const intent = await paymentOf(stripe, id);
    expect(intent).toMatchObject({ status: 'processing', amount_received: 0 });
    expect(await chargeOf(stripe, intent)).toMatchObject({
      status: 'pending',
      paid: false,
      balance_transaction: null,
      payment_method_details: { type: 'sepa_debit', sepa_debit: { country: 'AT', bank_code: '19043', last4: '3201' } },
    });
    expect(await eventTypes(stripe)).toEqual(ACCEPTED);
  });

  test('pays some seconds later', async () => {
    const { simulator, stripe } = await startFrozen();
    const { id } = await acceptDebit(stripe, PAYING);
    await simulator.clock.advance(SETTLEMENT_SECONDS - 1);
    expect((await paymentOf(stripe, id)).status).toBe('processing');
    await simulator.clock.advance(1);
    expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ status: 'complete', payment_status: 'paid' });
    const intent = await paymentOf(stripe, id);
    expect(intent).toMatchObject({ status: 'succeeded', amount_received: 1250 });
    expect(await chargeOf(stripe, intent)).toMatchObject({
      status: 'succeeded',
      paid: true,
      receipt_url: expect.stringContaining('https://'),
      balance_transaction: expect.any(String),
    });
    expect(await eventTypes(stripe)).toEqual([
      ...ACCEPTED,
      'charge.succeeded',
      'payment_intent.succeeded',
      'checkout.session.async_payment_succeeded',
      'charge.updated',
    ]);
  });

  test('or fails', async () => {
    const { simulator, stripe } = await startFrozen();
    const { id } = await acceptDebit(stripe, FAILING);
    await simulator.clock.advance(SETTLEMENT_SECONDS);
    expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
    const intent = await paymentOf(stripe, id);
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      amount_received: 0,
      payment_method: null,
      last_payment_error: {
        code: 'payment_intent_payment_attempt_failed',
        charge: intent.latest_charge,
        payment_method: { type: 'sepa_debit' },
      },
    });
    expect(await chargeOf(stripe, intent)).toMatchObject({
      status: 'failed',
      paid: false,
      captured: false,
      amount_captured: 0,
      failure_code: 'insufficient_funds',
    });
    expect(await eventTypes(stripe)).toEqual([
      ...ACCEPTED,
      'charge.failed',
      'payment_intent.payment_failed',
      'checkout.session.async_payment_failed',
    ]);
  });

  test('cannot be canceled, captured or confirmed while the bank is asked', async () => {
    const { stripe } = await startFrozen();
    const { id } = await acceptDebit(stripe, PAYING);
    const intent = await paymentOf(stripe, id);
    for (const call of [
      stripe.paymentIntents.cancel(intent.id),
      stripe.paymentIntents.capture(intent.id),
      stripe.paymentIntents.confirm(intent.id),
    ]) {
      expect(await stripeError(call)).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    }
  });

  test('of which the payment was forgotten settles nothing, and breaks nothing', async () => {
    const { simulator, stripe } = await startFrozen({ maxObjects: 1 });
    await acceptDebit(stripe, PAYING);
    await stripe.paymentIntents.create({ amount: 1000, currency: 'eur' });
    await simulator.clock.advance(SETTLEMENT_SECONDS);
    expect(await eventTypes(stripe)).toEqual(['payment_intent.created']);
  });

  test('is settled for a payment by the API as well, which has no session', async () => {
    const { simulator, stripe } = await startFrozen();
    const details = { name: 'Ana', email: 'ana@example.com' };
    const pay = async (iban: string) => {
      const method = await stripe.paymentMethods.create({
        type: 'sepa_debit',
        sepa_debit: { iban },
        billing_details: details,
      });
      return stripe.paymentIntents.create({ amount: 900, currency: 'eur', payment_method: method.id, confirm: true });
    };
    const paying = await pay('AT61 1904 3002 3457 3201');
    const failing = await pay(FAILING);
    expect([paying.status, failing.status]).toEqual(['processing', 'processing']);
    await simulator.clock.advance(SETTLEMENT_SECONDS);
    expect((await stripe.paymentIntents.retrieve(paying.id)).status).toBe('succeeded');
    expect((await stripe.paymentIntents.retrieve(failing.id)).status).toBe('requires_payment_method');
    expect((await eventTypes(stripe)).filter((type) => type.startsWith('checkout'))).toEqual([]);
  });
});

describe('the payment methods of a session', () => {
  const types = async (stripe: Stripe, changes: Partial<Stripe.Checkout.SessionCreateParams>) =>
    (await stripe.checkout.sessions.create(sessionParameters(changes))).payment_method_types;

  test('include debits for euros that are taken at once', async () => {
    const { stripe } = await start();
    expect(await types(stripe, {})).toEqual(['card', 'sepa_debit']);
    expect(await types(stripe, { line_items: [lineItem('Coffee', 1250, 1, 'usd')] })).toEqual(['card']);
    expect(await types(stripe, { payment_intent_data: { capture_method: 'manual' } })).toEqual(['card']);
  });

  test('are those of the account that the session lets through', async () => {
    const { stripe } = await start();
    expect(await types(stripe, { excluded_payment_method_types: ['card'] })).toEqual(['sepa_debit']);
    expect(await types(stripe, { allowed_payment_method_types: ['card', 'link'] })).toEqual(['card']);
    const { stripe: other } = await start({ paymentMethodTypes: ['card'] });
    expect(await types(other, {})).toEqual(['card']);
  });

  test('are the ones of its PaymentIntent', async () => {
    const { stripe } = await start();
    const { id } = await acceptDebit(stripe, PAYING);
    const intent = await paymentOf(stripe, id);
    expect(intent.payment_method_types).toEqual(['card', 'sepa_debit']);
    expect(intent.payment_method_options).toMatchObject({ card: {}, sepa_debit: {} });
  });

  test.each<[string, Partial<Stripe.Checkout.SessionCreateParams>]>([
    ['excluded_payment_method_types', { excluded_payment_method_types: ['card', 'sepa_debit'] }],
    ['allowed_payment_method_types', { allowed_payment_method_types: ['paypal'] }],
  ])('cannot all be taken away by %s', async (param, changes) => {
    const { stripe } = await start();
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters(changes)));
    expect(error).toMatchObject({ statusCode: 400, param });
  });
});
