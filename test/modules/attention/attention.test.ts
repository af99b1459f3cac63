/** One list of what waits for a person: every kind is on it from when it waits until it is seen to. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { mismatchedOrder } from '../../support/mismatched-order.js';
import { activeBookings, addEquipment, addProduct } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { disputePart, paidOrder, refundOrder, shows } from '../../support/staff-refunds.js';
import { newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const DISPUTED_CARD = '4000000000000259';
const ATTENTION = `query ($kind: AttentionKind, $first: Int, $after: String) {
  attention(kind: $kind, first: $first, after: $after) {
    nodes { kind since dueAt actions order { id } refund { id } webhookEvent { id } } pageInfo { hasNextPage endCursor }
  }
}`;

interface Entry {
  kind: string;
  since: string;
  dueAt: string | null;
  actions: string[];
  order: { id: string } | null;
  refund: { id: string } | null;
  webhookEvent: { id: string } | null;
}

interface AttentionPage {
  nodes: Entry[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterEach(() => {
  shop.clock.reset();
  shop.simulator.faults.clear();
  shop.simulator.clock.reset();
});
afterAll(() => shop.close());

async function attention(variables: object): Promise<AttentionPage> {
  const { data, errors } = await shop.graphql<{ attention: AttentionPage }>(ATTENTION, variables, staff.token);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.attention;
}

/** The entry of an order; undefined when it is not on the list. */
const entryOf = async (kind: string, orderId: string) =>
  (await attention({ kind, first: 100 })).nodes.find(({ order }) => order?.id === orderId);

async function run(document: string, variables: object): Promise<void> {
  const { errors } = await shop.graphql(document, variables, staff.token);
  expect(errors).toBeUndefined();
}

