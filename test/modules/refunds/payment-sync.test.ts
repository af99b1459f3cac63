/** Refunds and disputes: whatever their origin and the order of their events, the order shows what Stripe has. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { Order } from '../../../src/modules/orders/order.entity.js';
import { RefundReason } from '../../../src/modules/payments/refund-reason.js';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { checkout, moneyOf, orderBySession, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { rejectRows } from '../../support/rejected-rows.js';
import { addProduct } from '../../support/shop.js';
import { deliver, eventId, eventOf, inboxRows } from '../../support/stripe-events.js';
import { newBuyer, newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let stripe: Stripe;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
  stripe = stripeOf(shop);
});
afterEach(() => {
  shop.simulator.webhooks.resume();
  shop.simulator.faults.clear();
});
afterAll(() => shop.close());

async function paidOrder(cardNumber = '4242424242424242') {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { priceMinor: 1000 });
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
  await submitCard(session.url, cardNumber);
  await eventually(async () => {
    expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe('PAID');
  });
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(session.sessionId);
  return { ...session, id: session.order.id, buyer, paymentIntent: String(intent) };
}

/** With the jobs run at once, instead of within the seconds that their queue takes. */
const shows = (id: string, expected: object) =>
  eventually(async () => {
    for (const job of ['issue-refunds', 'retry-events', 'sync-payments']) await shop.runJob(job);
    expect(await moneyOf(shop, staff, id)).toMatchObject(expected);
  });

async function scheduleRefund(orderId: string, paymentIntentId: string): Promise<void> {
  await inTransaction(shop.orm.em, async (em) => {
    const order = await em.findOneOrFail(Order, { id: orderId });
    const grounds = { reason: RefundReason.OTHER, note: 'a test' };
    const due = { order, paymentIntentId, amountMinor: 1000, currency: 'EUR', ...grounds };
    await shop.services.refunds.scheduleRefund(em, due);
  });
}

