/** What Stripe says it does not know may be paid all the same, under another key: nothing is concluded from a 404. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { checkout, moneyOf, orderBySession, PAYING_IBAN, submitCard, submitIban } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addProduct, stockOf } from '../../support/shop.js';
import { deliver, eventId, eventOf, inboxRows } from '../../support/stripe-events.js';
import { newBuyer, newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const DAY_MINUTES = 24 * 60;
const PAID_CARD = '4242424242424242';
const ACCEPT = 'mutation ($id: ID!) { acceptPayment(orderId: $id) { order { status } } }';
const REJECT = 'mutation ($id: ID!) { rejectPayment(orderId: $id) { order { status } } }';
const CANCEL = 'mutation ($id: ID!) { cancelOrder(orderId: $id) { status } }';

let shop: TestApp;
let stripe: Stripe;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
  stripe = stripeOf(shop);
});
beforeEach(() => shop.simulator.webhooks.pause());
afterEach(() => {
  shop.simulator.clock.reset();
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

async function openCheckout() {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 1 });
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
  const status = async () => (await moneyOf(shop, staff, session.order.id)).status;
  return { ...session, id: session.order.id, buyer, product, status };
}

/** As with a key of the other mode: the same account, without any of what was made. Gives the way back. */
function removeFromStripe(before: ReturnType<TestApp['simulator']['snapshot']>): () => void {
  const whole = shop.simulator.snapshot();
  shop.simulator.restore(before);
  shop.simulator.clock.reset();
  return () => {
    shop.simulator.restore(whole);
    shop.simulator.clock.reset();
  };
}

const decide = (mutation: string, id: string, { token } = staff) =>
  shop.graphql<Record<string, { order: { status: string } }>>(mutation, { id }, token);
const logged = (text: string, id: string) => shop.log.some((line) => line.includes(text) && line.includes(id));

async function aDayLater(): Promise<void> {
  shop.clock.advanceMinutes(40 + DAY_MINUTES);
  await shop.runJob('expire-checkouts');
}

describe('A session that Stripe does not find', () => {
  test('keeps its goods for good, and after a day staff decide: they end it without a refund', async () => {
    const empty = shop.simulator.snapshot();
    const { id, sessionId, product, status } = await openCheckout();
    removeFromStripe(empty);
    shop.clock.advanceMinutes(40);
    await shop.runJob('expire-checkouts');
    expect(await status()).toBe('PENDING');
    expect(logged('Checkout session not found', sessionId)).toBe(true);
    shop.clock.reset();
    await aDayLater();
    expect(await moneyOf(shop, staff, id)).toMatchObject({
      status: 'UNDER_REVIEW',
      reviewReason: 'UNKNOWN_AT_STRIPE',
      reviewNote: 'not found at Stripe',
    });
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });

    expect((await decide(ACCEPT, id)).errors?.[0]?.extensions).toMatchObject({
      code: 'NO_PAYMENT_TO_ACCEPT',
      fields: { orderId: expect.any(String) },
      status: 'UNDER_REVIEW',
    });
    expect((await decide(REJECT, id)).data?.rejectPayment?.order.status).toBe('CANCELLED');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
    expect(await moneyOf(shop, staff, id)).toMatchObject({ refundStatus: 'NONE', refunds: [] });
  });

  test('and was paid pays its order as soon as Stripe finds it again, whatever staff decide', async () => {
    const empty = shop.simulator.snapshot();
    const { id, url, product, status } = await openCheckout();
    await submitCard(url, PAID_CARD);
    const remember = removeFromStripe(empty);
    await aDayLater();
    expect(await status()).toBe('UNDER_REVIEW');
    remember();
    expect((await decide(REJECT, id)).data?.rejectPayment?.order.status).toBe('PAID');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 0, held: 0 });
  });

  test('is not cancelled for its buyer’s wish: that stands, and after a day staff decide', async () => {
    const empty = shop.simulator.snapshot();
    const { id, buyer, product, status } = await openCheckout();
    const remember = removeFromStripe(empty);
    expect((await decide(CANCEL, id, buyer)).errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
    shop.clock.advanceMinutes(3);
    await shop.runJob('recover-checkouts');
    expect(await status()).toBe('PENDING');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
    shop.clock.advanceMinutes(40 + DAY_MINUTES);
    await shop.runJob('recover-checkouts');
    expect(await status()).toBe('UNDER_REVIEW');
    expect((await decide(CANCEL, id, buyer)).errors?.[0]?.extensions.code).toBe('ORDER_NOT_CANCELLABLE');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
    remember();
    expect((await decide(REJECT, id)).data?.rejectPayment?.order.status).toBe('CANCELLED');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
  });

  test('leaves a return page with what is known', async () => {
    const empty = shop.simulator.snapshot();
    const { buyer, sessionId } = await openCheckout();
    removeFromStripe(empty);
    expect(await orderBySession(shop, buyer, sessionId)).toMatchObject({ status: 'PENDING' });
  });

  test('leaves a debit that is on its way PROCESSING, with an error in the log', async () => {
    const empty = shop.simulator.snapshot();
    const { id, url, sessionId, status, product } = await openCheckout();
    shop.simulator.clock.freeze();
    await submitIban(url, PAYING_IBAN);
    await deliver(shop, eventOf('checkout.session.completed', await stripe.checkout.sessions.retrieve(sessionId)));
    expect(await status()).toBe('PROCESSING');
    removeFromStripe(empty);
    shop.clock.advanceMinutes(DAY_MINUTES + 1);
    await shop.runJob('recheck-delayed-payments');
    expect(await status()).toBe('PROCESSING');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
    expect(logged('Checkout session of a delayed payment not found', id)).toBe(true);
  });

  test('leaves an event about it, in another version of the API, to be tried again', async () => {
    const empty = shop.simulator.snapshot();
    const { url, sessionId, status } = await openCheckout();
    await submitCard(url, PAID_CARD);
    const session = await stripe.checkout.sessions.retrieve(sessionId);
    const remember = removeFromStripe(empty);
    const id = eventId();
    await deliver(shop, eventOf('checkout.session.completed', session, { id, api_version: '2019-01-01' }));
    await shop.runJob('retry-events');
    expect(await inboxRows(shop, id)).toMatchObject([{ error: expect.stringContaining('does not know') }]);
    remember();
    shop.clock.advanceMinutes(DAY_MINUTES);
    await shop.runJob('retry-events');
    await shop.runJob('retry-events');
    expect(await status()).toBe('PAID');
  });
});

test('A refund of a payment that Stripe does not find stays due, with an error in the log, and is made once it does', async () => {
  const empty = shop.simulator.snapshot();
  const { id, url, sessionId, product } = await openCheckout();
  await submitCard(url, PAID_CARD);
  const session = await stripe.checkout.sessions.retrieve(sessionId);
  await deliver(shop, eventOf('checkout.session.expired', { ...session, status: 'expired', payment_status: 'unpaid' }));
  await shop.orm.em.fork().execute('update product_stocks set on_hand = 0 where product_id = ?', [product]);
  const remember = removeFromStripe(empty);
  await deliver(shop, eventOf('checkout.session.completed', session));
  await eventually(() => expect(logged('"kind":"missing"', id)).toBe(true));
  expect(await moneyOf(shop, staff, id)).toMatchObject({ refundStatus: 'PENDING', refunds: [{ state: 'DUE' }] });
  remember();
  shop.clock.advanceMinutes(60);
  await eventually(async () => {
    await shop.runJob('issue-refunds');
    await shop.runJob('sync-payments');
    expect(await moneyOf(shop, staff, id)).toMatchObject({ refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }] });
  });
});
