/** Buyers withdraw from the contract: from what the law lets them, once, and somebody sees to their money. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { checkout } from '../../support/checkout.js';
import { activeBookings, addEquipment, addProduct, stockOf } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { type PaidOrder, paidOrder, refundOrder } from '../../support/staff-refunds.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

const WITHDRAWAL = 'id at closedAt closedNote actorId lines { line { id } quantity } order { id }';
const WITHDRAW = `mutation ($input: WithdrawInput!) { withdraw(input: $input) {
  withdrawal { ${WITHDRAWAL} } order { fulfillmentStatus }
} }`;
const CLOSE = `mutation ($input: CloseWithdrawalInput!) { closeWithdrawal(input: $input) { withdrawal { ${WITHDRAWAL} } } }`;
const ORDER = `query ($id: ID!) { order(id: $id) {
  fulfillmentStatus timeline { cause actor note }
  lines { withdrawableQuantity withdrawableUntil returnedQuantity fulfilledQuantity }
  withdrawals { ${WITHDRAWAL} } refunds { withdrawalId }
} }`;
const WAITING = `{ attention(kind: WITHDRAWAL_REQUESTED, first: 100) { edges { node {
  since dueAt actions order { id } withdrawal { id }
} } } }`;

interface LineView {
  withdrawableQuantity: number;
  withdrawableUntil: string | null;
  returnedQuantity: number;
  fulfilledQuantity: number;
}

interface OrderView {
  fulfillmentStatus: string;
  timeline: { cause: string; actor: string; note: string | null }[];
  lines: LineView[];
  withdrawals: { id: string; at: string; closedAt: string | null }[];
  refunds: { withdrawalId: string | null }[];
}

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterEach(() => shop.clock.reset());
afterAll(() => shop.close());

async function run<Data extends object>(document: string, input: object, viewer: Person) {
  const { data, errors } = await shop.graphql<Data>(document, { input }, viewer.token);
  return { data, error: errors?.[0]?.extensions };
}

interface Withdrawn {
  withdraw: { withdrawal: { id: string; at: string; lines: { quantity: number }[] } };
}

async function withdraw(order: Pick<PaidOrder, 'id' | 'buyer'>, input: object = {}, viewer = order.buyer) {
  const { data, error } = await run<Withdrawn>(WITHDRAW, { orderId: order.id, confirm: true, ...input }, viewer);
  return { withdraw: data?.withdraw, error };
}

async function view({ id, buyer }: PaidOrder, viewer = buyer): Promise<OrderView> {
  const { data, errors } = await shop.graphql<{ order: OrderView }>(ORDER, { id }, viewer.token);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.order;
}

async function handOver({ id }: PaidOrder, input: object = {}): Promise<void> {
  const document = 'mutation ($input: MarkFulfilledInput!) { markFulfilled(input: $input) { order { id } } }';
  const { error } = await run(document, { orderId: id, idempotencyKey: randomUUID(), ...input }, staff);
  expect(error).toBeUndefined();
}

async function waiting(order: PaidOrder) {
  type Entry = { node: { dueAt: string; order: { id: string }; actions: string[]; withdrawal: { id: string } } };
  const { data } = await shop.graphql<{ attention: { edges: Entry[] } }>(WAITING, {}, staff.token);
  return data?.attention.edges.map(({ node }) => node).filter((node) => node.order.id === order.id) ?? [];
}

async function threePieces(values: object = {}) {
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 10, ...values });
  return { ...(await paidOrder(shop, [{ id: product, type: 'PRODUCT', quantity: 3 }])), product };
}

async function rental(startDate: string, values: object = {}) {
  const equipment = await addEquipment(shop.orm, { units: 2, ...values });
  const order = await paidOrder(shop, [{ id: equipment, type: 'EQUIPMENT', quantity: 2, startDate, days: 2 }]);
  return { ...order, equipment };
}

describe('A buyer withdraws', () => {
  test('from some pieces, then from the others, each once', async () => {
    const order = await threePieces();
    const [lineId] = order.lines;
    expect(await view(order)).toMatchObject({ lines: [{ withdrawableQuantity: 3, withdrawableUntil: null }] });
    const first = await withdraw(order, { lines: [{ lineId, quantity: 2 }] });
    expect(first.withdraw).toMatchObject({
      withdrawal: { closedAt: null, lines: [{ line: { id: lineId }, quantity: 2 }], order: { id: order.id } },
    });
    expect((await withdraw(order, { lines: [{ lineId, quantity: 2 }] })).error).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { 'lines[0].quantity': expect.stringContaining('the 1 that') },
    });
    expect((await withdraw(order)).withdraw).toMatchObject({ withdrawal: { lines: [{ quantity: 1 }] } });
    const again = { code: 'WITHDRAWAL_NOT_POSSIBLE', fields: { orderId: expect.stringContaining('line 1 has been') } };
    expect((await withdraw(order)).error).toMatchObject(again);
    const { withdrawals, timeline } = await view(order);
    expect(withdrawals).toHaveLength(2);
    expect(timeline.filter(({ cause }) => cause === 'WITHDRAWN')).toMatchObject([{ actor: 'BUYER' }, {}]);
    // Pieces come back when staff have them.
    expect(await stockOf(shop.orm, order.product)).toEqual({ onHand: 7, held: 0 });
  });

  test('once, however often they press the button at the same time', async () => {
    const order = await threePieces();
    const all = await Promise.all(Array.from({ length: 5 }, () => withdraw(order)));
    expect(all.filter(({ error }) => error === undefined)).toHaveLength(1);
    expect((await view(order)).withdrawals).toHaveLength(1);
  });

  test('until two weeks after the last piece was handed over, and not a day longer', async () => {
    const order = await threePieces();
    await handOver(order, { lines: [{ lineId: order.lines[0], quantity: 2 }] });
    expect(await view(order)).toMatchObject({ lines: [{ withdrawableQuantity: 3, withdrawableUntil: null }] });
    await handOver(order);
    const [line] = (await view(order)).lines;
    const until = line?.withdrawableUntil ?? '';
    expect(until >= addDays(shopDay(), 14) && until <= addDays(shopDay(), 16)).toBe(true);
    while (shopDay(shop.clock.now()) < until) shop.clock.advanceMinutes(24 * 60);
    expect(await view(order)).toMatchObject({ lines: [{ withdrawableQuantity: 3 }] });
    shop.clock.advanceMinutes(24 * 60);
    expect(await view(order)).toMatchObject({ lines: [{ withdrawableQuantity: 0, withdrawableUntil: until }] });
    expect((await withdraw(order, { lines: [{ lineId: order.lines[0] }] })).error).toMatchObject({
      code: 'WITHDRAWAL_NOT_POSSIBLE',
      fields: { 'lines[0].lineId': `could be withdrawn from until ${until}` },
    });
    expect((await view(order)).withdrawals).toEqual([]);
  });

  test('from a rental that begins later: its units are free at once', async () => {
    const order = await rental(addDays(shopDay(), 5));
    await withdraw(order, { lines: [{ lineId: order.lines[0], quantity: 1 }] });
    expect(await activeBookings(shop.orm, order.equipment)).toHaveLength(1);
    expect(await view(order)).toMatchObject({ lines: [{ withdrawableQuantity: 1, returnedQuantity: 1 }] });
    await withdraw(order);
    expect(await activeBookings(shop.orm, order.equipment)).toEqual([]);
    expect(await view(order)).toMatchObject({ fulfillmentStatus: 'CANCELED', lines: [{ returnedQuantity: 2 }] });
  });

  test('from a rental that has begun: its units stay booked until staff have them back', async () => {
    const order = await rental(shopDay());
    await withdraw(order);
    expect(await activeBookings(shop.orm, order.equipment)).toHaveLength(2);
    expect(await waiting(order)).toHaveLength(1);
  });

  test('also where staff declare it for them', async () => {
    const order = await threePieces();
    expect((await withdraw(order, {}, staff)).error).toBeUndefined();
    expect((await view(order, staff)).timeline.at(-1)).toMatchObject({ cause: 'WITHDRAWN', actor: 'STAFF' });
  });
});

describe('A buyer cannot withdraw', () => {
  test('without having confirmed it', async () => {
    const order = await threePieces();
    expect((await withdraw(order, { confirm: false })).error).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { confirm: expect.any(String) },
    });
  });

  test('from goods without the right, which was so when they bought them', async () => {
    const order = await rental(addDays(shopDay(), 5), { withdrawalRight: false });
    await shop.orm.em.fork().execute('update equipment set withdrawal_right = true where id = ?', [order.equipment]);
    expect(await view(order)).toMatchObject({ lines: [{ withdrawableQuantity: 0, withdrawableUntil: null }] });
    expect((await withdraw(order)).error).toMatchObject({ code: 'WITHDRAWAL_NOT_POSSIBLE' });
    expect(await activeBookings(shop.orm, order.equipment)).toHaveLength(2);
  });

  test('from a rental that is over', async () => {
    const order = await rental(shopDay());
    shop.clock.advanceMinutes(3 * 24 * 60);
    expect((await withdraw(order)).error).toMatchObject({
      fields: { orderId: expect.stringContaining('a rental that is over') },
    });
  });

  test('from an order that is not paid, or whose money has all gone back', async () => {
    const product = await addProduct(shop.orm, { onHand: 1 });
    const buyer = await newBuyer();
    const { order: open } = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
    expect((await withdraw({ id: open.id, buyer })).error).toMatchObject({
      code: 'WITHDRAWAL_NOT_POSSIBLE',
      fields: { orderId: expect.stringContaining('PENDING') },
    });
    const order = await threePieces();
    await shop.orm.em.fork().execute("update orders set refund_status = 'FULL' where id = ?", [order.id]);
    expect((await withdraw(order)).error).toMatchObject({ code: 'WITHDRAWAL_NOT_POSSIBLE' });
  });

  test('from somebody else’s order, nor from lines that are not of theirs, nor twice from one', async () => {
    const order = await threePieces();
    const other = await threePieces();
    expect((await withdraw(order, {}, other.buyer)).error).toMatchObject({ code: 'NOT_FOUND' });
    expect((await withdraw({ ...order, id: randomUUID() })).error).toMatchObject({ code: 'NOT_FOUND' });
    const [lineId] = other.lines;
    expect((await withdraw(order, { lines: [{ lineId }] })).error).toMatchObject({
      code: 'NOT_FOUND',
      fields: { 'lines[0].lineId': expect.any(String) },
    });
    const twice = [order.lines[0], order.lines[0]].map((id) => ({ lineId: id, quantity: 1 }));
    expect((await withdraw(order, { lines: twice })).error).toMatchObject({
      fields: { 'lines[1].lineId': 'is given twice' },
    });
    expect((await view(order)).withdrawals).toEqual([]);
  });
});

describe('A withdrawal waits for staff', () => {
  test('until a refund names it', async () => {
    const order = await threePieces();
    const { withdraw: made } = await withdraw(order);
    const withdrawalId = made?.withdrawal.id ?? '';
    const [entry] = await waiting(order);
    expect(entry).toMatchObject({ actions: ['REFUND_ORDER', 'CLOSE_WITHDRAWAL'], withdrawal: { id: withdrawalId } });
    expect(Date.parse(entry?.dueAt ?? '') - Date.parse(made?.withdrawal.at ?? '')).toBe(14 * 24 * 3_600_000);
    const lines = [{ lineId: order.lines[0], quantity: 3, goods: 'RETURN_TO_STOCK' }];
    const wrong = await refundOrder(shop, staff, { orderId: order.id, lines, withdrawalId: randomUUID() });
    expect(wrong.error).toMatchObject({ code: 'NOT_FOUND', fields: { withdrawalId: expect.any(String) } });
    const other = await threePieces();
    const foreign = await refundOrder(shop, staff, { orderId: other.id, amount: 100, withdrawalId });
    expect(foreign.error).toMatchObject({ code: 'NOT_FOUND' });
    const request = { orderId: order.id, lines, withdrawalId, idempotencyKey: randomUUID() };
    expect((await refundOrder(shop, staff, request)).error).toBeUndefined();
    expect((await refundOrder(shop, staff, request)).error).toBeUndefined();
    const unnamed = await refundOrder(shop, staff, { ...request, withdrawalId: null });
    expect(unnamed.error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await waiting(order)).toEqual([]);
    expect(await view(order)).toMatchObject({
      withdrawals: [{ id: withdrawalId, closedAt: expect.any(String), closedNote: null }],
      refunds: [{ withdrawalId }],
    });
    expect(await stockOf(shop.orm, order.product)).toEqual({ onHand: 10, held: 0 });
  });

  test('or until they close it, saying why nothing is refunded', async () => {
    const order = await threePieces();
    const { withdraw: made } = await withdraw(order);
    const input = { withdrawalId: made?.withdrawal.id, note: 'the goods never came back' };
    expect((await run(CLOSE, input, order.buyer)).error).toMatchObject({ code: 'FORBIDDEN' });
    for (const _ of [1, 2]) expect((await run(CLOSE, input, staff)).error).toBeUndefined();
    expect(await waiting(order)).toEqual([]);
    expect((await view(order)).withdrawals).toMatchObject([{ closedNote: null, actorId: null }]);
    expect((await view(order, staff)).withdrawals).toMatchObject([{ closedNote: input.note, actorId: order.buyer.id }]);
    expect((await run(CLOSE, { ...input, note: 'another reason' }, staff)).error).toMatchObject({
      fields: { withdrawalId: 'is a withdrawal that is closed' },
    });
    expect((await run(CLOSE, { ...input, withdrawalId: 'x' }, staff)).error).toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('The database counts no piece as withdrawn from twice, and none without the right', async () => {
  const order = await threePieces();
  const set = (columns: string) =>
    shop.orm.em.fork().execute(`update order_lines set ${columns} where order_id = ?`, [order.id]);
  await expect(set('withdrawn_quantity = 4')).rejects.toThrow('order_lines_withdrawn_bounds');
  await expect(set('withdrawn_quantity = 1, withdrawal_right = false')).rejects.toThrow('order_lines_withdrawn_bounds');
});
