/** Refunds that staff ask for: never more than what is left, exactly what lines are worth, and goods once. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { checkout, submitCard } from '../../support/checkout.js';
import { mismatchedOrder } from '../../support/mismatched-order.js';
import { activeBookings, addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { madeAtStripe, orderView, type PaidOrder, paidOrder, refundOrder, shows } from '../../support/staff-refunds.js';
import { newBuyer, newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const REFUND_FAILS_CARD = '4000000000005126';
const RETRY = 'mutation ($id: ID!) { retryRefund(refundId: $id) { refund { id state amount { amount } } } }';
const CLOSE = 'mutation ($input: CloseRefundInput!) { closeRefund(input: $input) { refund { state } } }';

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
  shop.simulator.webhooks.resume();
  shop.simulator.faults.clear();
  shop.simulator.clock.reset();
  shop.clock.reset();
});
afterAll(() => shop.close());

const refund = (order: PaidOrder, input: object) => refundOrder(shop, staff, { orderId: order.id, ...input });
const inDashboard = ({ paymentIntent }: PaidOrder, amount?: number) =>
  stripe.refunds.create({ payment_intent: paymentIntent, ...(amount === undefined ? {} : { amount }) });

/** Three pieces for 10.00 in all, of which none can be refunded to a third of a cent. */
async function threePieces(card?: string) {
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 10 });
  const order = await paidOrder(shop, [{ id: product, type: 'PRODUCT', quantity: 3 }], card);
  return { ...order, product, line: order.lines[0] ?? '' };
}

