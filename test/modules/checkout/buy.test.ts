/** The main job, end to end: a basket becomes an order, the buyer pays, the order is PAID. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { checkoutRequest } from '../../../demo/request.js';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { checkout, customerInfo, orderBySession, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { activeBookings, addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { newBuyer, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp({}, { startsAt: '2026-12-01T09:00:00Z' });
});
afterEach(() => {
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

describe('A buyer', () => {
  test('buys a product: order, payment page, decline, payment, redirect, PAID', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { name: 'Lampe', priceMinor: 4995, onHand: 5 });

    const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT', quantity: 2, days: 1 }]);
    expect(session.order).toMatchObject({ status: 'PENDING', total: { amount: 9990, currency: 'EUR' } });
    expect(session.order.total.formatted.replace(/\s/g, ' ')).toBe('99,90 €');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 5, held: 2 });

    const declined = await submitCard(session.url, '4000000000000002');
    expect(declined.status).toBe(402);
    await eventually(async () => {
      const order = await orderBySession(shop, buyer, session.sessionId);
      expect(order).toMatchObject({
        status: 'PAYMENT_FAILED',
        checkoutUrl: session.url,
        lastPaymentError: { code: 'card_declined', declineCode: 'generic_decline' },
      });
    });
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 5, held: 2 });

    const paid = await submitCard(session.url, '4242424242424242');
    expect(paid.status).toBe(303);
    expect(paid.headers.get('location')).toBe(
      `http://localhost:3000/success?success=true&session_id=${session.sessionId}`,
    );
    const order = await eventually(async () => {
      const read = await orderBySession(shop, buyer, session.sessionId);
      expect(read?.status).toBe('PAID');
      return read;
    });
    expect(order).toMatchObject({
      id: session.order.id,
      number: expect.stringMatching(/^\d{4}-\d{6}$/),
      checkoutUrl: null,
      paidAt: expect.any(String),
      lines: [{ name: 'Lampe', quantity: 2, unitPrice: { amount: 4995 }, amount: { amount: 9990 } }],
      customer: { ...customerInfo, country: 'FR' },
    });
    expect(order?.timeline.map(({ from, to, actor }) => [from, to, actor])).toEqual([
      [null, 'PENDING', 'BUYER'],
      ['PENDING', 'PAYMENT_FAILED', 'STRIPE'],
      ['PAYMENT_FAILED', 'PAID', 'STRIPE'],
    ]);
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 3, held: 0 });
  });

  test('rents equipment: price by the day, units booked for the days and the turnaround', async () => {
    const buyer = await newBuyer();
    const equipment = await addEquipment(shop.orm, { pricePerDayMinor: 1800, turnaroundDays: 1, units: 2 });

    const session = await checkout(shop, buyer, [
      { id: equipment, type: 'EQUIPMENT', quantity: 2, days: 3, startDate: '2027-05-01' },
    ]);
    expect(session.order.total.amount).toBe(2 * 3 * 1800);
    const periods = (await activeBookings(shop.orm, equipment)).map(({ period }) => period);
    expect(periods).toEqual(['[2027-05-01,2027-05-05)', '[2027-05-01,2027-05-05)']);

    await submitCard(session.url, '4242424242424242');
    await eventually(async () => {
      expect(await orderBySession(shop, buyer, session.sessionId)).toMatchObject({
        status: 'PAID',
        lines: [{ days: 3, startDate: '2027-05-01', endDate: '2027-05-03', unitPrice: { amount: 1800 } }],
      });
    });
    expect(await activeBookings(shop.orm, equipment)).toHaveLength(2);
  });

  test('rents from today when no date is given, in the calendar of the shop', async () => {
    // Half past eleven in the evening, UTC: in Paris the next day has begun.
    const utcDay = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    shop.clock.setTo(`${utcDay}T23:30:00Z`);
    shop.stripeClock.setTo(`${utcDay}T23:30:00Z`);
    const buyer = await newBuyer();
    const equipment = await addEquipment(shop.orm);
    await checkout(shop, buyer, [{ id: equipment, type: 'EQUIPMENT', days: 1 }]);
    const [booking] = await activeBookings(shop.orm, equipment);
    expect(booking?.period).toBe(`[${addDays(utcDay, 1)},${addDays(utcDay, 2)})`);
  });

  test('sees no payment page any more once the session’s time is over, event or not', async () => {
    const buyer = await newBuyer();
    const session = await checkout(shop, buyer, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
    shop.clock.advanceMinutes(36);
    expect(await orderBySession(shop, buyer, session.sessionId)).toMatchObject({
      status: 'PENDING',
      checkoutUrl: null,
    });
  });

  test('lets the session expire: EXPIRED, goods back on offer, nothing to pay', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { onHand: 3 });
    const equipment = await addEquipment(shop.orm, { units: 1 });
    const session = await checkout(shop, buyer, [
      { id: product, type: 'PRODUCT', quantity: 3 },
      { id: equipment, type: 'EQUIPMENT', days: 2 },
    ]);

    shop.stripeClock.advanceMinutes(36);
    shop.simulator.runDue();
    await eventually(async () => {
      expect(await orderBySession(shop, buyer, session.sessionId)).toMatchObject({
        status: 'EXPIRED',
        checkoutUrl: null,
      });
    });
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 3, held: 0 });
    expect(await activeBookings(shop.orm, equipment)).toEqual([]);
  });
});

test('The original request works word for word', async () => {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { priceMinor: 1250 });
  const { query, variables } = checkoutRequest('http://localhost:3000');
  // Its item is product 1; in a shared database that is whichever test came first.
  variables.input.items = [{ ...variables.input.items[0], id: product } as (typeof variables.input.items)[0]];
  const { data } = await shop.graphql<{ createCheckoutSession: { order: object } }>(query, variables, buyer.token);
  expect(data?.createCheckoutSession.order).toMatchObject({ status: 'PENDING', total: { amount: 2500 } });
});
