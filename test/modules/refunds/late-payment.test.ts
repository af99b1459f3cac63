/** Paid when the goods had gone to others: the money goes back by itself, and Stripe and the timeline say why. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { checkout, moneyOf, orderBySession, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addProduct, stockOf } from '../../support/shop.js';
import { deliver, eventOf } from '../../support/stripe-events.js';
import { newBuyer, newStaff, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let stripe: Stripe;

beforeAll(async () => {
  shop = await startTestApp();
  stripe = stripeOf(shop);
});
afterEach(() => {
  shop.simulator.faults.clear();
  shop.simulator.webhooks.resume();
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

const PAID_CARD = '4242424242424242';

/** Two buyers and one piece: an event reports the first's session as expired while Stripe still accepts its payment. */
async function payLate() {
  const product = await addProduct(shop.orm, { priceMinor: 1500, onHand: 1 });
  const late = await newBuyer();
  const first = await checkout(shop, late, [{ id: product, type: 'PRODUCT' }]);
  const session = await stripe.checkout.sessions.retrieve(first.sessionId);
  await deliver(shop, eventOf('checkout.session.expired', { ...session, status: 'expired' }));
  const second = await checkout(shop, await newBuyer(), [{ id: product, type: 'PRODUCT' }]);
  await submitCard(first.url, PAID_CARD);
  return { product, late, first, second };
}

/** The same, when no event but that of the payment arrives: the job has to find out about the refund. */
async function payLateWithoutWebhook() {
  shop.simulator.webhooks.pause();
  const late = await payLate();
  const session = await stripe.checkout.sessions.retrieve(late.first.sessionId);
  await deliver(shop, eventOf('checkout.session.completed', session));
  return late;
}

test('The money goes back, once, and the order stays over', async () => {
  const { product, late, first, second } = await payLate();
  const refund = await eventually(async () => {
    const { payment_intent: paymentIntent } = await stripe.checkout.sessions.retrieve(first.sessionId);
    const { data } = await stripe.refunds.list({ payment_intent: String(paymentIntent) });
    expect(data).toHaveLength(1);
    return data[0];
  });
  expect(refund).toMatchObject({ amount: 1500, currency: 'eur', metadata: { order_id: first.order.id } });
  const order = await eventually(async () => {
    const read = await orderBySession(shop, late, first.sessionId);
    expect(read?.timeline.at(-1)).toMatchObject({ cause: 'REFUND_STATUS_CHANGED' });
    return read;
  });
  expect(order).toMatchObject({ status: 'EXPIRED', number: null, paidAt: null });
  const { refunds } = await moneyOf(shop, await newStaff(), first.order.id);
  expect(refunds).toMatchObject([{ reason: 'GOODS_UNAVAILABLE', note: 'paid after the goods had gone to others' }]);
  expect((await moneyOf(shop, late, first.order.id)).refunds).toMatchObject([
    { reason: 'GOODS_UNAVAILABLE', note: null },
  ]);
  expect(order?.timeline.map(({ cause }) => cause).slice(-3)).toEqual([
    'REFUND_DUE',
    'REFUND_ISSUED',
    'REFUND_STATUS_CHANGED',
  ]);
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
  await submitCard(second.url, PAID_CARD);
  await eventually(async () => expect(await stockOf(shop.orm, product)).toEqual({ onHand: 0, held: 0 }));
});

test('An answer of Stripe’s that was lost does not send the money twice', async () => {
  shop.simulator.faults.failNext({ method: 'POST', path: '/v1/refunds', kind: 'reset-after-work' });
  const { late, first } = await payLateWithoutWebhook();
  await eventually(async () => {
    const causes = (await orderBySession(shop, late, first.sessionId))?.timeline.map(({ cause }) => cause);
    expect(causes?.slice(-2)).toEqual(['REFUND_ISSUED', 'REFUND_STATUS_CHANGED']);
  });
  const { payment_intent: paymentIntent } = await stripe.checkout.sessions.retrieve(first.sessionId);
  expect((await stripe.refunds.list({ payment_intent: String(paymentIntent) })).data).toHaveLength(1);
});

