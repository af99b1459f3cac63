/** What somebody does by hand in the dashboard while an app works on the same account, and what banks do to holds. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  chargeOf,
  DECLINED_CARD,
  eventTypes,
  paymentOf,
  postControl,
  sessionParameters,
  start,
  stripeError,
  submitCard,
} from './support.js';

const DAY = 24 * 60 * 60;

/** A hold of 200 euros on a card that is saved, with the clock standing still. */
async function startWithHold() {
  const { simulator, stripe } = await start();
  simulator.clock.freeze();
  const { id: customer } = await stripe.customers.create();
  const { id: payment_method } = await stripe.paymentMethods.attach('pm_card_visa', { customer });
  const intent = await stripe.paymentIntents.create({
    ...{ amount: 20_000, currency: 'eur', customer, payment_method },
    ...{ capture_method: 'manual', confirm: true, off_session: true },
  });
  return { simulator, stripe, intent, charge: String(intent.latest_charge), customer, method: payment_method };
}

async function requestsBehind(stripe: Stripe, types: string[]): Promise<unknown[]> {
  const { data } = await stripe.events.list({ types, limit: 10 });
  return data.map(({ request }) => request?.id);
}

describe('by hand', () => {
  test('a hold is captured in part, and no request of the API is behind it', async () => {
    const { simulator, stripe, intent, charge } = await startWithHold();
    simulator.dashboard.capturePayment(intent.id, 12_000);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'succeeded',
      amount_received: 12_000,
      amount_capturable: 0,
    });
    expect(await stripe.charges.retrieve(charge)).toMatchObject({ amount_captured: 12_000, amount_refunded: 0 });
    expect((await stripe.refunds.list()).data).toEqual([]);
    const types = ['charge.captured', 'payment_intent.succeeded'];
    expect(await requestsBehind(stripe, types)).toEqual([null, null]);
    const late = await stripeError(stripe.paymentIntents.capture(intent.id));
    expect(late).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
    expect(await stripeError(stripe.charges.capture(charge))).toMatchObject({ code: 'charge_already_captured' });
  });

  test('a hold is not captured beyond what is held, or twice', async () => {
    const { simulator, stripe, intent } = await startWithHold();
    expect(() => simulator.dashboard.capturePayment(intent.id, 20_001)).toThrow(/greater than the amount/);
    simulator.dashboard.capturePayment(intent.id);
    expect((await stripe.paymentIntents.retrieve(intent.id)).amount_received).toBe(20_000);
    expect(() => simulator.dashboard.capturePayment(intent.id)).toThrow(/status of succeeded/);
    expect(() => simulator.dashboard.cancelPayment(intent.id)).toThrow(/status of succeeded/);
    expect(() => simulator.dashboard.capturePayment('pi_x')).toThrow("No such payment_intent: 'pi_x'");
  });

  test('a hold is released, with a reason', async () => {
    const { simulator, stripe, intent } = await startWithHold();
    simulator.dashboard.cancelPayment(intent.id, 'duplicate');
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'duplicate',
      amount_capturable: 0,
    });
    expect(await requestsBehind(stripe, ['payment_intent.canceled'])).toEqual([null]);
    expect(await eventTypes(stripe)).not.toContain('charge.expired');
  });

  test('the payment of an open session is not canceled: the session is expired', async () => {
    const { simulator, stripe } = await start();
    const session = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(session, DECLINED_CARD);
    const { id } = await paymentOf(stripe, session.id);
    expect(() => simulator.dashboard.cancelPayment(id)).toThrow(/Expire the Checkout Session instead/);
    for (const _twice of [1, 2]) simulator.dashboard.expireSession(session.id);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('expired');
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('canceled');
    expect(() => simulator.dashboard.expireSession('cs_x')).toThrow("No such checkout.session: 'cs_x'");
  });

  test('a payment is refunded', async () => {
    const { simulator, stripe, intent, charge } = await startWithHold();
    await stripe.paymentIntents.capture(intent.id);
    simulator.dashboard.refundCharge(charge, 5000);
    simulator.dashboard.refundCharge(charge);
    expect((await stripe.refunds.list({ charge })).data.map(({ amount }) => amount)).toEqual([15_000, 5000]);
    expect(() => simulator.dashboard.refundCharge(charge)).toThrow(/already been refunded/);
  });

  test('a card is removed, and a customer deleted', async () => {
    const { simulator, stripe, customer, method } = await startWithHold();
    const other = await stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    simulator.dashboard.detachPaymentMethod(method);
    expect((await stripe.paymentMethods.retrieve(method)).customer).toBeNull();
    expect(() => simulator.dashboard.detachPaymentMethod(method)).toThrow(/not attached/);
    simulator.dashboard.deleteCustomer(customer);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ deleted: true });
    expect((await stripe.paymentMethods.retrieve(other.id)).customer).toBeNull();
    const types = ['payment_method.detached', 'customer.deleted'];
    expect(await requestsBehind(stripe, types)).toEqual([null, null, null]);
    expect(() => simulator.dashboard.deleteCustomer(customer)).toThrow(`No such customer: '${customer}'`);
  });
});

