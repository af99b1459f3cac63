/** For an idempotency key Stripe repeats its answer: an attempt that it rejected is over, whatever becomes of the refund. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { type FailPoint, onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { mismatchedOrder } from '../../support/mismatched-order.js';
import { addProduct } from '../../support/shop.js';
import {
  closeDispute,
  disputePart,
  madeAtStripe,
  orderView,
  type PaidOrder,
  paidOrder,
  refundOrder,
  shows,
} from '../../support/staff-refunds.js';
import { newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const REFUND_FAILS_CARD = '4000000000005126';
const REJECT = 'mutation ($id: ID!) { rejectPayment(orderId: $id) { order { status } } }';

let shop: TestApp;
let stripe: Stripe;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
  stripe = stripeOf(shop);
});
afterEach(() => {
  onFailPoint(null);
  shop.simulator.clock.reset();
  shop.clock.reset();
});
afterAll(() => shop.close());

async function product(card?: string): Promise<PaidOrder> {
  const id = await addProduct(shop.orm, { priceMinor: 3000 });
  return paidOrder(shop, [{ id, type: 'PRODUCT' }], card);
}

/** Once, at the first time that a run reaches the point. */
function at(point: FailPoint, act: () => Promise<unknown>): void {
  let isReached = false;
  onFailPoint(async (name) => {
    if (isReached || name !== point) return;
    isReached = true;
    await act();
  });
}

/** Between the lists, which show that all is left, and the request for the refund. */
const JUST_BEFORE: FailPoint = 'refund: attempt stored';

test.each(['won', 'lost'] as const)(
  'A refund that a dispute was faster than is made once it is %s',
  async (outcome) => {
    const order = await product();
    let dispute = '';
    at(JUST_BEFORE, async () => {
      dispute = await disputePart(shop, order, 1500);
    });
    await refundOrder(shop, staff, { orderId: order.id, amount: 1000 });
    await shows(shop, staff, order.id, { refunds: [{ state: 'BLOCKED' }] });
    await closeDispute(shop, dispute, outcome);
    const { refunds } = await shows(shop, staff, order.id, { refunds: [{ state: 'SUCCEEDED' }] });
    expect(refunds[0]?.attempts).toMatchObject([
      { number: 1, state: 'NOT_MADE', failureReason: 'charge_disputed' },
      { number: 2, state: 'SUCCEEDED' },
    ]);
    expect(await madeAtStripe(shop, order)).toMatchObject([{ amount: 1000 }]);
  },
);

test('The same goes for one of which the process died when Stripe had rejected it', async () => {
  const order = await product();
  let dispute = '';
  at(JUST_BEFORE, async () => {
    dispute = await disputePart(shop, order, 1500);
    at('refund: Stripe answered', () => Promise.reject(new Error('the process died')));
  });
  await refundOrder(shop, staff, { orderId: order.id, amount: 1000 });
  await shop.runJob('issue-refunds').catch(() => {});
  await shows(shop, staff, order.id, { disputeStatus: 'OPEN', refunds: [{ state: 'BLOCKED' }] });
  // What it was answered is not known here.
  expect((await orderView(shop, staff, order.id)).refunds[0]?.attempts).toMatchObject([{ number: 1, state: 'SENT' }]);
  await closeDispute(shop, dispute, 'won');
  await shows(shop, staff, order.id, { disputeStatus: 'WON' });
  await shop.runJob('issue-refunds');
  shop.clock.advanceMinutes(2);
  await shows(shop, staff, order.id, { refunds: [{ state: 'SUCCEEDED' }] });
  expect(await madeAtStripe(shop, order)).toMatchObject([{ amount: 1000 }]);
});

test('A refund that one in the dashboard was faster than is made once that one has failed', async () => {
  const order = await product(REFUND_FAILS_CARD);
  shop.simulator.clock.freeze();
  at(JUST_BEFORE, () => stripe.refunds.create({ payment_intent: order.paymentIntent }));
  await refundOrder(shop, staff, { orderId: order.id, amount: 1000 });
  await shows(shop, staff, order.id, { refundStatus: 'FULL' });
  const settled = await orderView(shop, staff, order.id);
  expect(settled.refunds.map(({ state }) => state).toSorted()).toEqual(['SETTLED_ELSEWHERE', 'SUCCEEDED']);
  await shop.simulator.clock.advance(3600);
  await shows(shop, staff, order.id, { amountRefunded: { amount: 1000 } });
  expect((await madeAtStripe(shop, order)).map(({ amount, status }) => [amount, status])).toEqual([
    [3000, 'failed'],
    [1000, 'succeeded'],
  ]);
});

test('A refund that is due by itself, and that a dispute was faster than, is made once it is won', async () => {
  const { id, sessionId, buyer } = await mismatchedOrder(shop);
  const { payment_intent: paymentIntent } = await stripe.checkout.sessions.retrieve(sessionId);
  const order: PaidOrder = { id, sessionId, buyer, paymentIntent: String(paymentIntent), lines: [] };
  let dispute = '';
  at(JUST_BEFORE, async () => {
    dispute = await disputePart(shop, order, 400);
  });
  await shop.graphql(REJECT, { id }, staff.token);
  await shows(shop, staff, id, { refunds: [{ state: 'BLOCKED' }] });
  await closeDispute(shop, dispute, 'won');
  await shows(shop, staff, id, { refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }] });
  expect(await madeAtStripe(shop, order)).toMatchObject([{ amount: 1000 }]);
});
