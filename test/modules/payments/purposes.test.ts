/** What a payment is for stands in the metadata of its objects at Stripe: only one of an order's goods pays the order. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { checkout, submitCard } from '../../support/checkout.js';
import { addProduct } from '../../support/shop.js';
import { deliver, eventId, eventOf, inboxRows } from '../../support/stripe-events.js';
import { newBuyer, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

interface OrderRow {
  id: string;
  status: string;
  session: string | null;
  metadata: Stripe.Metadata;
}

let shop: TestApp;
let stripe: Stripe;

beforeAll(async () => {
  shop = await startTestApp();
  stripe = stripeOf(shop);
  shop.simulator.webhooks.pause();
});
afterAll(() => shop.close());

/** Paid at Stripe, and not reported yet. */
async function paidAtStripe() {
  const product = await addProduct(shop.orm, { onHand: 3, priceMinor: 1_000 });
  const { order, sessionId, url } = await checkout(shop, await newBuyer(), [{ id: product, type: 'PRODUCT' }]);
  await submitCard(url, '4242424242424242');
  return { id: order.id, session: await stripe.checkout.sessions.retrieve(sessionId) };
}

/** Another session of the order, paid, made by the shop in a version that knows more purposes than this one. */
async function paidForSomethingElse(metadata: Stripe.Metadata): Promise<Stripe.Checkout.Session> {
  const marks = { ...metadata, purpose: 'deposit' };
  const { id, url } = await stripe.checkout.sessions.create({
    mode: 'payment',
    metadata: marks,
    payment_intent_data: { metadata: marks },
    line_items: [
      { quantity: 1, price_data: { currency: 'eur', unit_amount: 9000, product_data: { name: 'Deposit' } } },
    ],
    success_url: 'http://localhost:3000/',
  });
  await submitCard(url ?? '', '4242424242424242');
  return stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent.latest_charge'] });
}

async function moneyOf(orderId: string) {
  const em = shop.orm.em.fork();
  const query = `select status, payment_sync_requested as news,
                   (select sum(amount_minor)::int from payments where order_id = orders.id) as received,
                   (select count(*)::int from refunds where order_id = orders.id) as refunds
                 from orders where id = ?`;
  const [money] = await em.execute<object[]>(query, [orderId]);
  return money;
}

test('The session and the payment of an order say what they are for', async () => {
  const { session } = await paidAtStripe();
  expect(session.metadata).toMatchObject({ purpose: 'order' });
  const intent = await stripe.paymentIntents.retrieve(String(session.payment_intent));
  expect(intent.metadata).toMatchObject({ purpose: 'order' });
});

test('What was paid for a purpose that is not known here is no second payment of the order', async () => {
  const { id: orderId, session } = await paidAtStripe();
  await deliver(shop, eventOf('checkout.session.completed', session));
  const other = await paidForSomethingElse(session.metadata ?? {});
  const intent = other.payment_intent as Stripe.PaymentIntent;
  const events = [
    eventOf('checkout.session.completed', { ...other, payment_intent: intent.id }, { id: eventId() }),
    eventOf('payment_intent.canceled', intent, { id: eventId() }),
    eventOf('charge.refunded', intent.latest_charge as Stripe.Charge, { id: eventId() }),
  ] as { id: string }[];
  for (const event of events) {
    await deliver(shop, event);
    expect(await inboxRows(shop, event.id)).toMatchObject([{ state: 'IGNORED', error: null }]);
  }
  // Nor where it is found by comparing with Stripe, once it is no longer on its way.
  shop.clock.advanceMinutes(3);
  shop.stripeClock.advanceMinutes(3);
  await shop.runJob('find-discrepancies');
  expect(shop.log.filter((line) => line.includes(other.id) && line.includes('discrepancy'))).toEqual([]);
  expect(await moneyOf(orderId)).toEqual({ status: 'PAID', news: 0, received: 1_000, refunds: 0 });
});

test('A session that does not say what it is for pays its order, as before any did', async () => {
  const { id: orderId, session } = await paidAtStripe();
  const { purpose: _, ...metadata } = session.metadata ?? {};
  await deliver(shop, eventOf('checkout.session.completed', { ...session, metadata }));
  expect(await moneyOf(orderId)).toMatchObject({ status: 'PAID', received: 1_000 });
});

test('A session for another purpose is not taken for the lost session of its order', async () => {
  const product = await addProduct(shop.orm, { onHand: 3 });
  const buyer = await newBuyer();
  onFailPoint((name) => {
    if (name === 'checkout: order committed') throw new Error('the process died');
  });
  await expect(checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }])).rejects.toThrow();
  onFailPoint(null);
  const row = async () => {
    const query = `select id, status, checkout_session_id as session, stripe_request -> 'metadata' as metadata
                   from orders where buyer_id = ?`;
    const [order] = await shop.orm.em.fork().execute<OrderRow[]>(query, [buyer.id]);
    return order;
  };
  await paidForSomethingElse((await row())?.metadata ?? {});
  // So late that the key may be forgotten: the session is looked for in Stripe's list.
  shop.clock.advanceMinutes(25 * 60);
  shop.stripeClock.advanceMinutes(25 * 60);
  await shop.runJob('recover-checkouts');
  expect(await row()).toMatchObject({ status: 'CANCELLED', session: null });
});