describe('banks', () => {
  test('end a hold before its time', async () => {
    const { simulator, stripe, intent, charge } = await startWithHold();
    simulator.bank.expireHold(charge);
    const ended = await stripe.paymentIntents.retrieve(intent.id);
    expect(ended).toMatchObject({ status: 'canceled', cancellation_reason: 'expired', amount_capturable: 0 });
    expect(await chargeOf(stripe, ended)).toMatchObject({ captured: false, refunded: false });
    expect((await eventTypes(stripe)).slice(-2)).toEqual(['charge.expired', 'payment_intent.canceled']);
    expect(() => simulator.bank.expireHold(charge)).toThrow(/holds nothing/);
    await simulator.clock.advance(7 * DAY);
    expect((await eventTypes(stripe)).filter((type) => type === 'charge.expired')).toHaveLength(1);
  });

  test.each([
    ['capture_charge_authorization_expired', undefined],
    ['charge_expired_for_capture', 'charge_expired_for_capture'],
  ] as const)('lose a hold, which a capture finds out as %s', async (code, refusal) => {
    const { simulator, stripe, intent, charge } = await startWithHold();
    simulator.bank.loseHold(charge, refusal);
    const rejected = { statusCode: 400, rawType: 'invalid_request_error', code };
    expect(await stripeError(stripe.paymentIntents.capture(intent.id))).toMatchObject({
      ...rejected,
      payment_intent: { id: intent.id, status: 'requires_capture' },
    });
    expect(await stripeError(stripe.charges.capture(charge))).toMatchObject(rejected);
    expect((await stripe.paymentIntents.retrieve(intent.id)).amount_capturable).toBe(20_000);
    // Across a restart too, until the authorization ends.
    const snapshot = simulator.snapshot();
    simulator.restore(snapshot);
    expect(await stripeError(stripe.paymentIntents.capture(intent.id))).toMatchObject(rejected);
    await simulator.clock.advance(4 * DAY + 18 * 60 * 60);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'expired',
    });
  });

  test('lose a hold that is then released as any other', async () => {
    const { simulator, stripe, intent, charge } = await startWithHold();
    simulator.bank.loseHold(charge);
    expect((await stripe.paymentIntents.cancel(intent.id)).status).toBe('canceled');
    await simulator.clock.advance(7 * DAY);
    expect(await eventTypes(stripe)).not.toContain('charge.expired');
  });
});

test('Programs in other languages do the same by routes', async () => {
  const { simulator, stripe, intent, charge, customer, method } = await startWithHold();
  const post = (path: string, input = {}) => postControl(simulator, path, input);
  expect(await post(`/charges/${charge}/lose_hold`, { refusal: 'bad mood' })).toMatchObject({ status: 400 });
  await post(`/charges/${charge}/lose_hold`);
  const refused = { status: 409, body: { error: { message: expect.stringContaining('expired') } } };
  expect(await post(`/payment_intents/${intent.id}/capture`)).toMatchObject(refused);
  expect(await post(`/charges/${charge}/expire_hold`)).toMatchObject({ body: { id: charge } });
  expect(await post(`/charges/${charge}/expire_hold`)).toMatchObject({ status: 409 });

  const manual = { amount: 1000, currency: 'eur', capture_method: 'manual', confirm: true } as const;
  const hold = { ...manual, customer, payment_method: method };
  const [first, second] = [await stripe.paymentIntents.create(hold), await stripe.paymentIntents.create(hold)];
  expect(await post(`/payment_intents/${first.id}/capture`, { amount: 1001 })).toMatchObject({ status: 409 });
  expect((await post(`/payment_intents/${first.id}/capture`, { amount: 400 })).body).toMatchObject({
    amount_received: 400,
  });
  const reason = 'requested_by_customer';
  expect((await post(`/payment_intents/${second.id}/cancel`, { reason })).body).toMatchObject({
    cancellation_reason: reason,
  });
  expect((await post(`/payment_methods/${method}/detach`)).body).toMatchObject({ customer: null });
  expect((await post(`/customers/${customer}/delete`)).body).toMatchObject({ deleted: true });
  expect((await post(`/customers/${customer}/delete`)).status).toBe(404);
});
