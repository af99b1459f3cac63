/** Checkouts that a crash, or a silent Stripe, left between their phases. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { type FailPoint, onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { checkout, checkoutInput, tryCheckout } from '../../support/checkout.js';
import { copyOrder } from '../../support/copied-orders.js';
import { addProduct, stockOf } from '../../support/shop.js';
import { newBuyer, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let stripe: Stripe;

beforeAll(async () => {
  shop = await startTestApp();
  stripe = stripeOf(shop);
});
afterEach(() => {
  onFailPoint(null);
  shop.simulator.faults.clear();
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

interface Attempt {
  buyer: Person;
  product: number;
  input: object;
}

async function newAttempt(): Promise<Attempt> {
  const product = await addProduct(shop.orm, { onHand: 1 });
  const input = checkoutInput([{ id: product, type: 'PRODUCT' }], { idempotencyKey: randomUUID() });
  return { buyer: await newBuyer(), product, input };
}

/** The request ends at the point as if its process had: nothing after it happens. */
async function dieAt(point: FailPoint, { buyer, input }: Attempt): Promise<void> {
  onFailPoint((name) => {
    if (name === point) throw new Error('the process died');
  });
  const { errors } = await tryCheckout(shop, buyer, input);
  expect(errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
  onFailPoint(null);
}

async function ordersOf({ buyer }: Attempt) {
  return shop.orm.em
    .fork()
    .execute<{ id: string; status: string; session: string | null; key: string | null }[]>(
      `select id, status, checkout_session_id as session, idempotency_key as key from orders where buyer_id = ?`,
      [buyer.id],
    );
}

async function sessionsOf(attempt: Attempt): Promise<Stripe.Checkout.Session[]> {
  const ids = (await ordersOf(attempt)).map(({ id }) => id);
  const { data } = await stripe.checkout.sessions.list({ limit: 100 });
  return data.filter(({ client_reference_id: orderId }) => ids.includes(orderId ?? ''));
}

const points: FailPoint[] = [
  'checkout: order committed',
  'checkout: Stripe answered',
  'checkout: before the session is committed',
  'checkout: session committed',
];

describe.each(points)('When the process dies at “%s”,', (point) => {
  test('the buyer’s repetition continues at once, with one order and one session', async () => {
    const attempt = await newAttempt();
    await dieAt(point, attempt);
    const { data } = await tryCheckout(shop, attempt.buyer, attempt.input);
    expect(data?.createCheckoutSession).toMatchObject({ url: expect.any(String), order: { status: 'PENDING' } });
    expect(await ordersOf(attempt)).toHaveLength(1);
    expect(await sessionsOf(attempt)).toHaveLength(1);
    expect(await stockOf(shop.orm, attempt.product)).toEqual({ onHand: 1, held: 1 });
  });

  test('recovery finishes it after two minutes, and the repetition finds the same session', async () => {
    const attempt = await newAttempt();
    await dieAt(point, attempt);
    await shop.runJob('recover-checkouts');
    const [before] = await ordersOf(attempt);
    expect(before?.session === null).toBe(point !== 'checkout: session committed');
    shop.clock.advanceMinutes(3);
    await shop.runJob('recover-checkouts');
    const [order] = await ordersOf(attempt);
    const sessions = await sessionsOf(attempt);
    expect(sessions.map(({ id }) => id)).toEqual([order?.session]);
    const { data } = await tryCheckout(shop, attempt.buyer, attempt.input);
    expect(data?.createCheckoutSession.sessionId).toBe(order?.session);
  });
});

test('A process that dies before the order is committed leaves nothing behind', async () => {
  const attempt = await newAttempt();
  await dieAt('checkout: before the order is committed', attempt);
  expect(await ordersOf(attempt)).toEqual([]);
  expect(await stockOf(shop.orm, attempt.product)).toEqual({ onHand: 1, held: 0 });
  await tryCheckout(shop, attempt.buyer, attempt.input);
  expect(await ordersOf(attempt)).toHaveLength(1);
});

test('An order whose time is over before Stripe was called is cancelled, and its goods and key are free', async () => {
  const attempt = await newAttempt();
  await dieAt('checkout: order committed', attempt);
  shop.clock.advanceMinutes(40);
  shop.stripeClock.advanceMinutes(40);
  await shop.runJob('recover-checkouts');
  shop.stripeClock.reset();
  expect(await ordersOf(attempt)).toMatchObject([{ status: 'CANCELLED', session: null, key: null }]);
  expect(await stockOf(shop.orm, attempt.product)).toEqual({ onHand: 1, held: 0 });
  expect(await sessionsOf(attempt)).toEqual([]);
});

test('An order whose idempotency key may have expired is looked up, and its session stored', async () => {
  const attempt = await newAttempt();
  await dieAt('checkout: Stripe answered', attempt);
  shop.clock.advanceMinutes(25 * 60);
  shop.stripeClock.advanceMinutes(25 * 60);
  await shop.runJob('recover-checkouts');
  const [order] = await ordersOf(attempt);
  const sessions = await sessionsOf(attempt);
  expect(sessions.map(({ id }) => id)).toEqual([order?.session]);
});

test('An order whose key Stripe may have forgotten stays as it is while Stripe refuses to list its sessions', async () => {
  const attempt = await newAttempt();
  await dieAt('checkout: Stripe answered', attempt);
  shop.clock.advanceMinutes(25 * 60);
  shop.stripeClock.advanceMinutes(25 * 60);
  shop.simulator.faults.failNext({ method: 'GET', path: '/v1/checkout/sessions', kind: 'status', status: 400 });
  await shop.runJob('recover-checkouts');
  expect(await ordersOf(attempt)).toMatchObject([{ status: 'PENDING', session: null }]);
});

test('While Stripe does not respond, recovery keeps the order and tries again a minute later', async () => {
  const attempt = await newAttempt();
  await dieAt('checkout: order committed', attempt);
  shop.clock.advanceMinutes(3);
  const path = '/v1/checkout/sessions';
  shop.simulator.faults.failNext({ method: 'POST', path, kind: 'status', status: 401 });
  await shop.runJob('recover-checkouts');
  expect(await ordersOf(attempt)).toMatchObject([{ status: 'PENDING', session: null }]);
  // Claimed for a minute: another process leaves it alone.
  await shop.runJob('recover-checkouts');
  expect(await ordersOf(attempt)).toMatchObject([{ session: null }]);
  shop.clock.advanceMinutes(2);
  await shop.runJob('recover-checkouts');
  expect(await ordersOf(attempt)).toMatchObject([{ status: 'PENDING', session: expect.stringContaining('cs_') }]);
});

const cancellationPoints: FailPoint[] = ['cancel: request committed', 'cancel: Stripe answered'];

test.each(cancellationPoints)('A cancellation that died at “%s” is finished', async (point) => {
  const attempt = await newAttempt();
  const session = await checkout(shop, attempt.buyer, [{ id: attempt.product, type: 'PRODUCT' }]);
  onFailPoint((name) => {
    if (name === point) throw new Error('the process died');
  });
  const CANCEL = 'mutation ($id: ID!) { cancelOrder(orderId: $id) { status } }';
  // Stripe's own event would end the order as well.
  shop.simulator.webhooks.pause();
  await shop.graphql(CANCEL, { id: session.order.id }, attempt.buyer.token);
  onFailPoint(null);
  expect(await ordersOf(attempt)).toMatchObject([{ status: 'PENDING' }]);
  shop.clock.advanceMinutes(3);
  await shop.runJob('recover-checkouts');
  expect(await ordersOf(attempt)).toMatchObject([{ status: 'CANCELLED' }]);
  expect(await stockOf(shop.orm, attempt.product)).toEqual({ onHand: 1, held: 0 });
  expect((await stripe.checkout.sessions.retrieve(session.sessionId)).status).toBe('expired');
  shop.clock.reset();
  shop.simulator.webhooks.resume();
});

test('Cancellations that Stripe rejects hold up none, and are tried less and less often', async () => {
  shop.simulator.webhooks.pause();
  const attempt = await newAttempt();
  const session = await checkout(shop, attempt.buyer, [{ id: attempt.product, type: 'PRODUCT' }]);
  const cancelled = 'update orders set cancel_requested_at = created_at where id = ?';
  await shop.orm.em.fork().execute(cancelled, [session.order.id]);
  const remove = await copyOrder(shop.orm, session.order.id, 60);
  const late = await newAttempt();
  const lateSession = await checkout(shop, late.buyer, [{ id: late.product, type: 'PRODUCT' }]);
  await shop.orm.em.fork().execute(cancelled, [lateSession.order.id]);
  shop.clock.advanceMinutes(3);
  await shop.runJob('recover-checkouts');
  expect(await ordersOf(late)).toMatchObject([{ status: 'CANCELLED' }]);
  const asked = () =>
    shop.simulator.requests().filter(({ method, path }) => method === 'POST' && path.includes('unknown')).length / 60;
  expect(asked()).toBe(1);
  const tries: number[] = [];
  for (let minute = 1; minute <= 4; minute += 1) {
    shop.clock.advanceMinutes(1.1);
    await shop.runJob('recover-checkouts');
    tries.push(asked());
  }
  expect(tries).toEqual([2, 2, 3, 3]);
  await remove();
  shop.simulator.webhooks.resume();
});

test('A cancellation that was never tried comes before those that failed', async () => {
  shop.simulator.webhooks.pause();
  const cancelled = async () => {
    const attempt = await newAttempt();
    const { order, sessionId } = await checkout(shop, attempt.buyer, [{ id: attempt.product, type: 'PRODUCT' }]);
    await shop.orm.em.fork().execute('update orders set cancel_requested_at = created_at where id = ?', [order.id]);
    return { id: order.id, sessionId };
  };
  const remove = await copyOrder(shop.orm, (await cancelled()).id, 3);
  shop.clock.advanceMinutes(3);
  await shop.runJob('recover-checkouts');
  const young = await cancelled();
  shop.clock.advanceMinutes(3);
  shop.simulator.forgetRequests();
  await shop.runJob('recover-checkouts', { concurrency: 1 });
  await remove();
  const asked = shop.simulator.requests().map(({ path }) => path);
  const ours = asked.filter((path) => path.includes(young.sessionId) || path.includes('cs_test_unknown_'));
  expect(ours.length).toBeGreaterThan(3);
  expect(ours[0]).toContain(young.sessionId);
  shop.simulator.webhooks.resume();
});
