/** Payments that are authorized first and captured later, or never. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  chargeOf,
  eventTypes,
  latestEventObject,
  PAID_CARD,
  paymentOf,
  sessionParameters,
  start,
  stripeError,
  submitCard,
} from './support.js';

const WEEK_SECONDS = 7 * 24 * 60 * 60;

const AUTHORIZED = [
  'payment_intent.created',
  'charge.succeeded',
  'payment_intent.amount_capturable_updated',
  'checkout.session.completed',
];

async function authorize(stripe: Stripe) {
  const session = await stripe.checkout.sessions.create(
    sessionParameters({ payment_intent_data: { capture_method: 'manual' } }),
  );
  expect((await submitCard(session, PAID_CARD)).status).toBe(303);
  return { session, intent: await paymentOf(stripe, session.id) };
}

describe('an authorization', () => {
  test('completes the session unpaid and holds the amount', async () => {
    const { stripe } = await start();
    const { session, intent } = await authorize(stripe);
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'unpaid',
    });
    expect(intent).toMatchObject({
      status: 'requires_capture',
      capture_method: 'manual',
      amount_capturable: 1250,
      amount_received: 0,
    });
    const charge = await chargeOf(stripe, intent);
    expect(charge).toMatchObject({
      status: 'succeeded',
      paid: true,
      captured: false,
      amount_captured: 0,
      balance_transaction: null,
      payment_method_details: { card: { capture_before: charge.created + WEEK_SECONDS } },
    });
    expect(await eventTypes(stripe)).toEqual(AUTHORIZED);
  });

  test('is captured whole', async () => {
    const { stripe } = await start();
    const { session, intent } = await authorize(stripe);
    const captured = await stripe.paymentIntents.capture(intent.id, { metadata: { parcel: '1' } });
    expect(captured).toMatchObject({
      status: 'succeeded',
      amount_capturable: 0,
      amount_received: 1250,
      metadata: { parcel: '1' },
    });
    expect(await chargeOf(stripe, captured)).toMatchObject({
      captured: true,
      amount_captured: 1250,
      amount_refunded: 0,
      refunded: false,
      balance_transaction: expect.any(String),
    });
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe('paid');
    expect(await eventTypes(stripe)).toEqual([
      ...AUTHORIZED,
      'charge.captured',
      'payment_intent.succeeded',
      'charge.updated',
    ]);
  });

  test('is captured in part, and the rest is released', async () => {
    const { stripe } = await start();
    const { intent } = await authorize(stripe);
    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1000 });
    expect(captured).toMatchObject({ status: 'succeeded', amount: 1250, amount_received: 1000, amount_capturable: 0 });
    expect(await chargeOf(stripe, captured)).toMatchObject({
      amount: 1250,
      amount_captured: 1000,
      amount_refunded: 0,
      refunded: false,
    });
    expect((await stripe.refunds.list()).data).toEqual([]);
    const [{ amount, net } = { amount: 0, net: 0 }] = (await stripe.balanceTransactions.list()).data;
    expect([amount, net]).toEqual([1000, 960]);
    expect(await latestEventObject(stripe, 'charge.captured')).toMatchObject({ amount_captured: 1000 });
    const again = await stripeError(stripe.paymentIntents.capture(intent.id));
    expect(again).toMatchObject({
      statusCode: 400,
      code: 'payment_intent_unexpected_state',
      payment_intent: { id: intent.id, status: 'succeeded' },
    });
  });

  test('that was captured in part is refunded up to what was captured', async () => {
    const { stripe } = await start();
    const { intent } = await authorize(stripe);
    const charge = String(intent.latest_charge);
    await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1000 });
    await stripe.refunds.create({ charge, amount: 400 });
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 400, refunded: false });
    expect(await stripeError(stripe.refunds.create({ charge, amount: 601 }))).toMatchObject({ param: 'amount' });
    expect((await stripe.refunds.create({ charge })).amount).toBe(600);
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 1000, refunded: true });
  });

  test('is not captured beyond its amount', async () => {
    const { stripe } = await start();
    const { intent } = await authorize(stripe);
    const tooMuch = { amount_to_capture: 1251, metadata: { parcel: '1' } };
    const error = await stripeError(stripe.paymentIntents.capture(intent.id, tooMuch));
    expect(error).toMatchObject({ statusCode: 400, code: 'amount_too_large', param: 'amount_to_capture' });
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status: 'requires_capture', metadata: {} });
  });

  test('is captured by its charge as well', async () => {
    const { stripe } = await start();
    const { intent } = await authorize(stripe);
    const id = String(intent.latest_charge);
    const tooMuch = await stripeError(stripe.charges.capture(id, { amount: 1251 }));
    expect(tooMuch).toMatchObject({ code: 'amount_too_large', param: 'amount' });
    const charge = await stripe.charges.capture(id, { amount: 1200, receipt_email: 'ana@example.com' });
    expect(charge).toMatchObject({ captured: true, amount_captured: 1200, receipt_email: 'ana@example.com' });
    expect((await stripe.paymentIntents.retrieve(intent.id)).amount_received).toBe(1200);
    const again = await stripeError(stripe.charges.capture(id));
    expect(again).toMatchObject({ statusCode: 400, code: 'charge_already_captured' });
  });

  test('is released when it is canceled', async () => {
    const { stripe } = await start();
    const { intent } = await authorize(stripe);
    const canceled = await stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'requested_by_customer' });
    expect(canceled).toMatchObject({
      status: 'canceled',
      amount_capturable: 0,
      canceled_at: expect.any(Number),
      cancellation_reason: 'requested_by_customer',
    });
    expect(await chargeOf(stripe, canceled)).toMatchObject({
      captured: false,
      amount_captured: 0,
      refunded: false,
      amount_refunded: 0,
    });
    expect((await stripe.refunds.list()).data).toEqual([]);
    expect(await eventTypes(stripe)).toEqual([...AUTHORIZED, 'payment_intent.canceled']);
    const capture = await stripeError(stripe.charges.capture(String(intent.latest_charge)));
    expect(capture).toMatchObject({ code: 'charge_expired_for_capture' });
  });

  test('lapses after seven days', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const { intent } = await authorize(stripe);
    await simulator.clock.advance(WEEK_SECONDS - 1);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_capture');
    await simulator.clock.advance(1);
    const lapsed = await stripe.paymentIntents.retrieve(intent.id);
    expect(lapsed).toMatchObject({ status: 'canceled', cancellation_reason: 'expired' });
    expect(await chargeOf(stripe, lapsed)).toMatchObject({ captured: false, refunded: false, amount_refunded: 0 });
    expect(await eventTypes(stripe)).toEqual([...AUTHORIZED, 'charge.expired', 'payment_intent.canceled']);
  });

  test('that was captured or canceled does not lapse', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const [kept, dropped] = [await authorize(stripe), await authorize(stripe)];
    await stripe.paymentIntents.capture(kept.intent.id);
    await stripe.paymentIntents.cancel(dropped.intent.id);
    await simulator.clock.advance(WEEK_SECONDS);
    expect(await eventTypes(stripe)).not.toContain('charge.expired');
    expect((await stripe.paymentIntents.retrieve(kept.intent.id)).status).toBe('succeeded');
  });

  test('of which the charge was forgotten is missing it', async () => {
    const { simulator, stripe } = await start({ maxObjects: 2 });
    simulator.clock.freeze();
    const { intent } = await authorize(stripe);
    const other = await stripe.paymentIntents.create({ amount: 1000, currency: 'eur' });
    for (const payment_method of ['pm_card_chargeDeclined', 'pm_card_chargeDeclined']) {
      await stripeError(stripe.paymentIntents.confirm(other.id, { payment_method }));
    }
    expect(await stripeError(stripe.paymentIntents.capture(intent.id))).toMatchObject({ code: 'resource_missing' });
    await simulator.clock.advance(WEEK_SECONDS);
    expect((await stripe.paymentIntents.cancel(intent.id)).status).toBe('canceled');
  });
});