describe('A refund by amount', () => {
  test('goes back once, with the reason for the buyer, and who asked and why for staff', async () => {
    const order = await threePieces();
    const { refund: asked } = await refund(order, { amount: 700, reason: 'LATE', note: 'came a week late' });
    expect(asked).toMatchObject({ state: 'REQUESTED', amount: { amount: 700 } });
    const shown = await shows(shop, staff, order.id, { refundStatus: 'PARTIAL', amountRefunded: { amount: 700 } });
    expect(shown).toMatchObject({ status: 'PAID', amountRefundable: { amount: 2300 } });
    expect(shown.refunds).toMatchObject([
      { state: 'SUCCEEDED', reason: 'LATE', note: 'came a week late', requestedById: staff.id, lines: [] },
    ]);
    expect(shown.refunds[0]?.attempts).toMatchObject([{ number: 1, state: 'SUCCEEDED', amount: { amount: 700 } }]);
    const [made] = await madeAtStripe(shop, order);
    expect(made).toMatchObject({ amount: 700, reason: null, metadata: { refund_id: asked?.id, reason: 'LATE' } });
    const { refunds } = await orderView(shop, order.buyer, order.id);
    expect(refunds).toMatchObject([{ reason: 'LATE', note: null, requestedById: null, attempts: [] }]);
  });

  test('of a suspected fraud is called so at Stripe and to staff, and not to the buyer', async () => {
    const order = await threePieces();
    await refund(order, { amount: 3000, reason: 'FRAUD' });
    await shows(shop, staff, order.id, { refundStatus: 'FULL', refunds: [{ reason: 'FRAUD' }] });
    expect(await madeAtStripe(shop, order)).toMatchObject([{ reason: 'fraudulent' }]);
    expect((await orderView(shop, order.buyer, order.id)).refunds).toMatchObject([{ reason: 'OTHER' }]);
  });

  test('is the same for the same key, and a conflict for another request', async () => {
    const order = await threePieces();
    const idempotencyKey = randomUUID();
    const asked = await Promise.all(Array.from({ length: 8 }, () => refund(order, { amount: 500, idempotencyKey })));
    expect(new Set(asked.map(({ refund: one }) => one?.id)).size).toBe(1);
    const other = await refund(order, { amount: 501, idempotencyKey });
    expect(other.error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', fields: { idempotencyKey: expect.any(String) } });
    await shows(shop, staff, order.id, { amountRefunded: { amount: 500 } });
    expect(await madeAtStripe(shop, order)).toHaveLength(1);
  });

  test('never claims more than what is left, however many ask at once', async () => {
    const order = await threePieces();
    const asked = await Promise.all(Array.from({ length: 8 }, () => refund(order, { amount: 1400 })));
    expect(asked.filter(({ refund: one }) => one !== undefined)).toHaveLength(2);
    const rejected = asked.flatMap(({ error }) => (error ? [error] : []));
    expect(rejected).toHaveLength(6);
    for (const error of rejected) {
      expect(error).toMatchObject({ code: 'REFUND_EXCEEDS_PAYMENT', left: { amount: 200, currency: 'EUR' } });
    }
    await shows(shop, staff, order.id, { amountRefunded: { amount: 2800 }, amountRefundable: { amount: 200 } });
  });

  test('counts what was refunded in the dashboard', async () => {
    const order = await threePieces();
    await inDashboard(order, 1000);
    await shows(shop, staff, order.id, { amountRefundable: { amount: 2000 } });
    expect((await refund(order, { amount: 2001 })).error).toMatchObject({ code: 'REFUND_EXCEEDS_PAYMENT' });
    await refund(order, { amount: 2000 });
    await shows(shop, staff, order.id, { refundStatus: 'FULL', amountRefundable: { amount: 0 } });
  });

  test('is not made in part where somebody was faster in the dashboard: staff try it again for the rest', async () => {
    const order = await threePieces();
    shop.simulator.webhooks.pause();
    await inDashboard(order, 2500);
    const { refund: asked } = await refund(order, { amount: 1000 });
    await shop.runJob('issue-refunds');
    const waiting = { id: asked?.id, state: 'FAILED', failureReason: 'exceeds_what_is_left' };
    const { refunds } = await orderView(shop, staff, order.id);
    expect(refunds).toMatchObject([waiting]);
    shop.simulator.webhooks.resume();
    await shows(shop, staff, order.id, { refundStatus: 'FAILED', amountRefunded: { amount: 2500 } });
    const { data } = await shop.graphql<{ retryRefund: object }>(RETRY, { id: asked?.id }, staff.token);
    expect(data?.retryRefund).toMatchObject({ refund: { id: asked?.id, state: 'REQUESTED', amount: { amount: 500 } } });
    await shows(shop, staff, order.id, { refundStatus: 'FULL', amountRefunded: { amount: 3000 } });
    expect((await madeAtStripe(shop, order)).map(({ amount }) => amount)).toEqual([2500, 500]);
  });
});

test('What was refunded in the dashboard is not claimed twice before the shop has stored it', async () => {
  const order = await threePieces();
  shop.simulator.webhooks.pause();
  // A sync would store it, as soon as a job has found that nothing is left.
  onFailPoint((name) => {
    if (name === 'payment sync: Stripe answered') throw new Error('the process died');
  });
  await refund(order, { amount: 3000 });
  await inDashboard(order);
  await shop.runJob('issue-refunds');
  expect((await orderView(shop, staff, order.id)).refunds).toMatchObject([{ state: 'SETTLED_ELSEWHERE' }]);
  expect((await refund(order, { amount: 3000 })).error).toMatchObject({ code: 'REFUND_EXCEEDS_PAYMENT' });
});

describe('A refund by lines', () => {
  test('gives exactly what was paid back, piece by piece, with goodwill in between', async () => {
    const product = await addProduct(shop.orm, { priceMinor: 333, onHand: 10 });
    const order = await paidOrder(shop, [{ id: product, type: 'PRODUCT', quantity: 3 }]);
    const line = { lineId: order.lines[0], quantity: 1, goods: 'RETURN_TO_STOCK' };
    await refund(order, { lines: [line], reason: 'BUYER_CANCELED' });
    await refund(order, { lines: [line], reason: 'BUYER_CANCELED' });
    const last = await refund(order, { lines: [line], reason: 'BUYER_CANCELED' });
    expect(last.order?.lines).toMatchObject([{ returnedQuantity: 3, amountRefunded: { amount: 999 } }]);
    expect(last.order).toMatchObject({ fulfillmentStatus: 'CANCELED', amountRefundable: { amount: 0 } });
    await shows(shop, staff, order.id, { refundStatus: 'FULL', amountRefunded: { amount: 999 } });
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 10, held: 0 });
    expect((await refund(order, { lines: [line] })).error).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { 'lines[0].quantity': expect.stringContaining('0 that are not refunded') },
    });
  });

  test('puts goods back on offer once, also when it is sent twice and tried twice', async () => {
    const order = await threePieces();
    const before = await stockOf(shop.orm, order.product);
    const input = {
      lines: [{ lineId: order.line, quantity: 2, goods: 'RETURN_TO_STOCK' }],
      idempotencyKey: randomUUID(),
    };
    await Promise.all(Array.from({ length: 4 }, () => refund(order, input)));
    shop.simulator.faults.failNext({ method: 'POST', path: '/v1/refunds', kind: 'status', status: 503 });
    await shop.runJob('issue-refunds');
    shop.clock.advanceMinutes(2);
    await shows(shop, staff, order.id, { amountRefunded: { amount: 2000 } });
    expect(await stockOf(shop.orm, order.product)).toEqual({ ...before, onHand: Number(before.onHand) + 2 });
    expect(await madeAtStripe(shop, order)).toHaveLength(1);
  });

  test('leaves the goods with the buyer where staff say so', async () => {
    const order = await threePieces();
    const before = await stockOf(shop.orm, order.product);
    const { order: after } = await refund(order, {
      lines: [{ lineId: order.line, quantity: 3, amount: 1500, goods: 'KEEP' }],
      reason: 'DAMAGED',
    });
    expect(after?.lines).toMatchObject([{ returnedQuantity: 0, amountRefunded: { amount: 1500 } }]);
    expect(await stockOf(shop.orm, order.product)).toEqual(before);
  });

  test('frees a unit that is not out, and nothing more can be picked up for its money', async () => {
    const equipment = await addEquipment(shop.orm, { units: 2 });
    const rental = { id: equipment, type: 'EQUIPMENT' as const, quantity: 2, startDate: addDays(shopDay(), 2) };
    const order = await paidOrder(shop, [rental]);
    const { order: after } = await refund(order, {
      lines: [{ lineId: order.lines[0], quantity: 1, goods: 'RETURN_TO_STOCK' }],
    });
    expect(after).toMatchObject({ fulfillmentStatus: 'UNFULFILLED', lines: [{ returnedQuantity: 1 }] });
    expect(await activeBookings(shop.orm, equipment)).toHaveLength(1);
    await refund(order, { lines: [{ lineId: order.lines[0], quantity: 1, goods: 'RETURN_TO_STOCK' }] });
    expect(await activeBookings(shop.orm, equipment)).toEqual([]);
    const other = await newBuyer();
    expect(other.id).not.toBe(order.buyer.id);
    await paidOrder(shop, [rental]);
  });
});