describe('A refund made in Stripe’s dashboard', () => {
  test('shows on the order, part by part, and leaves its status alone', async () => {
    const { id, paymentIntent, sessionId } = await paidOrder();
    await stripe.refunds.create({ payment_intent: paymentIntent, amount: 300 });
    await shows(id, { status: 'PAID', refundStatus: 'PARTIAL', amountRefunded: { amount: 300 } });
    await stripe.refunds.create({ payment_intent: paymentIntent });
    await shows(id, { status: 'PAID', refundStatus: 'FULL', amountRefunded: { amount: 1000 } });
    const order = await orderBySession(shop, staff, sessionId);
    const notes = order?.timeline.filter(({ cause }) => cause === 'REFUND_STATUS_CHANGED');
    expect(notes?.map(({ note, actor }) => [note, actor])).toEqual([
      ['PARTIAL', 'STRIPE'],
      ['FULL', 'STRIPE'],
    ]);
    expect(notes?.every(({ stripeEventId }) => stripeEventId?.startsWith('evt_'))).toBe(true);
  });

  test('that stays pending for a while is PENDING, then FULL', async () => {
    const { id, paymentIntent } = await paidOrder('4000000000007726');
    shop.simulator.clock.freeze();
    await stripe.refunds.create({ payment_intent: paymentIntent });
    await shows(id, { refundStatus: 'PENDING', amountRefunded: { amount: 0 } });
    await shop.simulator.clock.advance(3600);
    await shows(id, { refundStatus: 'FULL', amountRefunded: { amount: 1000 } });
    shop.simulator.clock.reset();
  });

  test('that fails afterwards is FAILED, and nothing has gone back', async () => {
    const { id, paymentIntent } = await paidOrder('4000000000005126');
    shop.simulator.clock.freeze();
    await stripe.refunds.create({ payment_intent: paymentIntent });
    await shows(id, { refundStatus: 'FULL', amountRefunded: { amount: 1000 } });
    await shop.simulator.clock.advance(3600);
    await shows(id, { refundStatus: 'FAILED', amountRefunded: { amount: 0 } });
    shop.simulator.clock.reset();
  });

  test('is reported before the payment, and shows once that is known', async () => {
    const buyer = await newBuyer();
    const session = await checkout(shop, buyer, [
      { id: await addProduct(shop.orm, { priceMinor: 1000 }), type: 'PRODUCT' },
    ]);
    shop.simulator.webhooks.pause();
    await submitCard(session.url, '4242424242424242');
    const paid = await stripe.checkout.sessions.retrieve(session.sessionId);
    const refund = await stripe.refunds.create({ payment_intent: String(paid.payment_intent), amount: 400 });
    const id = eventId();
    await deliver(shop, eventOf('refund.created', refund, { id }));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'UNMATCHED' }]);
    await deliver(shop, eventOf('checkout.session.completed', paid));
    // At once, and not when its next try would have been due.
    await shop.runJob('retry-events');
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', orderId: session.order.id }]);
    await shows(session.order.id, { status: 'PAID', refundStatus: 'PARTIAL', amountRefunded: { amount: 400 } });
  });

  test('whose charge names the order before the payment is known shows as well', async () => {
    const buyer = await newBuyer();
    const session = await checkout(shop, buyer, [
      { id: await addProduct(shop.orm, { priceMinor: 1000 }), type: 'PRODUCT' },
    ]);
    shop.simulator.webhooks.pause();
    await submitCard(session.url, '4242424242424242');
    const paid = await stripe.checkout.sessions.retrieve(session.sessionId);
    await stripe.refunds.create({ payment_intent: String(paid.payment_intent), amount: 400 });
    const { data } = await stripe.charges.list({ payment_intent: String(paid.payment_intent) });
    await deliver(shop, eventOf('charge.refunded', data[0] ?? {}));
    await shop.runJob('sync-payments');
    await deliver(shop, eventOf('checkout.session.completed', paid));
    await shop.runJob('sync-payments');
    await shows(session.order.id, { status: 'PAID', refundStatus: 'PARTIAL', amountRefunded: { amount: 400 } });
  });

  test('is read again after a pause when Stripe does not respond at first', async () => {
    const { id, paymentIntent } = await paidOrder();
    shop.simulator.webhooks.pause();
    const refund = await stripe.refunds.create({ payment_intent: paymentIntent, amount: 300 });
    // Orders of other tests are read as well.
    const rejected = { method: 'GET', path: '/v1/refunds', kind: 'status' as const, status: 401 };
    shop.simulator.faults.failNext(...Array.from({ length: 50 }, () => rejected));
    await deliver(shop, eventOf('refund.created', refund));
    await shop.runJob('sync-payments');
    await shop.runJob('sync-payments');
    const reads = shop.simulator
      .requests()
      .filter(({ path, parameters }) => path === '/v1/refunds' && parameters.payment_intent === paymentIntent);
    expect(reads.map(({ method, status }) => [method, status])).toEqual([
      ['POST', 200],
      ['GET', 401],
    ]);
    shop.simulator.faults.clear();
    shop.clock.advanceMinutes(1);
    await shows(id, { refundStatus: 'PARTIAL' });
  });

  test('that cannot be stored holds up none of the others, and is read again once it can', async () => {
    const [broken, whole] = [await paidOrder(), await paidOrder()];
    const mend = await rejectRows(shop.orm, { table: 'refunds', column: 'order_id', value: broken.id });
    shop.simulator.webhooks.pause();
    for (const { paymentIntent } of [broken, whole]) {
      const refund = await stripe.refunds.create({ payment_intent: paymentIntent, amount: 300 });
      await deliver(shop, eventOf('refund.created', refund));
    }
    await eventually(async () => {
      await shop.runJob('sync-payments').catch(() => {});
      expect(await moneyOf(shop, staff, whole.id)).toMatchObject({ refundStatus: 'PARTIAL' });
    });
    expect(await moneyOf(shop, staff, broken.id)).toMatchObject({ refundStatus: 'NONE' });
    await mend();
    shop.clock.advanceMinutes(1);
    await shows(broken.id, { refundStatus: 'PARTIAL' });
  });
});

