/** A list of orders takes as many statements as a list of one. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkout, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment } from '../../support/shop.js';
import { statementRecorder } from '../../support/statements.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

const ORDERS = `query ($item: ItemReferenceInput!, $first: Int) {
  orders(filter: { item: $item }, first: $first) {
    nodes { id lines { name units { unitId orderId } } timeline { to } refunds { id state } }
  }
}`;

interface Page {
  orders: { nodes: { id: string; lines: { units: { unitId: string; orderId: string }[] }[]; refunds: object[] }[] };
}

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterAll(() => shop.close());

async function rent(equipment: number): Promise<string> {
  const buyer = await newBuyer();
  const { order, url } = await checkout(shop, buyer, [{ type: 'EQUIPMENT', id: equipment, startDate: '2027-05-03' }]);
  await submitCard(url, '4242424242424242');
  await eventually(async () => {
    const { data } = await shop.graphql(
      'query ($id: ID!) { order(id: $id) { status } }',
      { id: order.id },
      buyer.token,
    );
    expect(data).toEqual({ order: { status: 'PAID' } });
  });
  return order.id;
}

test('Lines, units, timelines and refunds of all orders are read at once, and each order has its own', async () => {
  const equipment = await addEquipment(shop.orm, { units: 3 });
  for (let count = 0; count < 3; count += 1) await rent(equipment);
  const statementsOf = statementRecorder(shop);
  let page: Page | null | undefined;
  const read = (first: number) =>
    statementsOf(async () => {
      const item = { type: 'EQUIPMENT', id: String(equipment) };
      ({ data: page } = await shop.graphql<Page>(ORDERS, { item, first }, staff.token));
    });
  const ofOne = await read(1);
  expect(page?.orders.nodes).toHaveLength(1);
  const ofThree = await read(3);
  expect(ofThree).toHaveLength(ofOne.length);
  const orders = page?.orders.nodes ?? [];
  expect(orders).toHaveLength(3);
  for (const { id, lines } of orders) expect(lines[0]?.units).toEqual([{ orderId: id, unitId: expect.any(String) }]);
  expect(new Set(orders.map(({ lines }) => lines[0]?.units[0]?.unitId)).size).toBe(3);
});