describe('A refund that fails', () => {
  test('weeks later frees its attempt and not its claim: staff try it again, or pay otherwise', async () => {
    const order = await threePieces(REFUND_FAILS_CARD);
    shop.simulator.clock.freeze();
    const { refund: asked } = await refund(order, { amount: 1000 });
    await shows(shop, staff, order.id, { refundStatus: 'PARTIAL', amountRefunded: { amount: 1000 } });
    await shop.simulator.clock.advance(3600);
    const failed = { refundStatus: 'FAILED', amountRefunded: { amount: 0 }, refunds: [{ state: 'FAILED' }] };
    await shows(shop, staff, order.id, failed);
    // It is owed all the same.
    expect(await orderView(shop, staff, order.id)).toMatchObject({ amountRefundable: { amount: 2000 } });
    await shop.graphql(RETRY, { id: asked?.id }, staff.token);
    await shows(shop, staff, order.id, { amountRefunded: { amount: 1000 }, refunds: [{ state: 'SUCCEEDED' }] });
    await shop.simulator.clock.advance(3600);
    const again = await shows(shop, staff, order.id, failed);
    expect(again.refunds[0]?.attempts).toMatchObject([
      { number: 1, state: 'FAILED' },
      { number: 2, state: 'FAILED' },
    ]);
    const input = { refundId: asked?.id, note: 'by bank transfer' };
    expect((await shop.graphql(CLOSE, { input }, staff.token)).data).toEqual({
      closeRefund: { refund: { state: 'PAID_OTHERWISE' } },
    });
    const closed = { refundStatus: 'PARTIAL', refunds: [{ state: 'PAID_OTHERWISE' }] };
    await shows(shop, staff, order.id, { ...closed, amountRefundable: { amount: 2000 } });
    expect(await madeAtStripe(shop, order)).toHaveLength(2);
  });

  test('is tried again also where Stripe’s lists, with its failure, are read before the next attempt', async () => {
    const order = await threePieces(REFUND_FAILS_CARD);
    shop.simulator.clock.freeze();
    const { refund: asked } = await refund(order, { amount: 1000 });
    await shows(shop, staff, order.id, { refunds: [{ state: 'SUCCEEDED' }] });
    await shop.simulator.clock.advance(3600);
    await shows(shop, staff, order.id, { refunds: [{ state: 'FAILED' }] });
    // The next attempt would hide what the lists say of the first.
    onFailPoint((name) => {
      if (name === 'refund: claimed') throw new Error('the process died');
    });
    await shop.graphql(RETRY, { id: asked?.id }, staff.token);
    await inDashboard(order, 500);
    const { refunds } = await shows(shop, staff, order.id, { amountRefunded: { amount: 500 } });
    expect(refunds).toMatchObject([{ id: asked?.id, state: 'REQUESTED', failureReason: null }, { state: 'SUCCEEDED' }]);
    onFailPoint(null);
    shop.clock.advanceMinutes(2);
    const made = { amountRefunded: { amount: 1500 }, refunds: [{ state: 'SUCCEEDED' }, { state: 'SUCCEEDED' }] };
    expect((await shows(shop, staff, order.id, made)).refunds[0]?.attempts).toMatchObject([
      { number: 1, state: 'FAILED' },
      { number: 2, state: 'SUCCEEDED' },
    ]);
  });

  test('since Stripe rejects it says why, and keeps its claim', async () => {
    const order = await threePieces();
    shop.simulator.faults.failNext({ method: 'POST', path: '/v1/refunds', kind: 'status', status: 400 });
    await refund(order, { amount: 1000 });
    const shown = await shows(shop, staff, order.id, { refundStatus: 'FAILED', refunds: [{ state: 'FAILED' }] });
    expect(shown).toMatchObject({ amountRefundable: { amount: 2000 } });
    expect(shown.refunds[0]?.attempts).toMatchObject([{ number: 1, state: 'NOT_MADE' }]);
    expect(shown.timeline.at(-1)).toMatchObject({ cause: 'REFUND_STATUS_CHANGED' });
  });
});

