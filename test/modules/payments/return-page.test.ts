/** The return page tells the truth, with or without webhooks, and asks Stripe no more than it must. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { checkout, orderBySession, submitCard } from '../../support/checkout.js';
import { addProduct, stockOf } from '../../support/shop.js';
import { newBuyer, newStaff, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterEach(() => {
  shop.simulator.faults.clear();
  shop.clock.reset();
});
afterAll(() => shop.close());

/** No webhook ever arrives. */
async function checkoutWithoutWebhook() {
  shop.simulator.webhooks.pause();
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { onHand: 2 });
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
  const asked = () =>
    shop.simulator
      .requests()
      .filter(({ method, path }) => method === 'GET' && path.startsWith(`/v1/checkout/sessions/${session.sessionId}`))
      .length;
  const read = () => orderBySession(shop, buyer, session.sessionId);
  return { ...session, buyer, product, asked, read };
}

test('A payment without a webhook shows at once, and is applied as by the webhook', async () => {
  const { url, read, product } = await checkoutWithoutWebhook();
  await submitCard(url, '4242424242424242');
  const order = await read();
  expect(order).toMatchObject({ status: 'PAID', number: expect.any(String) });
  expect(order?.timeline.at(-1)).toMatchObject({ to: 'PAID', cause: 'PAYMENT_RECEIVED', actor: 'STRIPE' });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
});

test('Stripe is asked at most once in five seconds an order, however often the page asks', async () => {
  const { read, asked } = await checkoutWithoutWebhook();
  await Promise.all(Array.from({ length: 20 }, read));
  expect(asked()).toBe(1);
  shop.clock.advanceMinutes(1);
  await Promise.all(Array.from({ length: 20 }, read));
  expect(asked()).toBe(2);
});

test('An order that is paid is not polled', async () => {
  const { url, read, asked } = await checkoutWithoutWebhook();
  await submitCard(url, '4242424242424242');
  await read();
  shop.clock.advanceMinutes(1);
  await read();
  expect(asked()).toBe(1);
});

test('While Stripe does not respond the page shows the stored status', async () => {
  const { url, read, sessionId } = await checkoutWithoutWebhook();
  await submitCard(url, '4242424242424242');
  const path = `/v1/checkout/sessions/${sessionId}`;
  shop.simulator.faults.failNext({ method: 'GET', path, kind: 'status', status: 401 });
  expect(await read()).toMatchObject({ status: 'PENDING' });
  shop.clock.advanceMinutes(1);
  expect(await read()).toMatchObject({ status: 'PAID' });
});

test('The webhook and twenty return pages at once apply it once', async () => {
  const { url, read, product } = await checkoutWithoutWebhook();
  await submitCard(url, '4242424242424242');
  shop.simulator.webhooks.resume();
  await Promise.all([shop.simulator.webhooks.idle(), ...Array.from({ length: 20 }, read)]);
  const order = await read();
  expect(order?.timeline.map(({ to }) => to)).toEqual(['PENDING', 'PAID']);
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
});

test('A stranger gets null, and Stripe is not asked for them; staff see what the buyer sees', async () => {
  const { url, sessionId, asked } = await checkoutWithoutWebhook();
  await submitCard(url, '4242424242424242');
  expect(await orderBySession(shop, await newBuyer(), sessionId)).toBeNull();
  expect(asked()).toBe(0);
  expect(await orderBySession(shop, await newStaff(), sessionId)).toMatchObject({ status: 'PAID' });
});
