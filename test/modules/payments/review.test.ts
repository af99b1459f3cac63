/** Money that does not match its order: staff accept it or send it back. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { checkout, moneyOf, orderBySession, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { mismatchedOrder } from '../../support/mismatched-order.js';
import { addProduct, stockOf } from '../../support/shop.js';
import { deliver, eventOf } from '../../support/stripe-events.js';
import { newBuyer, newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const ACCEPT = 'mutation ($id: ID!) { acceptPayment(orderId: $id) { order { status number } } }';
const REJECT = 'mutation ($id: ID!) { rejectPayment(orderId: $id) { order { status number } } }';
const PAID_CARD = '4242424242424242';

let shop: TestApp;
let stripe: Stripe;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
  stripe = stripeOf(shop);
});
beforeEach(() => shop.simulator.webhooks.resume());
afterAll(() => shop.close());

const mismatched = () => mismatchedOrder(shop);

const decide = (mutation: string, id: string, person = staff) =>
  shop.graphql<Record<string, { order: { status: string; number: string | null } }>>(mutation, { id }, person.token);

test('The reason is shown to staff, and to nobody else; the goods stay held', async () => {
  const { id, buyer, product } = await mismatched();
  expect(await moneyOf(shop, staff, id)).toMatchObject({
    reviewReason: 'AMOUNT_MISMATCH',
    reviewNote: 'the session was paid with €10.00, the order is over €9.99',
  });
  expect(await moneyOf(shop, buyer, id)).toMatchObject({ reviewReason: null, reviewNote: null });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
});

test('Staff accept it: the order is paid, once', async () => {
  const { id, product, buyer, sessionId } = await mismatched();
  const [first, second] = await Promise.all([decide(ACCEPT, id), decide(ACCEPT, id)]);
  const codes = [first, second].map(({ errors }) => errors?.[0]?.extensions.code ?? 'accepted').sort();
  expect(codes).toEqual(['ORDER_NOT_UNDER_REVIEW', 'accepted']);
  const order = await orderBySession(shop, buyer, sessionId);
  expect(order).toMatchObject({ status: 'PAID', number: expect.any(String), paidAt: expect.any(String) });
  expect(order?.timeline.at(-1)).toMatchObject({ cause: 'PAYMENT_ACCEPTED', actor: 'STAFF', actorId: null });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 0, held: 0 });
});

test('Staff reject it: the money goes back by itself, and the goods are free', async () => {
  const { id, product, sessionId } = await mismatched();
  const { data } = await decide(REJECT, id);
  expect(data?.rejectPayment?.order).toEqual({ status: 'CANCELLED', number: null });
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
  await eventually(async () => {
    expect(await moneyOf(shop, staff, id)).toMatchObject({
      refundStatus: 'FULL',
      refunds: [
        {
          state: 'SUCCEEDED',
          amount: { amount: 1000 },
          reason: 'PAYMENT_REJECTED',
          note: 'staff rejected the payment',
        },
      ],
    });
  });
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(sessionId);
  const { data: refunds } = await stripe.refunds.list({ payment_intent: String(intent) });
  expect(refunds.map(({ amount }) => amount)).toEqual([1000]);
});

test.each([
  ['acceptPayment', ACCEPT],
  ['rejectPayment', REJECT],
])('%s is for staff, and for orders under review', async (_, mutation) => {
  const { id, buyer } = await mismatched();
  expect((await decide(mutation, id, buyer)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const open = await checkout(shop, buyer, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
  expect((await decide(mutation, open.order.id)).errors?.[0]?.extensions).toMatchObject({
    code: 'ORDER_NOT_UNDER_REVIEW',
    status: 'PENDING',
  });
  const unknown = await decide(mutation, '00000000-0000-4000-8000-000000000000');
  expect(unknown.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
});

test('While Stripe does not respond nothing is decided', async () => {
  const { id, sessionId } = await mismatched();
  const path = `/v1/checkout/sessions/${sessionId}/expire`;
  shop.simulator.faults.failNext({ method: 'POST', path, kind: 'status', status: 401 });
  const { errors } = await decide(REJECT, id);
  expect(errors?.[0]?.extensions.code).toBe('PAYMENT_PROVIDER_UNAVAILABLE');
  expect((await moneyOf(shop, staff, id)).status).toBe('UNDER_REVIEW');
});

describe('A payment through another session of the order', () => {
  /** A second session for the order, as a bug, or somebody at the dashboard, could make it. */
  async function secondSession(orderId: string): Promise<Stripe.Checkout.Session> {
    const metadata = { application: 'comptoir', order_id: orderId };
    return stripe.checkout.sessions.create({
      mode: 'payment',
      client_reference_id: orderId,
      metadata,
      payment_intent_data: { metadata },
      line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 1000, product_data: { name: 'X' } } }],
      success_url: 'http://localhost:3000/',
    });
  }

  async function openOrder() {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 1 });
    const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
    return { ...session, buyer, product, id: session.order.id };
  }

  test('of a paid order goes back, and the order stays paid', async () => {
    const order = await openOrder();
    const second = await secondSession(order.id);
    await submitCard(order.url, PAID_CARD);
    await eventually(async () => expect((await moneyOf(shop, staff, order.id)).status).toBe('PAID'));
    await submitCard(second.url ?? '', PAID_CARD);
    await eventually(async () => {
      expect(await moneyOf(shop, staff, order.id)).toMatchObject({
        status: 'PAID',
        amountRefunded: { amount: 1000 },
        refundStatus: 'PARTIAL',
        refunds: [{ state: 'SUCCEEDED', reason: 'DUPLICATE_PAYMENT', note: 'the order had been paid already' }],
      });
    });
    expect(await stockOf(shop.orm, order.product)).toEqual({ onHand: 0, held: 0 });
  });

  test('that comes first waits for staff, and goes back when the order is paid through its own', async () => {
    const order = await openOrder();
    const second = await secondSession(order.id);
    await submitCard(second.url ?? '', PAID_CARD);
    await eventually(async () => {
      expect(await moneyOf(shop, staff, order.id)).toMatchObject({
        status: 'UNDER_REVIEW',
        reviewReason: 'OTHER_SESSION',
      });
    });
    await submitCard(order.url, PAID_CARD);
    await eventually(async () => {
      expect(await moneyOf(shop, staff, order.id)).toMatchObject({
        status: 'PAID',
        refunds: [{ state: 'SUCCEEDED', reason: 'DUPLICATE_PAYMENT' }],
      });
    });
    const timeline = (await orderBySession(shop, order.buyer, order.sessionId))?.timeline ?? [];
    expect(timeline.map(({ from, to }) => [from, to]).slice(0, 4)).toEqual([
      [null, 'PENDING'],
      ['PENDING', 'UNDER_REVIEW'],
      // What one event led to, in the order in which it did.
      ['UNDER_REVIEW', 'UNDER_REVIEW'],
      ['UNDER_REVIEW', 'PAID'],
    ]);
    expect(await stockOf(shop.orm, order.product)).toEqual({ onHand: 0, held: 0 });
  });

  test('that staff accept pays the order, whose own session can no longer be paid', async () => {
    const order = await openOrder();
    const second = await secondSession(order.id);
    await submitCard(second.url ?? '', PAID_CARD);
    await eventually(async () => expect((await moneyOf(shop, staff, order.id)).status).toBe('UNDER_REVIEW'));
    expect((await decide(ACCEPT, order.id)).data?.acceptPayment?.order.status).toBe('PAID');
    expect((await stripe.checkout.sessions.retrieve(order.sessionId)).status).toBe('expired');
    await shop.simulator.webhooks.idle();
    expect((await moneyOf(shop, staff, order.id)).status).toBe('PAID');
  });

  test('that staff reject goes back; the order is over, and what arrives later for it goes back too', async () => {
    const order = await openOrder();
    const second = await secondSession(order.id);
    const third = await secondSession(order.id);
    await submitCard(second.url ?? '', PAID_CARD);
    await eventually(async () => expect((await moneyOf(shop, staff, order.id)).status).toBe('UNDER_REVIEW'));
    expect((await decide(REJECT, order.id)).data?.rejectPayment?.order.status).toBe('CANCELLED');
    await submitCard(third.url ?? '', PAID_CARD);
    await eventually(async () => {
      const { status, refunds } = await moneyOf(shop, staff, order.id);
      expect(status).toBe('CANCELLED');
      expect(refunds.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    });
    expect(await stockOf(shop.orm, order.product)).toEqual({ onHand: 1, held: 0 });
  });
});

test('A session that is paid without saying what is no payment: the event fails, loudly, and is tried again', async () => {
  const buyer = await newBuyer();
  const session = await checkout(shop, buyer, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
  const paid = await stripe.checkout.sessions.retrieve(session.sessionId);
  const event = eventOf('checkout.session.completed', {
    ...paid,
    status: 'complete',
    payment_status: 'paid',
    payment_intent: null,
  });
  await deliver(shop, event);
  const [row] = await shop.orm.em
    .fork()
    .execute('select state, next_attempt_at is not null as retried from inbox_events where id = ?', [
      (event as { id: string }).id,
    ]);
  expect(row).toEqual({ state: 'FAILED', retried: true });
});
