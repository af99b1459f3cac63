/** Nobody pays for a rental whose days are over: its session ends with its last day. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  checkout,
  checkoutInput,
  moneyOf,
  orderBySession,
  PAYING_IBAN,
  submitCard,
  submitIban,
  tryCheckout,
} from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { activeBookings, addEquipment } from '../../support/shop.js';
import { deliver, eventOf } from '../../support/stripe-events.js';
import { newBuyer, newStaff, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const HOLD_MINUTES = 1430;
let shop: TestApp;
let stripe: Stripe;

beforeAll(async () => {
  shop = await startTestApp({ CHECKOUT_HOLD_MINUTES: String(HOLD_MINUTES) }, { startsAt: '2026-12-01T09:00:00Z' });
  stripe = stripeOf(shop);
});
afterEach(() => {
  shop.simulator.webhooks.resume();
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

/** In Paris, where it is an hour later in winter. */
function setTime(instant: string): void {
  shop.clock.setTo(instant);
  shop.stripeClock.setTo(instant);
}

const rental = (id: number, startDate: string, days = 1) => ({ id, type: 'EQUIPMENT' as const, startDate, days });

describe('The session of a rental', () => {
  test('ends with the first last day of its rentals', async () => {
    setTime('2027-02-01T15:00:00Z');
    const [one, two] = [await addEquipment(shop.orm), await addEquipment(shop.orm)];
    const items = [rental(one, '2027-02-01', 3), rental(two, '2027-02-01')];
    const { sessionId, expiresAt } = await checkout(shop, await newBuyer(), items);
    expect(expiresAt).toBe('2027-02-01T23:00:00.000Z');
    expect((await stripe.checkout.sessions.retrieve(sessionId)).expires_at).toBe(Date.parse(expiresAt) / 1000);
  });

  test('ends as any other where the rental lasts longer', async () => {
    setTime('2027-02-01T15:00:00Z');
    const items = [rental(await addEquipment(shop.orm), '2027-02-01', 2)];
    const { expiresAt } = await checkout(shop, await newBuyer(), items);
    expect(Date.parse(expiresAt) - Date.parse('2027-02-01T15:00:00Z')).toBeGreaterThanOrEqual(HOLD_MINUTES * 60_000);
  });

  test('cannot be opened when the day leaves too little time to pay: quote and dates say so', async () => {
    const equipment = await addEquipment(shop.orm, { units: 1 });
    setTime('2027-02-01T22:25:30Z');
    const { errors } = await tryCheckout(shop, await newBuyer(), checkoutInput([rental(equipment, '2027-02-01')]));
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'NOT_AVAILABLE', firstFreeDate: '2027-02-02' });
    const query = `query ($items: [CheckoutItemInput!]!, $id: ID!) {
      quote(items: $items) { isAvailable lines { firstFreeDate } }
      catalogueItem(type: EQUIPMENT, id: $id) { ... on Equipment { one: nextAvailableDate two: nextAvailableDate(days: 2) } }
    }`;
    const items = [rental(equipment, '2027-02-01')];
    expect((await shop.graphql(query, { items, id: equipment })).data).toEqual({
      quote: { isAvailable: false, lines: [{ firstFreeDate: '2027-02-02' }] },
      catalogueItem: { one: '2027-02-02', two: '2027-02-01' },
    });
  });

  test('can be opened as long as there is time', async () => {
    const equipment = await addEquipment(shop.orm, { units: 1 });
    setTime('2027-02-01T22:20:00Z');
    const { expiresAt } = await checkout(shop, await newBuyer(), [rental(equipment, '2027-02-01')]);
    expect(expiresAt).toBe('2027-02-01T23:00:00.000Z');
  });
});

describe('A payment that is read when the rental is over', () => {
  test('pays it where Stripe says that it came in time', async () => {
    setTime('2027-02-01T15:00:00Z');
    const buyer = await newBuyer();
    const { sessionId, url } = await checkout(shop, buyer, [rental(await addEquipment(shop.orm), '2027-02-01')]);
    shop.simulator.webhooks.pause();
    await submitCard(url ?? '', '4242424242424242');
    setTime('2027-02-04T09:00:00Z');
    await shop.runJob('expire-checkouts');
    expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'PAID' });
  });

  /** Money of a debit, which was on its way when the rental was. */
  async function payLate(paidAt: string) {
    setTime('2027-02-01T09:00:00Z');
    const buyer = await newBuyer();
    const equipment = await addEquipment(shop.orm);
    const { sessionId, url, order } = await checkout(shop, buyer, [rental(equipment, '2027-02-20')]);
    await submitIban(url ?? '', PAYING_IBAN);
    const statusIs = (status: string) =>
      eventually(async () => expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status }));
    await statusIs('PROCESSING');
    shop.simulator.webhooks.pause();
    await shop.simulator.clock.advance(10);
    const session = await stripe.checkout.sessions.retrieve(sessionId);
    shop.simulator.clock.reset();
    shop.clock.setTo('2027-02-22T09:00:00Z');
    const created = Date.parse(paidAt) / 1000;
    await deliver(shop, eventOf('checkout.session.async_payment_succeeded', session, { created }));
    return { equipment, orderId: order.id, statusIs };
  }

  test('pays it where a debit arrived on its last day', async () => {
    const { equipment, statusIs } = await payLate('2027-02-20T22:00:00Z');
    await statusIs('PAID');
    expect(await activeBookings(shop.orm, equipment)).toHaveLength(1);
  });

  test('goes back where a debit arrived the day after, and its unit is free', async () => {
    const { equipment, orderId, statusIs } = await payLate('2027-02-20T23:30:00Z');
    await statusIs('EXPIRED');
    expect(await activeBookings(shop.orm, equipment)).toEqual([]);
    await eventually(async () =>
      expect(await moneyOf(shop, await newStaff(), orderId)).toMatchObject({
        refunds: [{ reason: 'RENTAL_OVER' }],
      }),
    );
  });
});
