/** A quote says what a checkout would: the price to the cent, and whether the goods are there. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { checkout, checkoutInput, type ItemInput, tryCheckout } from '../../support/checkout.js';
import { activeBookings, addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { newBuyer, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp({}, { startsAt: '2026-12-01T09:00:00Z' });
});
beforeEach(() => shop.clock.reset());
afterAll(() => shop.close());

const QUOTE = `query ($items: [CheckoutItemInput!]!) {
  quote(items: $items) {
    isAvailable total { amount currency }
    lines {
      type itemId name quantity days startDate endDate returnDate unitPrice { amount }
      rate { months weeks days amount { amount } } amount { amount } deposit { amount }
      isAvailable available firstFreeDate
    }
  }
}`;

interface QuoteData {
  quote: { isAvailable: boolean; total: { amount: number }; lines: Record<string, unknown>[] };
}

async function quote(items: ItemInput[]): Promise<QuoteData['quote']> {
  const { data, errors } = await shop.graphql<QuoteData>(QUOTE, { items });
  if (!data) throw new Error(JSON.stringify(errors));
  return data.quote;
}

test('Anonymous callers learn price, days and availability, and nothing is held', async () => {
  const product = await addProduct(shop.orm, { name: 'Carte', priceMinor: 1350, onHand: 5 });
  const equipment = await addEquipment(shop.orm, {
    name: 'Vélo',
    units: 2,
    pricePerDayMinor: 1000,
    pricePerWeekMinor: 5500,
    depositMinor: 20_000,
  });
  const answer = await quote([
    { id: product, type: 'PRODUCT', quantity: 2 },
    { id: equipment, type: 'EQUIPMENT', quantity: 2, days: 9, startDate: '2027-03-01' },
  ]);
  expect(answer).toMatchObject({ isAvailable: true, total: { amount: 2700 + 2 * 7500, currency: 'EUR' } });
  expect(answer.lines).toMatchObject([
    { type: 'PRODUCT', name: 'Carte', rate: null, amount: { amount: 2700 }, isAvailable: true, available: 5 },
    {
      startDate: '2027-03-01',
      endDate: '2027-03-09',
      returnDate: '2027-03-09',
      unitPrice: { amount: 1000 },
      rate: { months: 0, weeks: 1, days: 2, amount: { amount: 7500 } },
      amount: { amount: 15_000 },
      deposit: { amount: 20_000 },
      isAvailable: true,
      available: 2,
    },
  ]);
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 5, held: 0 });
  expect(await activeBookings(shop.orm, equipment)).toEqual([]);
});

test('A line that cannot be had says how many are left, or from which day there are enough', async () => {
  const product = await addProduct(shop.orm, { onHand: 3 });
  const equipment = await addEquipment(shop.orm, { units: 2, turnaroundDays: 1 });
  await checkout(shop, await newBuyer(), [
    { id: product, type: 'PRODUCT', quantity: 2 },
    { id: equipment, type: 'EQUIPMENT', days: 3, startDate: '2027-04-05' },
  ]);
  const answer = await quote([
    { id: product, type: 'PRODUCT', quantity: 2 },
    { id: equipment, type: 'EQUIPMENT', quantity: 2, days: 2, startDate: '2027-04-06' },
  ]);
  expect(answer.isAvailable).toBe(false);
  expect(answer.lines).toMatchObject([
    { isAvailable: false, available: 1, firstFreeDate: null },
    { isAvailable: false, available: 1, firstFreeDate: '2027-04-09' },
  ]);
});

test('Lines of one equipment share its units', async () => {
  const equipment = await addEquipment(shop.orm, { units: 1, turnaroundDays: 0 });
  const rent = (startDate: string): ItemInput => ({ id: equipment, type: 'EQUIPMENT', days: 3, startDate });
  const answer = await quote([rent('2027-05-01'), rent('2027-05-03'), rent('2027-05-06')]);
  expect(answer.lines).toMatchObject([
    { isAvailable: true },
    { isAvailable: false, available: 0, firstFreeDate: '2027-05-04' },
    { isAvailable: true },
  ]);
  const { errors } = await tryCheckout(shop, await newBuyer(), checkoutInput([rent('2027-05-01'), rent('2027-05-03')]));
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_AVAILABLE', firstFreeDate: '2027-05-04' });
});

test.each([
  ['items', []],
  ['items[0].quantity', [{ id: 1, type: 'PRODUCT', quantity: 0 }]],
  ['items[0].startDate', [{ id: 1, type: 'EQUIPMENT', startDate: '2020-01-01' }]],
  ['items[0].id', [{ id: 2_000_000_000, type: 'PRODUCT' }]],
])('What a checkout would reject, a quote rejects, naming %s', async (field, items) => {
  const { errors } = await shop.graphql(QUOTE, { items });
  expect(errors?.[0]?.extensions.fields).toEqual({ [field]: expect.any(String) });
});

test('The order says what the quote said, line by line, and Stripe charges it', async () => {
  const equipment = await addEquipment(shop.orm, {
    units: 3,
    pricePerDayMinor: 1000,
    pricePerWeekMinor: 5500,
    pricePerMonthMinor: 18_000,
    depositMinor: 5000,
  });
  const items: ItemInput[] = [
    { id: equipment, type: 'EQUIPMENT', quantity: 3, days: 40, startDate: '2027-06-01' },
    { id: equipment, type: 'EQUIPMENT', quantity: 1, days: 6, startDate: '2027-08-01' },
  ];
  const quoted = await quote(items);
  const buyer = await newBuyer();
  const { sessionId, order } = await checkout(shop, buyer, items);
  const { data } = await shop.graphql<{ orderBySession: { lines: object[]; total: { amount: number } } }>(
    `query ($id: ID!) { orderBySession(sessionId: $id) { total { amount } lines {
      quantity days startDate endDate returnDate amount { amount } deposit { amount }
      rate { months weeks days amount { amount } } } } }`,
    { id: sessionId },
    buyer.token,
  );
  const lines = data?.orderBySession.lines ?? [];
  expect(lines).toHaveLength(2);
  for (const [index, line] of lines.entries()) expect(quoted.lines[index]).toMatchObject(line);
  expect([quoted.total.amount, data?.orderBySession.total.amount]).toEqual([order.total.amount, order.total.amount]);
  const response = await fetch(`${shop.simulator.url}/v1/checkout/sessions/${sessionId}`, {
    headers: { authorization: 'Bearer sk_test_0123456789' },
  });
  expect(await response.json()).toMatchObject({ amount_total: order.total.amount });
});
