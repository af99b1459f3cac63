/** Saving what an event changes of an order: whatever it is, and nothing else. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Order } from '../../../src/modules/orders/order.entity.js';
import { columnsOf, saveOrderWithTimeline } from '../../../src/modules/orders/order-changes.repository.js';
import { OrderEventCause } from '../../../src/modules/orders/order-event-cause.js';
import { lockRow } from '../../../src/platform/database/lock-row.js';
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
  const product = await addProduct(shop.orm, { onHand: 5 });
  ({ id: orderId } = (await checkout(shop, await newBuyer(), [{ type: 'PRODUCT', id: product }])).order);
});
afterAll(() => shop.close());

async function save(change: (order: Order) => void): Promise<Order> {
  await inTransaction(shop.orm.em, async (em) => {
    const order = await lockRow(em.fork({ keepTransactionContext: true }), Order, 'id', orderId);
    if (!order) throw new Error('The order is gone.');
    const before = columnsOf(em, order);
    change(order);
    await saveOrderWithTimeline(em, order, before);
  });
  const populate = ['stripeRequest', 'events'] as const;
  return shop.orm.em.fork().findOneOrFail(Order, { id: orderId }, { populate });
}

test('Columns of every kind are saved, those of the customer and those that are read by name alone included', async () => {
  const changes = { number: '2027-000001', refundedMinor: 7, nextCheckAt: AT, stripeRequest: { mode: 'payment' } };
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
  expect(statements.filter((statement) => /^(with|update|insert)/.test(statement))).toEqual([]);
  const unfit = save((order) => Object.assign(order, { lastPaymentErrorCode: ['John Doe'] }));
  await expect(unfit).rejects.toThrow('a value does not fit Order.lastPaymentErrorCode');
});
