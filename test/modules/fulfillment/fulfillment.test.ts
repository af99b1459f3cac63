/** Goods of paid orders: handed over, sent, and put on offer again, each piece once. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { activeBookings, addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { madeAtStripe, orderView, type PaidOrder, paidOrder, refundOrder, shows } from '../../support/staff-refunds.js';
import { newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const DISPUTED_CARD = '4000000000000259';
const FULFILL = `mutation ($input: MarkFulfilledInput!) { markFulfilled(input: $input) {
  fulfillment { id carrier trackingNumber actorId lines { line { id } quantity } } order { fulfillmentStatus }
} }`;
const RELEASE = `mutation ($input: ReleaseLineInput!) { releaseLine(input: $input) {
  line { fulfilledQuantity returnedQuantity order { fulfillmentStatus } }
} }`;
const PICK_UP = `mutation ($input: MarkPickedUpInput!) { markPickedUp(input: $input) { line { fulfilledQuantity } } }`;
const RETURN = `mutation ($input: MarkReturnedInput!) { markReturned(input: $input) { line { returnedQuantity } } }`;
const FULFILLMENTS = `query ($id: ID!) { order(id: $id) { fulfillments { carrier trackingNumber actorId lines { quantity } } } }`;

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterEach(() => {
  shop.simulator.faults.clear();
  shop.simulator.clock.reset();
});
afterAll(() => shop.close());

async function run(document: string, input: object, viewer = staff) {
  const { data, errors } = await shop.graphql<object>(document, { input }, viewer.token);
  return { ...data, error: errors?.[0]?.extensions };
}

const fulfill = (order: PaidOrder, input: object = {}) =>
  run(FULFILL, { orderId: order.id, idempotencyKey: randomUUID(), ...input });
const release = (order: PaidOrder, input: object = {}) =>
  run(RELEASE, { lineId: order.lines[0], note: 'a test', idempotencyKey: randomUUID(), ...input });
const view = ({ id }: PaidOrder) => orderView(shop, staff, id);

async function threePieces(card?: string) {
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 10 });
  return { ...(await paidOrder(shop, [{ id: product, type: 'PRODUCT', quantity: 3 }], card)), product };
}

describe('Products', () => {
  test('are handed over in parts, with what the buyer needs to follow them', async () => {
    const order = await threePieces();
    expect(await view(order)).toMatchObject({ fulfillmentStatus: 'UNFULFILLED' });
    const [lineId] = order.lines;
    const sent = { lines: [{ lineId, quantity: 1 }], carrier: 'La Poste', trackingNumber: '6A123' };
    expect(await fulfill(order, sent)).toMatchObject({
      markFulfilled: {
        fulfillment: { carrier: 'La Poste', trackingNumber: '6A123', actorId: staff.id, lines: [{ quantity: 1 }] },
        order: { fulfillmentStatus: 'PARTIALLY_FULFILLED' },
      },
    });
    await fulfill(order);
    expect(await view(order)).toMatchObject({ fulfillmentStatus: 'FULFILLED', lines: [{ fulfilledQuantity: 3 }] });
    const { data } = await shop.graphql<object>(FULFILLMENTS, { id: order.id }, order.buyer.token);
    expect(data).toMatchObject({
      order: {
        fulfillments: [
          { carrier: 'La Poste', trackingNumber: '6A123', actorId: null, lines: [{ quantity: 1 }] },
          { carrier: null, trackingNumber: null, lines: [{ quantity: 2 }] },
        ],
      },
    });
    expect((await view(order)).timeline.filter(({ cause }) => cause === 'GOODS_FULFILLED')).toHaveLength(2);
    expect((await fulfill(order)).error).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { orderId: expect.any(String) },
    });
  });

  test('are handed over once for a key, and never more than were bought', async () => {
    const order = await threePieces();
    const input = { lines: [{ lineId: order.lines[0], quantity: 2 }], idempotencyKey: randomUUID() };
    const all = await Promise.all(Array.from({ length: 5 }, () => fulfill(order, input)));
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(await view(order)).toMatchObject({ lines: [{ fulfilledQuantity: 2 }] });
    expect((await fulfill(order, { ...input, carrier: 'x' })).error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    const again = await fulfill(order, { lines: [{ lineId: order.lines[0], quantity: 2 }] });
    expect(again.error).toMatchObject({ fields: { 'lines[0].quantity': expect.stringContaining('the 1 that') } });
  });

  test('are handed over at once however many lines there are, as far as the timeline has room for them', async () => {
    const products = await Promise.all(Array.from({ length: 50 }, () => addProduct(shop.orm, { priceMinor: 100 })));
    const order = await paidOrder(
      shop,
      products.map((id) => ({ id, type: 'PRODUCT', quantity: 2 })),
    );
    expect((await fulfill(order)).error).toBeUndefined();
    const { fulfillmentStatus, timeline } = await view(order);
    expect(fulfillmentStatus).toBe('FULFILLED');
    const { note } = timeline.find(({ cause }) => cause === 'GOODS_FULFILLED') ?? {};
    expect(note).toMatch(/^2 of line 1, 2 of line 2, .*…$/);
    expect(note).toHaveLength(300);
  });

  test('that had been handed over come back only if staff say that they are there', async () => {
    const order = await threePieces();
    const before = Number((await stockOf(shop.orm, order.product)).onHand);
    await fulfill(order, { lines: [{ lineId: order.lines[0], quantity: 2 }] });
    expect((await release(order, { quantity: 2 })).error).toMatchObject({
      fields: { receivedBack: expect.stringContaining('1 of these') },
    });
    expect(await release(order, { quantity: 2, receivedBack: true })).toMatchObject({
      releaseLine: { line: { fulfilledQuantity: 2, returnedQuantity: 2, order: { fulfillmentStatus: 'FULFILLED' } } },
    });
    expect(await release(order, { receivedBack: true })).toMatchObject({
      releaseLine: { line: { returnedQuantity: 3, order: { fulfillmentStatus: 'RETURNED' } } },
    });
    expect(await stockOf(shop.orm, order.product)).toEqual({ onHand: before + 3, held: 0 });
    expect((await release(order)).error).toMatchObject({ fields: { lineId: expect.any(String) } });
  });

  test('are put on offer again once for a key', async () => {
    const order = await threePieces();
    const before = Number((await stockOf(shop.orm, order.product)).onHand);
    const input = { quantity: 1, idempotencyKey: randomUUID() };
    await Promise.all(Array.from({ length: 5 }, () => release(order, input)));
    expect(await stockOf(shop.orm, order.product)).toEqual({ onHand: before + 1, held: 0 });
    expect((await release(order, { ...input, quantity: 2 })).error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect((await release(order, { quantity: 3 })).error).toMatchObject({ fields: { quantity: expect.any(String) } });
  });
});

describe('A rental', () => {
  test('is fulfilled by picking up, and returned by coming back; units that stayed are freed', async () => {
    const equipment = await addEquipment(shop.orm, { units: 3 });
    const rental = { id: equipment, type: 'EQUIPMENT' as const, quantity: 3, startDate: shopDay() };
    const order = await paidOrder(shop, [rental]);
    const query = 'query ($id: ID!) { order(id: $id) { lines { units { unitId } } } }';
    const { data } = await shop.graphql<{ order: { lines: [{ units: { unitId: string }[] }] } }>(
      query,
      { id: order.id },
      staff.token,
    );
    const [first, second, third] = data?.order.lines[0].units.map(({ unitId }) => unitId) ?? [];
    await run(PICK_UP, { orderLineId: order.lines[0], unitIds: [first] });
    expect(await view(order)).toMatchObject({
      fulfillmentStatus: 'PARTIALLY_FULFILLED',
      lines: [{ fulfilledQuantity: 1 }],
    });
    expect((await release(order, { unitIds: [first] })).error).toMatchObject({
      fields: { unitIds: expect.any(String) },
    });
    expect(await release(order, { unitIds: [third] })).toMatchObject({
      releaseLine: { line: { returnedQuantity: 1 } },
    });
    expect((await activeBookings(shop.orm, equipment)).map(({ unit }) => String(unit))).toEqual([first, second]);
    expect((await release(order, { quantity: 2 })).error).toMatchObject({ fields: { quantity: expect.any(String) } });
    await release(order, { quantity: 1 });
    expect(await view(order)).toMatchObject({ fulfillmentStatus: 'FULFILLED' });
    await run(RETURN, { orderLineId: order.lines[0] });
    expect(await view(order)).toMatchObject({
      fulfillmentStatus: 'RETURNED',
      lines: [{ fulfilledQuantity: 1, returnedQuantity: 3 }],
    });
  });

  test('whose money has gone back is not handed out, unless staff say that they know', async () => {
    const rental = { id: await addEquipment(shop.orm), type: 'EQUIPMENT' as const, startDate: shopDay() };
    const order = await paidOrder(shop, [rental]);
    await stripeOf(shop).refunds.create({ payment_intent: order.paymentIntent });
    await shows(shop, staff, order.id, { refundStatus: 'FULL', fulfillmentStatus: 'UNFULFILLED' });
    const input = { orderLineId: order.lines[0] };
    expect((await run(PICK_UP, input)).error).toMatchObject({
      code: 'ORDER_REFUNDED',
      fields: { despiteRefund: expect.any(String) },
    });
    expect((await run(PICK_UP, { ...input, despiteRefund: true })).error).toBeUndefined();
    expect(await madeAtStripe(shop, order)).toHaveLength(1);
  });
});

describe('Goods of a disputed payment', () => {
  test('do not leave the shop, unless staff say that they know', async () => {
    const order = await threePieces(DISPUTED_CARD);
    await shows(shop, staff, order.id, { disputeStatus: 'OPEN' });
    expect((await fulfill(order)).error).toMatchObject({
      code: 'ORDER_DISPUTED',
      fields: { despiteDispute: expect.any(String) },
    });
    expect((await fulfill(order, { despiteDispute: true })).error).toBeUndefined();
  });

  test('nor do those of a line that staff have refunded', async () => {
    const order = await threePieces();
    const lines = [{ lineId: order.lines[0], quantity: 3, goods: 'KEEP' }];
    await refundOrder(shop, staff, { orderId: order.id, lines });
    expect((await fulfill(order)).error).toMatchObject({ code: 'ORDER_REFUNDED' });
  });
});

describe('Goods whose money is on its way back', () => {
  /** Stripe takes none of them yet. */
  function holdRefundsUp(): void {
    const rejected = { method: 'POST', path: '/v1/refunds', kind: 'status' as const, status: 401 };
    shop.simulator.faults.failNext(...Array.from({ length: 50 }, () => rejected));
  }

  test('do not leave the shop, unless staff say that they know; a part of it stops nothing', async () => {
    const order = await threePieces();
    holdRefundsUp();
    const lines = [{ lineId: order.lines[0], quantity: 1 }];
    await refundOrder(shop, staff, { orderId: order.id, amount: 2999 });
    expect((await fulfill(order, { lines })).error).toBeUndefined();
    await refundOrder(shop, staff, { orderId: order.id, amount: 1 });
    expect((await fulfill(order, { lines })).error).toMatchObject({ code: 'ORDER_REFUNDED' });
    expect((await fulfill(order, { lines, despiteRefund: true })).error).toBeUndefined();
    expect(await view(order)).toMatchObject({ refundStatus: 'PENDING', lines: [{ fulfilledQuantity: 2 }] });
  });

  test('nor do units of a rental', async () => {
    const rental = { id: await addEquipment(shop.orm), type: 'EQUIPMENT' as const, startDate: shopDay() };
    const order = await paidOrder(shop, [rental]);
    holdRefundsUp();
    await refundOrder(shop, staff, { orderId: order.id, amount: 4500 });
    const input = { orderLineId: order.lines[0] };
    expect((await run(PICK_UP, input)).error).toMatchObject({ code: 'ORDER_REFUNDED' });
    expect((await run(PICK_UP, { ...input, despiteRefund: true })).error).toBeUndefined();
  });
});
