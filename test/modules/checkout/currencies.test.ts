/** A shop in any currency: the lines add up to the total, and Stripe is asked for exactly that. */
import { expect, test } from '@jest/globals';
import { maxChargeMinor } from '../../../src/platform/kernel/charge-limits.js';
import { checkout, checkoutInput, tryCheckout } from '../../support/checkout.js';
import { addProduct } from '../../support/shop.js';
import { newBuyer, newStaff, startTestApp } from '../../support/test-app.js';

const CREATE_EQUIPMENT = `mutation ($input: CreateEquipmentInput!) { createEquipment(input: $input) { equipment { id } } }`;
const CREATE_PRODUCT = `mutation ($input: CreateProductInput!) { createProduct(input: $input) { product { id } } }`;
const ORDER = `query ($id: ID!) { order(id: $id) { total { amount currency } lines { amount { amount } quantity rate { amount { amount } } } } }`;

// One of each kind: two decimals, none, three of which the last is 0, two that have to be 00, and one for which
// Intl and Stripe disagree. The rupiah is worth so little that Stripe takes four digits more of it.
test.each([
  ['EUR', 1, 1999],
  ['JPY', 1, 777],
  ['KWD', 10, 1990],
  ['ISK', 100, 45_500],
  ['HUF', 1, 123_457],
  ['IDR', 1, 10_000_000_000],
])('%s, in steps of %i', async (currency, step, price) => {
  const shop = await startTestApp({ SHOP_CURRENCY: currency }, { startsAt: '2026-12-01T09:00:00Z' });
  try {
    const staff = await newStaff();
    const create = async (document: string, input: object) => {
      const { data, errors } = await shop.graphql<Record<string, Record<string, { id: string }>>>(
        document,
        { input },
        staff.token,
      );
      const [payload = {}] = Object.values(data ?? {});
      return { id: Object.values(payload ?? {})[0]?.id ?? '', errors };
    };
    const rental = { name: 'Kayak', turnaroundDays: 0, unitLabels: ['K-1', 'K-2', 'K-3'] };
    const prices = { pricePerDay: price, pricePerWeek: price * 5, pricePerMonth: price * 15 };
    const equipment = await create(CREATE_EQUIPMENT, { ...rental, ...prices });
    const product = await create(CREATE_PRODUCT, { name: 'Pagaie', price, stock: 100 });
    const buyer = await newBuyer();
    const { order, sessionId } = await checkout(shop, buyer, [
      { id: product.id, type: 'PRODUCT', quantity: 7 },
      { id: equipment.id, type: 'EQUIPMENT', quantity: 3, days: 45, startDate: '2027-05-03' },
    ]);
    const { data } = await shop.graphql<{
      order: { total: { amount: number }; lines: { amount: { amount: number } }[] };
    }>(ORDER, { id: order.id }, buyer.token);
    // 45 days: a month, two weeks, and a day.
    const expected = 7 * price + 3 * (15 + 10 + 1) * price;
    expect(data?.order.total).toEqual({ amount: expected, currency });
    expect(data?.order.lines.reduce((sum, { amount }) => sum + amount.amount, 0)).toBe(expected);
    const response = await fetch(`${shop.simulator.url}/v1/checkout/sessions/${sessionId}`, {
      headers: { authorization: 'Bearer sk_test_0123456789' },
    });
    expect(await response.json()).toMatchObject({ amount_total: expected, currency: currency.toLowerCase() });
    const tooMuch = maxChargeMinor(currency) + step;
    const rejected = await create(CREATE_PRODUCT, { name: 'Bateau', price: tooMuch });
    expect(rejected.errors?.[0]?.extensions).toMatchObject({
      fields: { price: expect.stringContaining('not be greater') },
    });
    if (step > 1) {
      const { errors } = await create(CREATE_PRODUCT, { name: 'Pagaie', price: price + 1 });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: { price: `must be a multiple of ${step} in ${currency}` },
      });
    }
  } finally {
    await shop.close();
  }
});

test.each([
  ['EUR', 99_999_999],
  ['JPY', 99_999_999],
  ['ISK', 99_999_900],
  ['KWD', 99_999_990],
  ['INR', 999_999_999],
  ['COP', 9_999_999_999],
  ['IDR', 999_999_999_999],
])(
  'The largest charge in %s is what Stripe charges at once, and a checkout of it is opened',
  async (currency, most) => {
    const shop = await startTestApp({ SHOP_CURRENCY: currency });
    try {
      expect(maxChargeMinor(currency)).toBe(most);
      const product = await addProduct(shop.orm, { currency, priceMinor: most, onHand: null });
      const buyer = await newBuyer();
      const { order } = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
      expect(order.total.amount).toBe(most);
      const two = checkoutInput([{ id: product, type: 'PRODUCT', quantity: 2 }]);
      const { errors } = await tryCheckout(shop, buyer, two);
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { items: expect.any(String) } });
    } finally {
      await shop.close();
    }
  },
);
