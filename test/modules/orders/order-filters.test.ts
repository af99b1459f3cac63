/** Staff find orders by day, item, status and customer; buyers find among their own. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { checkout, customerInfo } from '../../support/checkout.js';
import { copyOrder } from '../../support/copied-orders.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { disputePart, paidOrder, refundOrder, shows } from '../../support/staff-refunds.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterEach(() => shop.clock.reset());
afterAll(() => shop.close());

const ORDERS = `query ($filter: OrderFilterInput, $status: OrderStatus, $first: Int, $after: String) {
  orders(filter: $filter, status: $status, first: $first, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } }
}`;

async function list(variables: object, viewer = staff) {
  const { data, errors } = await shop.graphql<{
    orders: { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
  }>(ORDERS, variables, viewer.token);
  return { ids: data?.orders.nodes.map(({ id }) => id), page: data?.orders.pageInfo, error: errors?.[0]?.extensions };
}

async function buy(item: { id: number; type: 'PRODUCT' | 'EQUIPMENT' }, customer: object = {}, buyer?: Person) {
  const info = { customerInfo: { ...customerInfo, ...customer } };
  return (await checkout(shop, buyer ?? (await newBuyer()), [item], info)).order.id;
}

test('by item, of the type that is asked for', async () => {
  const product = await addProduct(shop.orm);
  const equipment = await addEquipment(shop.orm);
  const sold = await buy({ id: product, type: 'PRODUCT' });
  const rented = await buy({ id: equipment, type: 'EQUIPMENT' });
  expect((await list({ filter: { item: { type: 'PRODUCT', id: product } } })).ids).toEqual([sold]);
  expect((await list({ filter: { item: { type: 'EQUIPMENT', id: equipment } } })).ids).toEqual([rented]);
  expect((await list({ filter: { item: { type: 'EQUIPMENT', id: 'x' } } })).ids).toEqual([]);
  const paid = { status: 'PAID', filter: { item: { type: 'PRODUCT', id: product } } };
  expect((await list(paid)).ids).toEqual([]);
});

test('by any part of the customer’s name and address, whatever the case', async () => {
  const mark = randomUUID().slice(0, 8);
  const product = await addProduct(shop.orm);
  const id = await buy(
    { id: product, type: 'PRODUCT' },
    { firstName: 'Zoé', lastName: `O’Hara-${mark}`, email: `z_${mark}@example.com` },
  );
  await buy({ id: product, type: 'PRODUCT' }, { lastName: `Other-${mark}` });
  for (const customer of [`zoé hara-${mark}`, `HARA-${mark}`, `z_${mark}@`, `${mark} zoé`]) {
    expect((await list({ filter: { customer } })).ids).toEqual([id]);
  }
  expect((await list({ filter: { customer: `zX${mark}` } })).ids).toEqual([]);
  const { error } = await list({ filter: { customer: mark } }, await newBuyer());
  expect(error?.code).toBe('FORBIDDEN');
});

test('by a letter or two, where a name or the address begins with them', async () => {
  const product = await addProduct(shop.orm);
  const item = { item: { type: 'PRODUCT', id: product } };
  const id = await buy({ id: product, type: 'PRODUCT' }, { firstName: 'Zoé', lastName: 'Li', email: 'qx@example.com' });
  for (const customer of ['z', 'LI', 'qx', 'q', 'zo li', 'l@ zoé', 'li %']) {
    const expected = customer === 'l@ zoé' || customer === 'li %' ? [] : [id];
    expect((await list({ filter: { ...item, customer } })).ids).toEqual(expected);
  }
  for (const customer of ['o', 'i', 'x', 'é']) expect((await list({ filter: { ...item, customer } })).ids).toEqual([]);
});

test('however many have been placed since', async () => {
  const mark = randomUUID().slice(0, 8);
  const product = await addProduct(shop.orm);
  await buy({ id: product, type: 'PRODUCT' }, { lastName: mark });
  const older = await buy({ id: product, type: 'PRODUCT' }, { lastName: mark });
  const id = await buy({ id: product, type: 'PRODUCT' }, { lastName: mark });
  const other = await buy({ id: await addProduct(shop.orm), type: 'PRODUCT' });
  // More than the number of the newest that are looked at one by one for a page of two.
  const remove = await copyOrder(shop.orm, other, 1_000);
  const filters = [{ customer: mark }, { item: { type: 'PRODUCT', id: product } }];
  for (const filter of [...filters, Object.assign({}, ...filters)]) {
    expect((await list({ filter, first: 1 })).ids).toEqual([id]);
    expect((await list({ filter, first: 2 })).ids).toEqual([id, older]);
    expect((await list({ filter, first: 1, status: 'PENDING' })).ids).toEqual([id]);
    expect((await list({ filter, first: 1, status: 'PAID' })).ids).toEqual([]);
  }
  await remove();
});

test('by the day on which they were placed, in the time zone of the shop', async () => {
  const product = await addProduct(shop.orm);
  const item = { item: { type: 'PRODUCT', id: product } };
  const id = await buy({ id: product, type: 'PRODUCT' });
  // Half an hour before midnight in UTC it is the next day in Paris.
  await shop.orm.em.fork().execute(`update orders set created_at = '2027-03-01T23:30:00Z' where id = ?`, [id]);
  const placed = async (placedFrom: string | null, placedTo: string | null) =>
    (await list({ filter: { ...item, placedFrom, placedTo } })).ids;
  expect(await placed('2027-03-02', '2027-03-02')).toEqual([id]);
  expect(await placed('2027-03-02', null)).toEqual([id]);
  expect(await placed(null, '2027-03-02')).toEqual([id]);
  expect(await placed(null, '2027-03-01')).toEqual([]);
  expect(await placed('2027-03-03', null)).toEqual([]);
});

test('page by page, each once, and for a buyer only their own', async () => {
  const product = await addProduct(shop.orm, { onHand: 20 });
  const buyer = await newBuyer();
  const own: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    own.unshift(await buy({ id: product, type: 'PRODUCT' }, { firstName: `No ${count}` }, buyer));
  }
  await buy({ id: product, type: 'PRODUCT' });
  const filter = { item: { type: 'PRODUCT', id: product } };
  const first = await list({ filter, first: 2 }, buyer);
  const second = await list({ filter, first: 2, after: first.page?.endCursor }, buyer);
  expect([...(first.ids ?? []), ...(second.ids ?? [])]).toEqual(own);
  expect(second.page?.hasNextPage).toBe(false);
  expect((await list({ filter })).ids).toHaveLength(4);
});

test.each([
  ['customer', { customer: 'x'.repeat(101) }],
  ['customer', { customer: '@ %' }],
  ['placedFrom', { placedFrom: '0000-01-01' }],
  ['placedTo', { placedTo: '9999-12-31' }],
])('Bad input is rejected, naming %s', async (field, filter) => {
  const { error } = await list({ filter });
  expect(error).toMatchObject({ code: 'BAD_USER_INPUT', fields: { [field]: expect.any(String) } });
});

test('by what became of their money and their goods', async () => {
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 20 });
  const item = { item: { type: 'PRODUCT', id: product } };
  const bought = () => paidOrder(shop, [{ id: product, type: 'PRODUCT', quantity: 2 }]);
  const [kept, refunded, disputed, sent] = [await bought(), await bought(), await bought(), await bought()];
  const back = await bought();
  const buyer = await newBuyer();
  const pending = await buy({ id: product, type: 'PRODUCT' });
  const canceled = await buy({ id: product, type: 'PRODUCT' }, {}, buyer);
  await refundOrder(shop, staff, { orderId: refunded.id, amount: 500 });
  await disputePart(shop, disputed, 500);
  const fulfill = `mutation ($input: MarkFulfilledInput!) { markFulfilled(input: $input) { order { id } } }`;
  const lines = [{ lineId: sent.lines[0], quantity: 1 }];
  await shop.graphql(fulfill, { input: { orderId: sent.id, lines, idempotencyKey: 'k' } }, staff.token);
  const release = `mutation ($input: ReleaseLineInput!) { releaseLine(input: $input) { line { id } } }`;
  await shop.graphql(release, { input: { lineId: back.lines[0], note: 'x', idempotencyKey: 'k' } }, staff.token);
  await shop.graphql('mutation ($id: ID!) { cancelOrder(orderId: $id) { id } }', { id: canceled }, buyer.token);
  await shows(shop, staff, refunded.id, { refundStatus: 'PARTIAL' });
  await shows(shop, staff, disputed.id, { disputeStatus: 'OPEN' });
  const found = async (filter: object) => [
    (await list({ filter: { ...item, ...filter } })).ids,
    (await list({ filter, first: 100 })).ids?.filter((id) => all.includes(id)),
  ];
  const all = [...[kept, refunded, disputed, sent, back].map(({ id }) => id), pending, canceled];
  expect(await found({ refundStatus: 'PARTIAL' })).toEqual([[refunded.id], [refunded.id]]);
  expect(await found({ disputeStatus: 'OPEN' })).toEqual([[disputed.id], [disputed.id]]);
  expect(await found({ fulfillmentStatus: 'PARTIALLY_FULFILLED' })).toEqual([[sent.id], [sent.id]]);
  const waiting = [disputed.id, refunded.id, kept.id];
  expect(await found({ fulfillmentStatus: 'UNFULFILLED' })).toEqual([waiting, waiting]);
  // Also of those that were never paid.
  const ended = [canceled, back.id];
  expect(await found({ fulfillmentStatus: 'CANCELED' })).toEqual([ended, ended]);
  const both = { refundStatus: 'PARTIAL', fulfillmentStatus: 'UNFULFILLED' };
  expect(await found(both)).toEqual([[refunded.id], [refunded.id]]);
  expect(await found({ ...both, disputeStatus: 'OPEN' })).toEqual([[], []]);
});
