/** A buyer pays the total that they agreed to: a price that changed since the quote stops the checkout. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkout, checkoutInput, type ItemInput, sessionWritesAt, tryCheckout } from '../../support/checkout.js';
import { activeBookings, addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(() => shop.close());

const line = (id: number): ItemInput => ({ id, type: 'PRODUCT', quantity: 2 });

async function quotedTotal(items: ItemInput[]): Promise<number> {
  const query = 'query ($items: [CheckoutItemInput!]!) { quote(items: $items) { total { amount } } }';
  const { data } = await shop.graphql<{ quote: { total: { amount: number } } }>(query, { items });
  return data?.quote.total.amount as number;
}

async function setPrice(product: number, price: number): Promise<void> {
  const query = `query ($id: ID!) { catalogueItem(type: PRODUCT, id: $id) { ... on Product { version } } }`;
  const staff = await newStaff();
  const found = await shop.graphql<{ catalogueItem: { version: number } }>(query, { id: product }, staff.token);
  const input = { id: product, version: found.data?.catalogueItem.version, price };
  const change = 'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { product { id } } }';
  expect((await shop.graphql(change, { input }, staff.token)).errors).toBeUndefined();
}

async function expectNothingStored(buyer: Person, product: number): Promise<void> {
  expect(await shop.orm.em.fork().execute('select 1 from orders where buyer_id = ?', [buyer.id])).toEqual([]);
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 10, held: 0 });
}

test('The total of the quote is charged', async () => {
  const product = await addProduct(shop.orm, { priceMinor: 1000 });
  const equipment = await addEquipment(shop.orm, { pricePerDayMinor: 4500 });
  const items = [line(product), { id: equipment, type: 'EQUIPMENT', quantity: 1, days: 3 }] as ItemInput[];
  const expectedTotal = await quotedTotal(items);
  expect(expectedTotal).toBe(15_500);
  const { order } = await checkout(shop, await newBuyer(), items, { expectedTotal });
  expect(order.total.amount).toBe(15_500);
  expect(await activeBookings(shop.orm, equipment)).toHaveLength(1);
});

test.each([
  ['rose', 1_001],
  ['fell', 999],
])('Where a price %s since, the error has the new total, and nothing is held, stored or opened', async (_, price) => {
  const product = await addProduct(shop.orm, { priceMinor: 1000 });
  const buyer = await newBuyer();
  const idempotencyKey = randomUUID();
  const items = [line(product)];
  const expectedTotal = await quotedTotal(items);
  await setPrice(product, price);
  const writesBefore = sessionWritesAt(shop);

  const rejected = await tryCheckout(shop, buyer, checkoutInput(items, { expectedTotal, idempotencyKey }));
  expect(rejected.errors?.[0]?.extensions).toEqual({
    code: 'PRICE_CHANGED',
    fields: { expectedTotal: expect.any(String) },
    total: { amount: 2 * price, currency: 'EUR' },
    requestId: expect.any(String),
  });
  expect(sessionWritesAt(shop)).toBe(writesBefore);
  await expectNothingStored(buyer, product);

  // The buyer agrees to the new total: the key can be used again.
  const { order } = await checkout(shop, buyer, items, { expectedTotal: 2 * price, idempotencyKey });
  expect(order.total.amount).toBe(2 * price);
});

test('A repetition finds its order, whatever the price is now, and whatever total it expects', async () => {
  const product = await addProduct(shop.orm, { priceMinor: 1000 });
  const buyer = await newBuyer();
  const rest = { expectedTotal: 2000, idempotencyKey: randomUUID() };
  const first = await checkout(shop, buyer, [line(product)], rest);
  await setPrice(product, 1500);
  expect(await checkout(shop, buyer, [line(product)], rest)).toEqual(first);
  expect(await checkout(shop, buyer, [line(product)], { ...rest, expectedTotal: 3000 })).toEqual(first);
  expect(await checkout(shop, buyer, [line(product)], { ...rest, expectedTotal: null })).toEqual(first);
});

test('An order that was to be replaced stays as it was', async () => {
  const product = await addProduct(shop.orm, { priceMinor: 1000 });
  const buyer = await newBuyer();
  const first = await checkout(shop, buyer, [line(product)]);
  const other = await addProduct(shop.orm, { priceMinor: 1000 });
  const input = checkoutInput([line(other)], { replacesOrderId: first.order.id, expectedTotal: 0 });
  expect((await tryCheckout(shop, buyer, input)).errors?.[0]?.extensions.code).toBe('PRICE_CHANGED');
  const query = 'query ($id: ID!) { order(id: $id) { status checkoutUrl } }';
  const { data } = await shop.graphql(query, { id: first.order.id }, buyer.token);
  expect(data).toEqual({ order: { status: 'PENDING', checkoutUrl: first.url } });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 10, held: 2 });
});

test.each([-1, 0.5, 2 ** 60, '20'])('%j is no total', async (expectedTotal) => {
  const product = await addProduct(shop.orm);
  const buyer = await newBuyer();
  const { errors } = await tryCheckout(shop, buyer, checkoutInput([line(product)], { expectedTotal }));
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: { expectedTotal: expect.any(String) },
  });
  await expectNothingStored(buyer, product);
});