const gauge = async (kind: string) => {
  const { body } = await shop.app.inject({ url: '/metrics' });
  return Number(new RegExp(`^comptoir_attention\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(body)?.[1]);
};

const product = () => addProduct(shop.orm, { priceMinor: 1000 });

test('A payment under review is on the list until staff decide, and counted', async () => {
  const before = await gauge('PAYMENT_UNDER_REVIEW');
  const { id } = await mismatchedOrder(shop);
  expect(await entryOf('PAYMENT_UNDER_REVIEW', id)).toMatchObject({ actions: ['ACCEPT_PAYMENT', 'REJECT_PAYMENT'] });
  expect(await gauge('PAYMENT_UNDER_REVIEW')).toBe(before + 1);
  await run('mutation ($id: ID!) { rejectPayment(orderId: $id) { order { id } } }', { id });
  expect(await entryOf('PAYMENT_UNDER_REVIEW', id)).toBeUndefined();
  expect(await gauge('PAYMENT_UNDER_REVIEW')).toBe(before);
  await shows(shop, staff, id, { refundStatus: 'FULL' });
});

describe('A refund', () => {
  const claimed = async (card?: string) => {
    const order = await paidOrder(shop, [{ id: await product(), type: 'PRODUCT' }], card);
    const { refund } = await refundOrder(shop, staff, { orderId: order.id, amount: 400 });
    return { id: order.id, refund: refund?.id ?? '' };
  };

  test('that Stripe rejects is on it until it was paid otherwise', async () => {
    shop.simulator.faults.failNext({ method: 'POST', path: '/v1/refunds', kind: 'status', status: 400 });
    const { id, refund } = await claimed();
    await shows(shop, staff, id, { refundStatus: 'FAILED' });
    const actions = ['RETRY_REFUND', 'CLOSE_REFUND'];
    expect(await entryOf('REFUND_FAILED', id)).toMatchObject({ refund: { id: refund }, actions });
    const close = 'mutation ($input: CloseRefundInput!) { closeRefund(input: $input) { refund { id } } }';
    await run(close, { input: { refundId: refund, note: 'cash' } });
    expect(await entryOf('REFUND_FAILED', id)).toBeUndefined();
  });

  test('that a dispute of another part blocks is on it', async () => {
    const order = await paidOrder(shop, [{ id: await product(), type: 'PRODUCT' }]);
    await disputePart(shop, order, 500);
    await shows(shop, staff, order.id, { disputeStatus: 'OPEN', amountRefundable: { amount: 500 } });
    const { refund } = await refundOrder(shop, staff, { orderId: order.id, amount: 400 });
    await shows(shop, staff, order.id, { refundStatus: 'FAILED', refunds: [{ state: 'BLOCKED' }] });
    expect(await entryOf('REFUND_BLOCKED', order.id)).toMatchObject({ refund: { id: refund?.id } });
  });

  /** Made in the dashboard, and failed weeks later. */
  const failedInDashboard = async (amount: number) => {
    const order = await paidOrder(shop, [{ id: await product(), type: 'PRODUCT' }]);
    const made = await stripeOf(shop).refunds.create({ payment_intent: order.paymentIntent, amount });
    await shows(shop, staff, order.id, { amountRefunded: { amount } });
    shop.simulator.bank.failRefund(made.id);
    const { refunds } = await shows(shop, staff, order.id, { refundStatus: 'FAILED', amountRefunded: { amount: 0 } });
    expect(await entryOf('REFUND_FAILED', order.id)).toMatchObject({ actions: ['CLOSE_REFUND'] });
    return { order, id: order.id, refund: refunds[0]?.id };
  };

  test('that failed in the dashboard is on it until as much was refunded', async () => {
    const { id } = await failedInDashboard(500);
    await refundOrder(shop, staff, { orderId: id, amount: 300 });
    await shows(shop, staff, id, { refundStatus: 'FAILED', amountRefunded: { amount: 300 } });
    expect(await entryOf('REFUND_FAILED', id)).toBeDefined();
    await refundOrder(shop, staff, { orderId: id, amount: 200 });
    await shows(shop, staff, id, { refundStatus: 'PARTIAL', amountRefunded: { amount: 500 } });
    expect(await entryOf('REFUND_FAILED', id)).toBeUndefined();
  });

  test('that failed in the dashboard is on it until staff paid it otherwise, whatever Stripe reports later', async () => {
    const { order, id, refund } = await failedInDashboard(500);
    const close = 'mutation ($input: CloseRefundInput!) { closeRefund(input: $input) { refund { id } } }';
    await run(close, { input: { refundId: refund, note: 'cash' } });
    expect(await entryOf('REFUND_FAILED', id)).toBeUndefined();
    const paid = { refundStatus: 'PARTIAL', amountRefundable: { amount: 500 }, refunds: [{ state: 'PAID_OTHERWISE' }] };
    await shows(shop, staff, id, paid);
    await disputePart(shop, order, 200);
    await shows(shop, staff, id, { disputeStatus: 'OPEN', refunds: [{ state: 'PAID_OTHERWISE' }] });
  });

  test('that cannot be made for an hour is on it until it is made', async () => {
    const down = { method: 'POST', path: '/v1/refunds', kind: 'status' as const, status: 503 };
    shop.simulator.faults.failNext(...Array.from({ length: 20 }, () => down));
    const { id, refund } = await claimed();
    await shop.runJob('issue-refunds');
    expect(await entryOf('REFUND_STUCK', id)).toBeUndefined();
    shop.clock.advanceMinutes(61);
    expect(await entryOf('REFUND_STUCK', id)).toMatchObject({ refund: { id: refund }, actions: ['RETRY_REFUND'] });
    shop.simulator.faults.clear();
    await shows(shop, staff, id, { refundStatus: 'PARTIAL' });
    expect(await entryOf('REFUND_STUCK', id)).toBeUndefined();
  });
});

test('Goods whose money has gone back in the dashboard are on it until they are released', async () => {
  const order = await paidOrder(shop, [{ id: await product(), type: 'PRODUCT' }]);
  await stripeOf(shop).refunds.create({ payment_intent: order.paymentIntent });
  await shows(shop, staff, order.id, { refundStatus: 'FULL' });
  expect(await entryOf('REFUNDED_STILL_BOOKED', order.id)).toMatchObject({
    actions: ['RELEASE_LINE', 'MARK_FULFILLED', 'MARK_PICKED_UP'],
  });
  const release = 'mutation ($input: ReleaseLineInput!) { releaseLine(input: $input) { line { id } } }';
  await run(release, { input: { lineId: order.lines[0], note: 'refunded', idempotencyKey: randomUUID() } });
  expect(await entryOf('REFUNDED_STILL_BOOKED', order.id)).toBeUndefined();
});

test('Goods of a disputed payment are on it until they are handed over or released', async () => {
  const order = await paidOrder(shop, [{ id: await product(), type: 'PRODUCT' }], DISPUTED_CARD);
  await shows(shop, staff, order.id, { disputeStatus: 'OPEN' });
  expect(await entryOf('DISPUTED_STILL_BOOKED', order.id)).toBeDefined();
  const fulfill = 'mutation ($input: MarkFulfilledInput!) { markFulfilled(input: $input) { order { id } } }';
  await run(fulfill, { input: { orderId: order.id, despiteDispute: true, idempotencyKey: randomUUID() } });
  expect(await entryOf('DISPUTED_STILL_BOOKED', order.id)).toBeUndefined();
});

test('A unit that is not back, and the booking that it puts at risk, are on it until it is back', async () => {
  const rental = { id: await addEquipment(shop.orm, { units: 1 }), type: 'EQUIPMENT' as const };
  const out = await paidOrder(shop, [{ ...rental, startDate: shopDay() }]);
  const next = await paidOrder(shop, [{ ...rental, startDate: addDays(shopDay(), 2) }]);
  await run('mutation ($id: ID!) { markPickedUp(input: { orderLineId: $id }) { line { id } } }', { id: out.lines[0] });
  expect(await entryOf('RENTAL_OVERDUE', out.id)).toBeUndefined();
  shop.clock.advanceMinutes(2 * 24 * 60);
  expect(await entryOf('RENTAL_OVERDUE', out.id)).toMatchObject({ actions: ['MARK_RETURNED'] });
  expect(await entryOf('BOOKING_AT_RISK', next.id)).toMatchObject({ dueAt: expect.any(String) });
  await run('mutation ($id: ID!) { markReturned(input: { orderLineId: $id }) { line { id } } }', { id: out.lines[0] });
  expect(await entryOf('RENTAL_OVERDUE', out.id)).toBeUndefined();
  expect(await entryOf('BOOKING_AT_RISK', next.id)).toBeUndefined();
});

test('A unit that is lost is no longer waited for once it is retired', async () => {
  const rental = { id: await addEquipment(shop.orm, { units: 1 }), type: 'EQUIPMENT' as const, startDate: shopDay() };
  const order = await paidOrder(shop, [rental]);
  await run('mutation ($id: ID!) { markPickedUp(input: { orderLineId: $id }) { line { id } } }', {
    id: order.lines[0],
  });
  shop.clock.advanceMinutes(2 * 24 * 60);
  expect(await entryOf('RENTAL_OVERDUE', order.id)).toBeDefined();
  const [unit] = await activeBookings(shop.orm, rental.id);
  const retire = 'mutation ($input: RetireUnitInput!) { retireUnit(input: $input) { unit { id } } }';
  await run(retire, { input: { unitId: String(unit?.unit), reason: 'never came back' } });
  expect(await entryOf('RENTAL_OVERDUE', order.id)).toBeUndefined();
});

test('An event that could not be applied is on it until it is replayed', async () => {
  const { id } = await paidOrder(shop, [{ id: await product(), type: 'PRODUCT' }]);
  const [event] = await shop.orm.em
    .fork()
    .execute<[{ id: string }]>(
      `update inbox_events set state = 'DEAD' where id = (select min(id) from inbox_events where order_id = ?) returning id`,
      [id],
    );
  expect(await entryOf('WEBHOOK_EVENT_DEAD', id)).toMatchObject({ webhookEvent: { id: event.id } });
  await run('mutation ($id: ID!) { replayWebhookEvent(id: $id) { event { id } } }', { id: event.id });
  expect(await entryOf('WEBHOOK_EVENT_DEAD', id)).toBeUndefined();
});

test('Page by page, all kinds are listed once, what has waited longest first', async () => {
  for (let count = 0; count < 3; count += 1) await mismatchedOrder(shop);
  // At the same moment, of several kinds.
  const em = shop.orm.em.fork();
  const at = '2026-01-02T03:04:05Z';
  await em.execute(`update orders set created_at = ? where status = 'UNDER_REVIEW'`, [at]);
  await em.execute(`update inbox_events set state = 'DEAD', received_at = ? where state = 'PROCESSED'`, [at]);
  const all = (await attention({ first: 100 })).nodes;
  expect(new Set(all.map(({ kind }) => kind)).size).toBeGreaterThan(1);
  expect(all.map(({ since }) => since)).toEqual(all.map(({ since }) => since).toSorted());
  const paged: Entry[] = [];
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo }: AttentionPage = await attention({ first: 2, after });
    paged.push(...nodes);
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  expect(paged).toEqual(all);
  expect((await attention({ first: null })).nodes).toEqual(all.slice(0, 50));
  expect(all.length).toBeGreaterThan(20);
});

test('A cursor of another list is rejected by its field', async () => {
  const { errors } = await shop.graphql(ATTENTION, { after: 'W10' }, staff.token);
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { after: expect.any(String) } });
});

test('Where the database does not answer, the other metrics are read all the same', async () => {
  const blocker = shop.orm.em.fork();
  await blocker.begin();
  await blocker.execute('lock table inbox_events in access exclusive mode');
  const begun = Date.now();
  const { statusCode, body } = await shop.app.inject({ url: '/metrics' });
  await blocker.rollback();
  expect({ statusCode, isInTime: Date.now() - begun < 9_000 }).toEqual({ statusCode: 200, isInTime: true });
  expect(body).toContain('comptoir_webhook_events');
  expect(body).not.toMatch(/^comptoir_attention\{/m);
  expect(await gauge('WEBHOOK_EVENT_DEAD')).toBeGreaterThan(0);
});