describe('What cannot be refunded', () => {
  test.each([
    [{ amount: 0 }, 'amount'],
    [{ amount: 100, lines: [{ lineId: 'x', quantity: 1, goods: 'KEEP' }] }, 'amount'],
    [{}, 'amount'],
    [{ lines: [] }, 'lines'],
  ])('%j is rejected by its field', async (input, field) => {
    const order = await threePieces();
    expect((await refund(order, input)).error).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { [field]: expect.any(String) },
    });
  });

  test('a line twice, a line of another order, too many pieces, and more than the line is worth', async () => {
    const [order, other] = [await threePieces(), await threePieces()];
    const line = { lineId: order.line, quantity: 1, goods: 'KEEP' };
    const rejected = async (lines: object[]) => (await refund(order, { lines })).error;
    expect(await rejected([line, line])).toMatchObject({ fields: { 'lines[1].lineId': 'is given twice' } });
    expect(await rejected([{ ...line, lineId: other.line }])).toMatchObject({ code: 'NOT_FOUND' });
    expect(await rejected([{ ...line, quantity: 4 }])).toMatchObject({
      fields: { 'lines[0].quantity': expect.any(String) },
    });
    expect(await rejected([{ ...line, amount: 3001 }])).toMatchObject({
      fields: { 'lines[0].amount': expect.any(String) },
    });
    expect(await rejected([{ ...line, amount: 0 }])).toMatchObject({ fields: { lines: expect.any(String) } });
    expect(await orderView(shop, staff, order.id)).toMatchObject({ refunds: [], refundStatus: 'NONE' });
  });

  test('an amount that its currency does not have', async () => {
    const other = await startTestApp({ SHOP_CURRENCY: 'ISK' });
    try {
      const product = await addProduct(other.orm, { priceMinor: 100_000, currency: 'ISK' });
      const order = await paidOrder(other, [{ id: product, type: 'PRODUCT' }]);
      const asked = (input: object) => refundOrder(other, staff, { orderId: order.id, ...input });
      expect((await asked({ amount: 150 })).error).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: { amount: 'must be a multiple of 100 in ISK' },
      });
      const line = { lineId: order.lines[0], quantity: 1, goods: 'KEEP', amount: 150 };
      expect((await asked({ lines: [line] })).error?.fields).toHaveProperty(['lines[0].amount']);
      expect((await asked({ amount: 200 })).refund).toMatchObject({ amount: { amount: 200 } });
    } finally {
      await other.close();
    }
  });

  test('unknown orders and payments, money under review, and orders without money', async () => {
    const order = await threePieces();
    const code = async (input: object) => (await refundOrder(shop, staff, { amount: 100, ...input })).error?.code;
    expect(await code({ orderId: randomUUID() })).toBe('NOT_FOUND');
    expect(await code({ orderId: 'x' })).toBe('NOT_FOUND');
    expect(await code({ orderId: order.id, paymentId: 'pi_x' })).toBe('NOT_FOUND');
    const review = await mismatchedOrder(shop);
    expect(await code({ orderId: review.id })).toBe('PAYMENT_UNDER_REVIEW');
    await shop.graphql(
      'mutation ($id: ID!) { rejectPayment(orderId: $id) { order { id } } }',
      { id: review.id },
      staff.token,
    );
    expect(await code({ orderId: review.id })).toBe('NO_PAYMENT_TO_REFUND');
  });

  test('a payment that is not of the order, also while staff decide on an order whose money has not arrived', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { priceMinor: 1000 });
    const { order } = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
    await shop.orm.em
      .fork()
      .execute(`update orders set status = 'UNDER_REVIEW', review_reason = 'PAYMENT_OVERDUE' where id = ?`, [order.id]);
    const asked = async (input: object) => (await refundOrder(shop, staff, { orderId: order.id, ...input })).error;
    expect(await asked({ amount: 100 })).toMatchObject({ code: 'PAYMENT_UNDER_REVIEW' });
    expect(await asked({ amount: 100, paymentId: 'pi_x' })).toMatchObject({
      code: 'NOT_FOUND',
      fields: { paymentId: expect.any(String) },
    });
  });

  test('lines of a payment in another currency, which staff have accepted: an amount can be', async () => {
    const product = await addProduct(shop.orm, { priceMinor: 1000 });
    shop.simulator.webhooks.pause();
    const { order: ordered, url } = await checkout(shop, await newBuyer(), [{ id: product, type: 'PRODUCT' }]);
    const { id } = ordered;
    await shop.orm.em.fork().execute(`update orders set currency = 'USD' where id = ?`, [id]);
    await submitCard(url, '4242424242424242');
    shop.simulator.webhooks.resume();
    await shows(shop, staff, id, { status: 'UNDER_REVIEW' });
    await shop.graphql('mutation ($id: ID!) { acceptPayment(orderId: $id) { order { id } } }', { id }, staff.token);
    const query = 'query ($id: ID!) { order(id: $id) { lines { id } amountRefundable { amount currency } } }';
    const { data } = await shop.graphql<{
      order: { lines: [{ id: string }]; amountRefundable: { amount: number; currency: string } };
    }>(query, { id }, staff.token);
    expect(data?.order.amountRefundable).toEqual({ amount: 1000, currency: 'EUR' });
    const lines = [{ lineId: data?.order.lines[0].id, quantity: 1, goods: 'KEEP' }];
    expect((await refundOrder(shop, staff, { orderId: id, lines })).error).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { lines: expect.stringContaining('EUR') },
    });
    expect((await refundOrder(shop, staff, { orderId: id, amount: 1000 })).error).toBeUndefined();
    await shows(shop, staff, id, { refundStatus: 'FULL', amountRefundable: { amount: 0 } });
  });
});
