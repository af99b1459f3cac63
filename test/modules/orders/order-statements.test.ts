/** How many statements lists of orders and payments take. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkout, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { statementRecorder } from '../../support/statements.js';
import { deliver, eventOf } from '../../support/stripe-events.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

const ORDERS = `query ($item: ItemReferenceInput!, $first: Int) {
  orders(filter: { item: $item }, first: $first) {
    nodes {
      id timeline { to } refunds { id state order { id } }
      lines {
        name item { id } order { id }
        units { unitId orderId order { id } line { id } unit { id equipment { id } blocks { id } } }
      }
    }
  }
}`;

interface Line {
  item: { id: string };
  order: { id: string };
  units: { unitId: string; orderId: string }[];
}

interface Page {
  orders: { nodes: { id: string; lines: Line[]; refunds: object[] }[] };
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
  const statementsOf = statementRecorder();
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
  for (const { id, lines } of orders) {
    const unit = { equipment: { id: String(equipment) }, blocks: [] };
    expect(lines).toMatchObject([
      { item: { id: String(equipment) }, order: { id }, units: [{ orderId: id, order: { id }, unit }] },
    ]);
  }
  expect(new Set(orders.map(({ lines }) => lines[0]?.units[0]?.unitId)).size).toBe(3);
});

test('The event of a payment takes three statements: the event with its order, the money with the goods, the order with its timeline', async () => {
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 5 });
  const statementsOf = statementRecorder();
  const pay = async () => {
    const session = await checkout(shop, await newBuyer(), [{ type: 'PRODUCT', id: product, quantity: 1 }]);
    const object = {
      id: session.sessionId,
      object: 'checkout.session',
      status: 'complete',
      payment_status: 'paid',
      amount_total: 1000,
      currency: 'eur',
      payment_intent: `pi_${session.sessionId}`,
      metadata: { application: 'comptoir', order_id: session.order.id },
    };
    return statementsOf(async () => {
      expect(await deliver(shop, eventOf('checkout.session.completed', object))).toBe(200);
    });
  };
  // The first event also asks the database which mode it is for.
  await pay();
  const statements = await pay();
  const tables = statements.map((statement) => statement.match(/(?<=(?:insert into|update|from) "?)\w+/g) ?? statement);
  expect(tables).toEqual([
    'begin',
    expect.arrayContaining(['inbox_events', 'orders']),
    expect.arrayContaining(['payments', 'order_lines', 'product_stocks']),
    ['orders', 'order_events'],
    'commit',
  ]);
});
