/** How many statements checkouts, events, return pages and lists take: what their time goes into. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkout, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { statementRecorder } from '../../support/statements.js';
import { deliver, eventOf } from '../../support/stripe-events.js';
import {
  newBuyer,
  newStaff,
  type Person,
  startSecondProcess,
  startTestApp,
  type TestApp,
} from '../../support/test-app.js';

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
  shop = await startTestApp({}, { startsAt: '2026-12-01T09:00:00Z' });
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

/** Those that do something: what begins and ends a transaction is left out. */
const working = (statements: string[]) =>
  statements.filter((statement) => !/^(begin|commit|rollback|savepoint)/.test(statement));

function tablesOf(statement: string): string[] | string {
  const parts = [...statement.matchAll(/(\w+) as (?:materialized )?\(/g)].map(([, name]) => name);
  const names = statement.match(/(?<=(?:insert into|update|from|join) "?)\w+/g);
  return names?.filter((name) => !parts.includes(name)) ?? statement;
}

async function twoProducts() {
  const products = [await addProduct(shop.orm, { onHand: 50 }), await addProduct(shop.orm, { onHand: 50 })];
  return products.map((id) => ({ type: 'PRODUCT' as const, id, quantity: 1 }));
}

/** The statements of the second of two checkouts: what the first one looks up for the process is not looked up again. */
async function checkoutStatements(items: Parameters<typeof checkout>[2]): Promise<string[]> {
  await checkout(shop, await newBuyer(), items);
  const buyer = await newBuyer();
  return working(await statementRecorder()(() => checkout(shop, buyer, items)));
}

/** The event that a session was paid, its order's total being 1,000 cents. */
function paidEvent({ sessionId, order }: { sessionId: string; order: { id: string } }) {
  return eventOf('checkout.session.completed', {
    id: sessionId,
    object: 'checkout.session',
    status: 'complete',
    payment_status: 'paid',
    amount_total: 1000,
    currency: 'eur',
    payment_intent: `pi_${sessionId}`,
    metadata: { application: 'comptoir', order_id: order.id },
  });
}

describe('The number of statements, without those that begin and end transactions', () => {
  test('is six for a checkout of two products', async () => {
    const statements = await checkoutStatements(await twoProducts());
    expect(statements.map(tablesOf)).toEqual([
      expect.stringContaining('pg_advisory_xact_lock'),
      expect.arrayContaining(['orders']),
      expect.arrayContaining(['products', 'equipment']),
      expect.arrayContaining(['product_stocks']),
      expect.arrayContaining(['orders', 'order_lines', 'order_events']),
      ['orders'],
    ]);
  });

  test('is at most eleven with a rental beside them', async () => {
    const equipment = await addEquipment(shop.orm, { units: 3 });
    const rental = { type: 'EQUIPMENT' as const, id: equipment, startDate: '2027-05-03' };
    expect((await checkoutStatements([...(await twoProducts()), rental])).length).toBeLessThanOrEqual(11);
  });

  test('is three for the event of a payment, and one for the same event again', async () => {
    const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 5 });
    const statementsOf = statementRecorder();
    const session = async () => checkout(shop, await newBuyer(), [{ type: 'PRODUCT', id: product, quantity: 1 }]);
    const send = (event: object) =>
      statementsOf(async () => {
        expect(await deliver(shop, event)).toBe(200);
      });
    // The first event also asks the database which mode it is for.
    await send(paidEvent(await session()));
    const event = paidEvent(await session());
    expect(working(await send(event)).map(tablesOf)).toEqual([
      expect.arrayContaining(['inbox_events', 'orders']),
      expect.arrayContaining(['payments', 'order_lines', 'product_stocks']),
      ['orders', 'order_events'],
    ]);
    expect(working(await send(event)).map(tablesOf)).toEqual([['inbox_events']]);
  });

  test('is one for an event that another process has handled', async () => {
    const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 5 });
    const session = async () => checkout(shop, await newBuyer(), [{ type: 'PRODUCT', id: product, quantity: 1 }]);
    const other = await startSecondProcess(shop);
    try {
      // The first event also asks the database which mode it is for.
      await deliver(other, paidEvent(await session()));
      const event = paidEvent(await session());
      await deliver(shop, event);
      const statements = await statementRecorder()(async () => {
        expect(await deliver(other, event)).toBe(200);
      });
      expect(working(statements).map(tablesOf)).toEqual([expect.arrayContaining(['inbox_events'])]);
    } finally {
      await other.close();
    }
  });

  test('is one for the return page of a paid order, and two for twenty orders with their lines', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 50 });
    const session = await checkout(shop, buyer, [{ type: 'PRODUCT', id: product, quantity: 1 }]);
    await deliver(shop, paidEvent(session));
    const read = (query: string) =>
      statementRecorder()(async () => {
        const { errors } = await shop.graphql(query, { id: session.sessionId }, buyer.token);
        expect(errors).toBeUndefined();
      });
    const page = 'query ($id: ID!) { orderBySession(sessionId: $id) { status total { amount } lines { name } } }';
    expect((await read(page)).map(tablesOf)).toEqual([['order_lines', 'orders']]);
    const list = 'query { orders(first: 20) { nodes { status lines { name } } } }';
    expect((await read(list)).map(tablesOf)).toEqual([['orders'], ['order_lines']]);
  });
});