test('A refund that was made, of which nobody heard, is not made again by the next attempt', async () => {
  // An answer that ends the attempt at once, after Stripe has done the work.
  shop.simulator.faults.failNext({ method: 'POST', path: '/v1/refunds', kind: 'status-after-work', status: 401 });
  const { late, first } = await payLateWithoutWebhook();
  const { payment_intent: paymentIntent } = await stripe.checkout.sessions.retrieve(first.sessionId);
  const made = async () => (await stripe.refunds.list({ payment_intent: String(paymentIntent) })).data;
  await eventually(async () => expect(await made()).toHaveLength(1));
  shop.clock.advanceMinutes(5);
  await eventually(async () => {
    await shop.runJob('issue-refunds');
    await shop.runJob('sync-payments');
    const causes = (await orderBySession(shop, late, first.sessionId))?.timeline.map(({ cause }) => cause);
    // The same answer once more, since it was asked under the same key: Stripe would refuse to make another.
    expect(causes?.slice(-2)).toEqual(['REFUND_ISSUED', 'REFUND_STATUS_CHANGED']);
  });
  expect(await made()).toHaveLength(1);
});

test('A refund whose idempotency key may have expired is looked up before it is made again', async () => {
  shop.simulator.faults.failNext({ method: 'POST', path: '/v1/refunds', kind: 'status-after-work', status: 401 });
  const { late, first } = await payLate();
  const { payment_intent: paymentIntent } = await stripe.checkout.sessions.retrieve(first.sessionId);
  const made = async () => (await stripe.refunds.list({ payment_intent: String(paymentIntent) })).data;
  await eventually(async () => expect(await made()).toHaveLength(1));
  shop.clock.advanceMinutes(24 * 60);
  shop.stripeClock.advanceMinutes(25 * 60);
  await eventually(async () => {
    await shop.runJob('issue-refunds');
    await shop.runJob('sync-payments');
    const read = await orderBySession(shop, late, first.sessionId);
    expect(read?.timeline.at(-1)).toMatchObject({ cause: 'REFUND_STATUS_CHANGED' });
  });
  expect(await made()).toHaveLength(1);
});

test('A refund that Stripe rejects is left to staff, and said in the log', async () => {
  shop.simulator.faults.failNext({ method: 'POST', path: '/v1/refunds', kind: 'status', status: 400 });
  const { late, first } = await payLate();
  await eventually(async () => {
    const read = await orderBySession(shop, late, first.sessionId);
    expect(read?.timeline.at(-1)).toMatchObject({ cause: 'REFUND_REJECTED' });
  });
  expect(shop.log.some((line) => line.includes('Refund not issued') && line.includes(first.order.id))).toBe(true);
});

test('A refund of ours that somebody cancels at Stripe is owed all the same: it is logged for staff, who may repeat it', async () => {
  const { first } = await payLate();
  const staff = await newStaff();
  await eventually(async () => expect((await moneyOf(shop, staff, first.order.id)).refundStatus).toBe('FULL'));
  const { payment_intent: paymentIntent } = await stripe.checkout.sessions.retrieve(first.sessionId);
  const [refund] = (await stripe.refunds.list({ payment_intent: String(paymentIntent) })).data;
  const takenBack = { ...refund, status: 'canceled' };
  const list = { object: 'list', url: '/v1/refunds', has_more: false, data: [takenBack] };
  shop.simulator.faults.failNext({ method: 'GET', path: '/v1/refunds', kind: 'status', status: 200, body: list });
  await deliver(shop, eventOf('refund.updated', takenBack));
  const money = await eventually(async () => {
    const read = await moneyOf(shop, staff, first.order.id);
    expect(read).toMatchObject({ refundStatus: 'FAILED', refunds: [{ state: 'FAILED' }] });
    return read;
  });
  expect(shop.log.some((line) => line.includes('Refund failed') && line.includes(first.order.id))).toBe(true);
  const retry = 'mutation ($id: ID!) { retryRefund(refundId: $id) { refund { state } } }';
  const { errors } = await shop.graphql(retry, { id: money.refunds[0]?.id }, staff.token);
  expect(errors).toBeUndefined();
});
