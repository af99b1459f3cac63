/** Unpaid checkouts whose time is over: Stripe is asked before anything is released. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { checkout, orderBySession, submitCard } from '../../support/checkout.js';
import { copyOrder } from '../../support/copied-orders.js';
import { addProduct, stockOf } from '../../support/shop.js';
import { newBuyer, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterEach(() => {
  shop.simulator.faults.clear();
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

/** A checkout of which no webhook will ever tell. */
async function checkoutWithoutWebhook() {
  shop.simulator.webhooks.pause();
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { onHand: 1 });
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
  const order = async () => {
    const [row] = await shop.orm.em.fork().execute('select status from orders where id = ?', [session.order.id]);
    return row;
  };
  return { ...session, buyer, product, order, id: session.order.id };
}

function afterItsTime(minutes = 40): void {
  shop.clock.advanceMinutes(minutes);
  shop.stripeClock.advanceMinutes(minutes);
}

test('A lost “expired” event strands no stock', async () => {
  const { order, product } = await checkoutWithoutWebhook();
  await shop.runJob('expire-checkouts');
  expect(await order()).toEqual({ status: 'PENDING' });
  afterItsTime();
  await shop.runJob('expire-checkouts');
  expect(await order()).toEqual({ status: 'EXPIRED' });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
});

test('A session that Stripe still keeps open is ended there first', async () => {
  const { order, sessionId } = await checkoutWithoutWebhook();
  // Stripe's clock is behind ours.
  shop.clock.advanceMinutes(40);
  await shop.runJob('expire-checkouts');
  expect(await order()).toEqual({ status: 'EXPIRED' });
  const ended = shop.simulator.requests().filter(({ path }) => path === `/v1/checkout/sessions/${sessionId}/expire`);
  expect(ended).toHaveLength(1);
});

test('A session that was paid at the last moment is applied instead', async () => {
  const { order, product, url } = await checkoutWithoutWebhook();
  await submitCard(url, '4242424242424242');
  afterItsTime();
  await shop.runJob('expire-checkouts');
  expect(await order()).toEqual({ status: 'PAID' });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 0, held: 0 });
});

test('While Stripe does not respond nothing is released, and it is called again later', async () => {
  const { order, product, sessionId } = await checkoutWithoutWebhook();
  afterItsTime();
  const path = `/v1/checkout/sessions/${sessionId}`;
  shop.simulator.faults.failNext({ method: 'GET', path, kind: 'status', status: 401 });
  await shop.runJob('expire-checkouts');
  await shop.runJob('expire-checkouts');
  expect(await order()).toEqual({ status: 'PENDING' });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
  afterItsTime(5);
  await shop.runJob('expire-checkouts');
  expect(await order()).toEqual({ status: 'EXPIRED' });
});

test('A session that Stripe does not find keeps its goods, with errors in the log, and is reviewed by staff after a day', async () => {
  const { order, product } = await checkoutWithoutWebhook();
  const { orm } = shop;
  const sessionId = 'cs_test_that_stripe_never_made';
  const [row] = await orm.em
    .fork()
    .execute<{ id: string }[]>(
      `update orders set checkout_session_id = ? where id in (select order_id from order_lines where item_id = ? and type = 'PRODUCT') returning id`,
      [sessionId, product],
    );
  afterItsTime();
  await shop.runJob('expire-checkouts');
  expect(await order()).toEqual({ status: 'PENDING' });
  expect(shop.log.some((line) => line.includes('session not found at Stripe') && line.includes(row?.id ?? '?'))).toBe(
    true,
  );
  afterItsTime(25 * 60);
  await shop.runJob('expire-checkouts');
  expect(await order()).toEqual({ status: 'UNDER_REVIEW' });
  expect(await stockOf(orm, product)).toEqual({ onHand: 1, held: 1 });
});

test('Every unpaid order past its time is looked at, however many there are', async () => {
  const open = await Promise.all(Array.from({ length: 5 }, () => checkoutWithoutWebhook()));
  afterItsTime();
  await shop.runJob('expire-checkouts');
  for (const { order } of open) expect(await order()).toEqual({ status: 'EXPIRED' });
});

test('Orders that cannot be ended hold up none, and are tried less and less often', async () => {
  const old = await checkoutWithoutWebhook();
  const remove = await copyOrder(shop.orm, old.id, 60);
  const expiresEarlier = `update orders set expires_at = expires_at - interval '1 minute' where checkout_session_id like 'cs_test_unknown_%'`;
  await shop.orm.em.fork().execute(expiresEarlier);
  const good = await checkoutWithoutWebhook();
  afterItsTime();
  await shop.runJob('expire-checkouts');
  expect(await good.order()).toEqual({ status: 'EXPIRED' });
  const asked = () => shop.simulator.requests().filter(({ path }) => path.includes('cs_test_unknown_')).length;
  expect(asked()).toBe(60);
  const tries: number[] = [];
  for (let minute = 1; minute <= 8; minute += 1) {
    shop.clock.advanceMinutes(1.1);
    await shop.runJob('expire-checkouts');
    tries.push(asked() / 60);
  }
  // After one minute, two more, and four more.
  expect(tries).toEqual([2, 2, 3, 3, 3, 3, 4, 4]);
  await remove();
});

test('An order that was never tried comes before those that failed', async () => {
  const old = await checkoutWithoutWebhook();
  const remove = await copyOrder(shop.orm, old.id, 3);
  afterItsTime();
  await shop.runJob('expire-checkouts');
  const young = await checkoutWithoutWebhook();
  afterItsTime();
  shop.simulator.forgetRequests();
  await shop.runJob('expire-checkouts', { concurrency: 1 });
  await remove();
  const asked = shop.simulator.requests().map(({ path }) => path);
  const ours = asked.filter((path) => path.includes(young.sessionId) || path.includes('cs_test_unknown_'));
  expect(ours).toHaveLength(4);
  expect(ours[0]).toContain(young.sessionId);
});

test('The return page of an order that ended says so, without a webhook', async () => {
  const { buyer, sessionId } = await checkoutWithoutWebhook();
  afterItsTime();
  expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'EXPIRED', checkoutUrl: null });
});
