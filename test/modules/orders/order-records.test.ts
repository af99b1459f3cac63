/** Orders as records: they have what the ORM loads, and what changes of them is saved, and nothing else. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { wrap } from '@mikro-orm/postgresql';
import { Order } from '../../../src/modules/orders/order.entity.js';
import { OrderEventCause } from '../../../src/modules/orders/order-event-cause.js';
import type { OrderRecord } from '../../../src/modules/orders/order-record.js';
import { lockOrder, saveOrder } from '../../../src/modules/orders/order-records.repository.js';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { checkout } from '../../support/checkout.js';
import { addProduct } from '../../support/shop.js';
import { statementRecorder } from '../../support/statements.js';
import { newBuyer, startTestApp, type TestApp } from '../../support/test-app.js';

const AT = new Date('2027-01-02T03:04:05.678Z');

let shop: TestApp;
let orderId: string;

beforeAll(async () => {
  shop = await startTestApp();
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 5 });
  ({ id: orderId } = (await checkout(shop, await newBuyer(), [{ type: 'PRODUCT', id: product }])).order);
});
afterAll(() => shop.close());

async function save(change: (order: OrderRecord) => void): Promise<Order> {
  await inTransaction(shop.orm.em, async (em) => {
    const order = await lockOrder(em, 'id', orderId);
    if (!order) throw new Error('The order is gone.');
    change(order);
    await saveOrder(em, order);
  });
  const populate = ['events'] as const;
  return shop.orm.em.fork().findOneOrFail(Order, { id: orderId }, { populate });
}

test('A record has the values that the ORM loads', async () => {
  await inTransaction(shop.orm.em, async (em) => {
    const record = await lockOrder(em, 'id', orderId);
    const { lines: _, events: __, ...loaded } = wrap(await em.findOneOrFail(Order, { id: orderId })).toPOJO();
    const { timeline: ___, ...columns } = record as OrderRecord;
    expect(columns).toEqual({ ...loaded, id: orderId });
    expect(columns.createdAt).toBeInstanceOf(Date);
    expect(columns.totalMinor).toBe(1000);
  });
});

test('Columns of every kind are saved, those of the customer included', async () => {
  const changes = { number: '2027-000001', refundedMinor: 7, nextCheckAt: AT };
  const saved = await save((order) => {
    Object.assign(order, changes);
    order.customer.city = 'Lyon';
    order.customer.phone = null;
  });
  expect(saved).toMatchObject({ ...changes, customer: { city: 'Lyon', phone: null } });
  const cleared = await save((order) => Object.assign(order, { number: null, nextCheckAt: undefined }));
  expect(cleared).toMatchObject({ number: null, nextCheckAt: null, refundedMinor: 7 });
});

test('Timeline entries are saved in their order, with or without a change of the order', async () => {
  const entry = (note: string) => ({
    ...{ at: AT, cause: OrderEventCause.REFUND_DUE, note, actor: 'system', stripeEventId: 'evt_1' },
  });
  const saved = await save((order) => {
    order.addTimelineEntry(entry('first'));
    order.addTimelineEntry(entry('second'));
  });
  const [first, second] = saved.events.getItems().slice(-2);
  expect(first).toMatchObject({ ...entry('first'), from: saved.status, to: saved.status });
  expect(second).toMatchObject(entry('second'));
});

test('Without a change nothing is sent, and a value that does not fit is an error', async () => {
  const statements = await statementRecorder()(() => save(() => {}));
  expect(statements.filter((statement) => /(^|\()(update|insert) /.test(statement))).toEqual([]);
  const unfit = save((order) => Object.assign(order, { lastPaymentErrorCode: ['John Doe'] }));
  await expect(unfit).rejects.toThrow('a value does not fit Order.lastPaymentErrorCode');
});