describe('A dispute', () => {
  // The simulated bank decides after five seconds.
  const DECISION_SECONDS = 5;
  afterEach(() => shop.simulator.clock.reset());

  async function decide(orderId: string, evidence: string): Promise<void> {
    const [dispute] = await shop.orm.em
      .fork()
      .execute<{ id: string }[]>('select id from disputes where order_id = ?', [orderId]);
    await stripe.disputes.update(dispute?.id ?? '', { evidence: { uncategorized_text: evidence }, submit: true });
    await shop.simulator.clock.advance(DECISION_SECONDS);
  }

  test.each([
    ['4000000000000259', 'OPEN', 'winning_evidence', 'WON'],
    ['4000000000000259', 'OPEN', 'losing_evidence', 'LOST'],
    ['4000000000001976', 'INQUIRY', 'winning_evidence', 'NONE'],
  ])('of card %s is %s, and with %s it ends %s', async (card, first, evidence, last) => {
    const { id } = await paidOrder(card);
    await shows(id, { status: 'PAID', disputeStatus: first });
    await decide(id, evidence);
    await shows(id, { disputeStatus: last });
  });

  test('blocks a refund that is due, which goes by itself once it is won', async () => {
    const { id, paymentIntent } = await paidOrder('4000000000000259');
    await shows(id, { disputeStatus: 'OPEN' });
    // As if a second payment of the order had to go back.
    await scheduleRefund(id, paymentIntent);
    await shop.runJob('issue-refunds');
    await shop.runJob('sync-payments');
    await shows(id, { refundStatus: 'FAILED', refunds: [{ state: 'BLOCKED' }] });
    expect(shop.log.some((line) => line.includes('Refund blocked: the payment is disputed'))).toBe(true);

    await decide(id, 'winning_evidence');
    await shows(id, { disputeStatus: 'WON', refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }] });
  });
});

test('A refund of ours that failed becomes due again only by staff, under a key of its own', async () => {
  const { id, paymentIntent } = await paidOrder();
  shop.simulator.faults.failNext({ method: 'POST', path: '/v1/refunds', kind: 'status', status: 400 });
  await scheduleRefund(id, paymentIntent);
  await shop.runJob('issue-refunds');
  await shop.runJob('sync-payments');
  await shows(id, { refundStatus: 'FAILED', refunds: [{ state: 'FAILED' }] });
  await shop.runJob('issue-refunds');
  expect((await stripe.refunds.list({ payment_intent: paymentIntent })).data).toEqual([]);
  const { refunds } = await moneyOf(shop, staff, id);
  const RETRY = 'mutation ($id: ID!) { retryRefund(refundId: $id) { refund { state } } }';
  await shop.graphql(RETRY, { id: refunds[0]?.id }, staff.token);
  await shows(id, { refundStatus: 'FULL' });
  expect((await stripe.refunds.list({ payment_intent: paymentIntent })).data).toHaveLength(1);
});

test('News of a payment that is not ours is kept for a day, then ignored', async () => {
  const id = eventId();
  const refund = { id: 're_1', object: 'refund', payment_intent: 'pi_of_another_shop', amount: 1, currency: 'eur' };
  await deliver(shop, eventOf('refund.created', refund, { id }));
  expect(await inboxRows(shop, id)).toMatchObject([{ state: 'UNMATCHED' }]);
  shop.clock.advanceMinutes(2);
  await shop.runJob('retry-events');
  expect(await inboxRows(shop, id)).toMatchObject([{ state: 'UNMATCHED', attempts: 2 }]);
  shop.clock.advanceMinutes(25 * 60);
  await shop.runJob('retry-events');
  expect(await inboxRows(shop, id)).toMatchObject([{ state: 'IGNORED', attempts: 3 }]);
  shop.clock.reset();
});
