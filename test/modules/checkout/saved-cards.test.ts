/** With deposits switched on, the checkout of a rental with a deposit saves the card, with the buyer's consent. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkout, checkoutInput, type ItemInput, tryCheckout } from '../../support/checkout.js';
import { activeBookings, addEquipment, addProduct } from '../../support/shop.js';
import { newBuyer, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const TERMS = { acceptedTermsVersion: '2027-01' };

let shop: TestApp;
let other: TestApp;

beforeAll(async () => {
  shop = await startTestApp({ DEPOSITS: 'on' });
  other = await startTestApp();
});
afterAll(() => Promise.all([shop.close(), other.close()]));

async function rental(of: TestApp, depositMinor?: number): Promise<ItemInput> {
  const equipment = await addEquipment(of.orm, depositMinor === undefined ? {} : { depositMinor });
  return { id: equipment, type: 'EQUIPMENT', quantity: 1, days: 2 };
}

async function savesCard(of: TestApp, items: ItemInput[]): Promise<boolean | undefined> {
  const query = 'query ($items: [CheckoutItemInput!]!) { quote(items: $items) { savesCard } }';
  return (await of.graphql<{ quote: { savesCard: boolean } }>(query, { items })).data?.quote.savesCard;
}

const sessionOf = (of: TestApp, sessionId: string) => stripeOf(of).checkout.sessions.retrieve(sessionId);

test('The card is saved for a customer of its own, and no other method is taken', async () => {
  const items = [await rental(shop, 20_000), { id: await addProduct(shop.orm), type: 'PRODUCT' as const, quantity: 1 }];
  expect(await savesCard(shop, items)).toBe(true);
  const { sessionId } = await checkout(shop, await newBuyer(), items, TERMS);
  expect(await sessionOf(shop, sessionId)).toMatchObject({
    customer_creation: 'always',
    payment_method_types: ['card'],
  });
});

test('Without the terms accepted nothing is held or opened, and the error names the field', async () => {
  const item = await rental(shop, 20_000);
  const buyer = await newBuyer();
  for (const rest of [{}, { acceptedTermsVersion: null }]) {
    const { errors } = await tryCheckout(shop, buyer, checkoutInput([item], rest));
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'DEPOSIT_TERMS_REQUIRED',
      fields: { acceptedTermsVersion: expect.any(String) },
    });
  }
  expect(await activeBookings(shop.orm, Number(item.id))).toEqual([]);
});

test.each([
  ['a rental without a deposit', () => shop, undefined],
  ['a deposit of nothing', () => shop, 0],
  ['a deposit of a shop that has not switched deposits on', () => other, 20_000],
])('No card is saved for %s', async (_, app, deposit) => {
  const items = [await rental(app(), deposit)];
  expect(await savesCard(app(), items)).toBe(false);
  const { sessionId } = await checkout(app(), await newBuyer(), items);
  const session = await sessionOf(app(), sessionId);
  expect(session.customer_creation).not.toBe('always');
});
