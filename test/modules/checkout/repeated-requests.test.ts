/** The same request again is the same order: keys, double clicks, and the original frontend that sends no key. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { checkout, checkoutInput, type ItemInput, submitCard, tryCheckout } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addProduct, stockOf, warmUp } from '../../support/shop.js';
import { newBuyer, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
  await warmUp(shop.orm);
});
afterEach(() => shop.clock.reset());
afterAll(() => shop.close());

const line = (id: number): ItemInput => ({ id, type: 'PRODUCT', quantity: 1 });
const sessionsCreatedFor = (orderId: string) =>
  shop.simulator.requests().filter(({ idempotencyKey }) => idempotencyKey?.includes(orderId));

describe('With an idempotencyKey', () => {
  test('twenty requests at once for the last piece give one order, one session and one answer', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { onHand: 1 });
    const input = checkoutInput([line(product)], { idempotencyKey: randomUUID() });
    const answers = await Promise.all(Array.from({ length: 20 }, () => tryCheckout(shop, buyer, input)));
    const sessions = new Set(answers.map(({ data }) => JSON.stringify(data?.createCheckoutSession)));
    expect([...sessions]).toEqual([expect.stringContaining('cs_test_')]);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
  });

  test('another basket is a conflict', async () => {
    const buyer = await newBuyer();
    const idempotencyKey = randomUUID();
    await checkout(shop, buyer, [line(await addProduct(shop.orm))], { idempotencyKey });
    const other = checkoutInput([line(await addProduct(shop.orm))], { idempotencyKey });
    const { errors } = await tryCheckout(shop, buyer, other);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
      fields: { idempotencyKey: expect.any(String) },
    });
  });

  test('the paid order is answered, with nothing left to pay', async () => {
    const buyer = await newBuyer();
    const items = [line(await addProduct(shop.orm))];
    const rest = { idempotencyKey: randomUUID() };
    const session = await checkout(shop, buyer, items, rest);
    await submitCard(session.url, '4242424242424242');
    await eventually(async () => {
      const { data } = await tryCheckout(shop, buyer, checkoutInput(items, rest));
      expect(data?.createCheckoutSession).toMatchObject({
        sessionId: session.sessionId,
        url: null,
        order: { id: session.order.id, status: 'PAID' },
      });
    });
  });

  test('two buyers may use the same key', async () => {
    const items = [line(await addProduct(shop.orm))];
    const rest = { idempotencyKey: 'cart-1' };
    const first = await checkout(shop, await newBuyer(), items, rest);
    const second = await checkout(shop, await newBuyer(), items, rest);
    expect(second.order.id).not.toBe(first.order.id);
  });

  test('a price change does not make the repetition another request', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { priceMinor: 1000 });
    const rest = { idempotencyKey: randomUUID() };
    const first = await checkout(shop, buyer, [line(product)], rest);
    await shop.orm.em.fork().execute('update products set price_minor = 2000 where id = ?', [product]);
    const again = await checkout(shop, buyer, [line(product)], rest);
    expect(again).toEqual(first);
    expect(again.order.total.amount).toBe(1000);
  });
});

describe('Without a key', () => {
  test('ten clicks at once are one order', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { onHand: 10 });
    const input = checkoutInput([line(product)]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => tryCheckout(shop, buyer, input)));
    expect(new Set(answers.map(({ data }) => data?.createCheckoutSession.order.id)).size).toBe(1);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 10, held: 1 });
  });

  test('an order that was placed with a key is another one', async () => {
    const buyer = await newBuyer();
    const items = [line(await addProduct(shop.orm))];
    const keyed = await checkout(shop, buyer, items, { idempotencyKey: randomUUID() });
    expect((await checkout(shop, buyer, items)).order.id).not.toBe(keyed.order.id);
  });

  test('the same basket within a minute is the same order', async () => {
    const buyer = await newBuyer();
    const items = [line(await addProduct(shop.orm))];
    const first = await checkout(shop, buyer, items);
    shop.clock.advanceMinutes(0.5);
    expect(await checkout(shop, buyer, items)).toEqual(first);
    expect(sessionsCreatedFor(first.order.id)).toHaveLength(1);
  });

  test('after a minute it is another order', async () => {
    const buyer = await newBuyer();
    const items = [line(await addProduct(shop.orm))];
    const first = await checkout(shop, buyer, items);
    shop.clock.advanceMinutes(1.1);
    expect((await checkout(shop, buyer, items)).order.id).not.toBe(first.order.id);
  });

  test('once paid, the same basket is bought again', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm);
    const first = await checkout(shop, buyer, [line(product)]);
    await submitCard(first.url, '4242424242424242');
    await eventually(async () => expect(await stockOf(shop.orm, product)).toEqual({ onHand: 9, held: 0 }));
    expect((await checkout(shop, buyer, [line(product)])).order.id).not.toBe(first.order.id);
  });
});
