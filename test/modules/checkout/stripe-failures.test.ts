/** When Stripe fails: the order waits and can be gone on with, or is cancelled and released; never half made. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { checkout, checkoutInput, customerInfo, type ItemInput, tryCheckout } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { installationIdOf } from '../../support/stripe-events.js';
import { newBuyer, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterEach(() => {
  shop.simulator.faults.clear();
  shop.clock.reset();
});
afterAll(() => shop.close());

const CREATE = { method: 'POST', path: '/v1/checkout/sessions' };
const line = (id: number): ItemInput => ({ id, type: 'PRODUCT', quantity: 1 });

interface StoredOrder {
  id: string;
  status: string;
  key: string | null;
  session: string | null;
}

async function ordersOf({ id }: Person): Promise<StoredOrder[]> {
  return shop.orm.em
    .fork()
    .execute(
      'select id, status, idempotency_key as key, checkout_session_id as session from orders where buyer_id = ? order by created_at',
      [id],
    );
}

const attemptsFor = (orderId: string) =>
  shop.simulator.requests().filter(({ idempotencyKey }) => idempotencyKey?.includes(orderId));

describe('A failure that passes', () => {
  test.each([
    ['a reset before the work', { ...CREATE, kind: 'reset-before-work' as const }],
    ['a reset after the work', { ...CREATE, kind: 'reset-after-work' as const }],
    ['409', { ...CREATE, kind: 'status' as const, status: 409 }],
    ['429', { ...CREATE, kind: 'status' as const, status: 429 }],
    ['503 before the work', { ...CREATE, kind: 'status' as const, status: 503 }],
  ])('%s: is repeated with the same key, and one session is made', async (_, fault) => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm);
    shop.simulator.faults.failNext(fault);
    const session = await checkout(shop, buyer, [line(product)]);
    const attempts = attemptsFor(session.order.id);
    expect(attempts.length).toBeGreaterThanOrEqual(2);
    expect(new Set(attempts.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(1);
    expect(new Set(attempts.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(await ordersOf(buyer)).toMatchObject([{ status: 'PENDING', session: session.sessionId }]);
  });
});

describe('A failure that lasts', () => {
  test('is PAYMENT_PROVIDER_UNAVAILABLE; the order keeps its goods, and the same request continues it', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { onHand: 1 });
    const input = checkoutInput([line(product)], { idempotencyKey: randomUUID() });
    shop.simulator.faults.failNext(
      ...Array.from({ length: 20 }, () => ({ ...CREATE, kind: 'status' as const, status: 500 })),
    );
    const failed = await tryCheckout(shop, buyer, input);
    expect(failed.errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    const [order] = await ordersOf(buyer);
    expect(order).toMatchObject({ status: 'PENDING', session: null });
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });

    shop.simulator.faults.clear();
    const { data } = await tryCheckout(shop, buyer, input);
    expect(data?.createCheckoutSession.order.id).toBe(order?.id);
    expect(new Set(attemptsFor(order?.id ?? '').map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(await ordersOf(buyer)).toHaveLength(1);
  });

  test('a response that trickles in for ever times out, and the order waits', async () => {
    // Stands for Stripe: a byte a second keeps the connection from ever being idle. Only whose key it is, it says at
    // once.
    const trickling = createServer(({ url }, response) => {
      if (url === '/v1/account') return response.end(JSON.stringify({ id: 'acct_1trickles', object: 'account' }));
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 500);
      response.on('close', () => clearInterval(timer));
    }).listen(0, '127.0.0.1');
    await once(trickling, 'listening');
    const { port } = trickling.address() as AddressInfo;
    const other = await startTestApp({ STRIPE_API_URL: `http://127.0.0.1:${port}` });
    const buyer = await newBuyer();
    const product = await addProduct(other.orm);
    const { errors } = await tryCheckout(other, buyer, checkoutInput([line(product)]));
    expect(errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    expect(await ordersOf(buyer)).toMatchObject([{ status: 'PENDING' }]);
    trickling.closeAllConnections();
    trickling.close();
    await other.close();
  });

  test('a response without a session counts as none', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm);
    shop.simulator.faults.failNext({ ...CREATE, kind: 'status', status: 200, body: {} });
    const session = await checkout(shop, buyer, [line(product)]);
    expect(await ordersOf(buyer)).toMatchObject([{ status: 'PENDING', session: session.sessionId }]);
  });

  test('a wrong key at Stripe’s is not repeated and cancels nothing', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm);
    shop.simulator.faults.failNext({ ...CREATE, kind: 'status', status: 401 });
    const { errors } = await tryCheckout(shop, buyer, checkoutInput([line(product)]));
    expect(errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    const [order] = await ordersOf(buyer);
    expect(order?.status).toBe('PENDING');
    expect(attemptsFor(order?.id ?? '')).toHaveLength(1);
  });

  test('a 500 that Stripe replays for the key: the session that was made all the same is found', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm);
    shop.simulator.faults.failNext({ ...CREATE, kind: 'status-after-work', status: 500 });
    const session = await checkout(shop, buyer, [line(product)]);
    expect(await ordersOf(buyer)).toMatchObject([{ status: 'PENDING', session: session.sessionId }]);
  });
});

describe('A 500 that Stripe replays for the key, with no session to be found,', () => {
  const replayed = { ...CREATE, kind: 'status' as const, status: 500, headers: { 'idempotent-replayed': 'true' } };

  test('leaves the order waiting for two minutes, and then gives it up', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { onHand: 1 });
    const input = checkoutInput([line(product)], { idempotencyKey: randomUUID() });
    shop.simulator.faults.failNext(replayed);
    const early = await tryCheckout(shop, buyer, input);
    expect(early.errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    expect(await ordersOf(buyer)).toMatchObject([{ status: 'PENDING' }]);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });

    shop.clock.advanceMinutes(2.5);
    shop.simulator.faults.failNext(replayed);
    await tryCheckout(shop, buyer, input);
    expect(await ordersOf(buyer)).toMatchObject([{ status: 'CANCELLED', key: null }]);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
  });
});

test('An order that its buyer cancels, whose session Stripe neither makes nor lists, is over after two minutes', async () => {
  const replayed = { ...CREATE, kind: 'status' as const, status: 500, headers: { 'idempotent-replayed': 'true' } };
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { onHand: 1 });
  shop.simulator.faults.failNext(replayed);
  await tryCheckout(shop, buyer, checkoutInput([line(product)]));
  const [order] = await ordersOf(buyer);
  const cancel = () =>
    shop.graphql('mutation ($id: ID!) { cancelOrder(orderId: $id) { status } }', { id: order?.id }, buyer.token);
  shop.simulator.faults.failNext(replayed);
  expect((await cancel()).errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });

  shop.clock.advanceMinutes(2.5);
  shop.simulator.faults.failNext(replayed);
  expect((await cancel()).data).toEqual({ cancelOrder: { status: 'CANCELLED' } });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
});

test('An order that is cancelled while Stripe is asked: the new session is ended, and nobody can pay it', async () => {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm);
  shop.simulator.faults.failNext({ ...CREATE, kind: 'delay', ms: 1_000 });
  const answer = tryCheckout(shop, buyer, checkoutInput([line(product)]));
  const order = await eventually(async () => {
    const [placed] = await ordersOf(buyer);
    expect(placed).toBeDefined();
    return placed as StoredOrder;
  });
  await shop.orm.em.fork().execute('update orders set cancel_requested_at = now() where id = ?', [order.id]);
  expect((await answer).errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
  const writes = shop.simulator.requests().filter(({ method }) => method === 'POST');
  expect(writes.at(-1)?.path).toMatch(/\/expire$/);
});

describe('A rejection', () => {
  const rejection = (param: string) => ({
    ...CREATE,
    kind: 'status' as const,
    status: 400,
    body: { error: { type: 'invalid_request_error', message: `Not a valid value: ${customerInfo.email}`, param } },
  });

  test('of the e-mail address names the field; the order is cancelled, its goods and key are free', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { onHand: 1 });
    const input = checkoutInput([line(product)], { idempotencyKey: randomUUID() });
    shop.simulator.faults.failNext(rejection('customer_email'));
    const { errors } = await tryCheckout(shop, buyer, input);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { 'customerInfo.email': expect.any(String) },
    });
    expect(await ordersOf(buyer)).toMatchObject([{ status: 'CANCELLED', key: null, session: null }]);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });

    const { data } = await tryCheckout(shop, buyer, input);
    expect(data?.createCheckoutSession.order.status).toBe('PENDING');
  });

  test('of anything else is masked, logged without what the buyer typed, and released', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { onHand: 1 });
    shop.simulator.faults.failNext(rejection('line_items'));
    const { errors } = await tryCheckout(shop, buyer, checkoutInput([line(product)]));
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) });
    expect(await ordersOf(buyer)).toMatchObject([{ status: 'CANCELLED' }]);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
    expect(shop.log.join('')).toContain('Stripe rejected the checkout session');
    expect(shop.log.join('')).not.toContain(customerInfo.email);
  });

  test('of expires_at, when the repetition comes too late: released, and the next attempt creates a new order', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { onHand: 1 });
    const input = checkoutInput([line(product)], { idempotencyKey: randomUUID() });
    shop.simulator.faults.failNext({ ...CREATE, kind: 'status', status: 401 });
    await tryCheckout(shop, buyer, input);

    shop.clock.advanceMinutes(10);
    shop.stripeClock.advanceMinutes(10);
    const late = await tryCheckout(shop, buyer, input);
    shop.clock.reset();
    shop.stripeClock.reset();
    expect(late.errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    expect(await ordersOf(buyer)).toMatchObject([{ status: 'CANCELLED', key: null }]);
    const { data } = await tryCheckout(shop, buyer, input);
    expect(data?.createCheckoutSession.order.status).toBe('PENDING');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
  });
});

test('The request to Stripe names the order three times, and fixes amount, currency and end', async () => {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { priceMinor: 1990, name: 'Carte' });
  const session = await checkout(shop, buyer, [{ ...line(product), quantity: 3 }]);
  const [attempt] = attemptsFor(session.order.id);
  const metadata = {
    application: 'comptoir',
    order_id: session.order.id,
    installation_id: await installationIdOf(shop),
    purpose: 'order',
  };
  expect(attempt?.parameters).toMatchObject({
    mode: 'payment',
    client_reference_id: session.order.id,
    metadata,
    payment_intent_data: { metadata },
    customer_email: customerInfo.email,
    expires_at: String(Date.parse(session.expiresAt) / 1000),
    adaptive_pricing: { enabled: 'false' },
    success_url: 'http://localhost:3000/success?success=true&session_id={CHECKOUT_SESSION_ID}',
    line_items: [
      { quantity: '3', price_data: { currency: 'eur', unit_amount: '1990', product_data: { name: 'Carte' } } },
    ],
  });
});

test('The order’s id takes its place in the return URLs that Stripe is given', async () => {
  const buyer = await newBuyer();
  const session = await checkout(shop, buyer, [line(await addProduct(shop.orm))], {
    successUrl: 'http://localhost:3000/{ORDER_ID}?s={CHECKOUT_SESSION_ID}',
    cancelUrl: 'http://localhost:3000/cart?order={ORDER_ID}',
  });
  expect(attemptsFor(session.order.id)[0]?.parameters).toMatchObject({
    success_url: `http://localhost:3000/${session.order.id}?s={CHECKOUT_SESSION_ID}`,
    cancel_url: `http://localhost:3000/cart?order=${session.order.id}`,
  });
});

test('Equipment that leaves within 14 days is not sold against money that may take as long', async () => {
  const buyer = await newBuyer();
  const equipment = await addEquipment(shop.orm);
  const rent = async (daysAhead: number) => {
    const startDate = addDays(shopDay(), daysAhead);
    const session = await checkout(shop, buyer, [{ id: equipment, type: 'EQUIPMENT', days: 1, startDate }]);
    return attemptsFor(session.order.id)[0]?.parameters.excluded_payment_method_types;
  };
  expect(await rent(2)).toEqual(expect.arrayContaining(['sepa_debit']));
  expect(await rent(20)).toBeUndefined();
  const product = await checkout(shop, buyer, [line(await addProduct(shop.orm))]);
  expect(attemptsFor(product.order.id)[0]?.parameters.excluded_payment_method_types).toBeUndefined();
});
