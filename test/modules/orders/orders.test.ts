/** Orders are read by their buyer and by staff, and by nobody else. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { checkout, orderBySession } from '../../support/checkout.js';
import { addProduct } from '../../support/shop.js';
import {
  type GraphQLResult,
  newBuyer,
  newStaff,
  type Person,
  startTestApp,
  type TestApp,
} from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(() => shop.close());

const ORDER = 'query ($id: ID!) { order(id: $id) { id status } }';
const ORDERS = `query ($first: Int, $after: String, $status: OrderStatus) {
  orders(first: $first, after: $after, status: $status) {
    edges { cursor node { id } } nodes { id status } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

interface OrderPage {
  orders: {
    edges: { cursor: string; node: { id: string } }[];
    nodes: { id: string; status: string }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
  };
}

async function buy(buyer: Person) {
  return checkout(shop, buyer, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
}

const readOrder = (id: string, viewer?: Person) => shop.graphql<{ order: object | null }>(ORDER, { id }, viewer?.token);

describe('An order', () => {
  test('is shown to its buyer and to staff, by id and by session', async () => {
    const buyer = await newBuyer();
    const staff = await newStaff();
    const session = await buy(buyer);
    for (const viewer of [buyer, staff]) {
      expect((await readOrder(session.order.id, viewer)).data?.order).toMatchObject({ id: session.order.id });
      expect(await orderBySession(shop, viewer, session.sessionId)).toMatchObject({ id: session.order.id });
    }
  });

  test('answers another buyer exactly as an order that does not exist', async () => {
    const session = await buy(await newBuyer());
    const stranger = await newBuyer();
    const foreign = await readOrder(session.order.id, stranger);
    const unknown = await readOrder('00000000-0000-4000-8000-000000000000', stranger);
    expect(foreign).toEqual(unknown);
    expect(foreign.data).toEqual({ order: null });
    expect(await orderBySession(shop, stranger, session.sessionId)).toBeNull();
    expect(await orderBySession(shop, stranger, 'cs_test_unknown')).toBeNull();
  });

  test.each(['not-a-uuid', '', '1'])('with the id %j does not exist', async (id) => {
    expect(await readOrder(id, await newBuyer())).toMatchObject({ data: { order: null }, errors: undefined });
  });

  test.each([ORDER, 'query ($id: ID!) { orderBySession(sessionId: $id) { id } }'])(
    'is not shown to anonymous callers: %s',
    async (query) => {
      const { data, errors } = await shop.graphql<object>(query, { id: 'x' });
      expect(Object.values(data ?? {})).toEqual([null]);
      expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    },
  );
});

describe('The list of orders', () => {
  test('pages through the viewer’s own, the newest first, each once', async () => {
    const buyer = await newBuyer();
    await buy(await newBuyer());
    const placed: string[] = [];
    for (let count = 0; count < 5; count += 1) placed.unshift((await buy(buyer)).order.id);

    const seen: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const answer: GraphQLResult<OrderPage> = await shop.graphql<OrderPage>(ORDERS, { first: 2, after }, buyer.token);
      const page: OrderPage['orders'] | undefined = answer.data?.orders;
      seen.push(...(page?.nodes.map(({ id }) => id) ?? []));
      expect(page?.pageInfo.hasPreviousPage).toBe(after !== null);
      // An order that is placed meanwhile shifts nothing.
      if (pages === 0) await buy(buyer);
      after = page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      pages += 1;
    } while (after !== null);
    expect(seen).toEqual(placed);
    expect(pages).toBe(3);
  });

  test('pages through orders of the same instant', async () => {
    const buyer = await newBuyer();
    for (let count = 0; count < 3; count += 1) await buy(buyer);
    await shop.orm.em.fork().execute("update orders set created_at = '2026-11-22' where buyer_id = ?", [buyer.id]);
    const first = await shop.graphql<OrderPage>(ORDERS, { first: 2 }, buyer.token);
    const after = first.data?.orders.pageInfo.endCursor;
    const second = await shop.graphql<OrderPage>(ORDERS, { first: 2, after }, buyer.token);
    const ids = [first, second].flatMap(({ data }) => data?.orders.nodes.map(({ id }) => id) ?? []);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  });

  test('holds everybody’s orders for staff, and only those with the status asked for', async () => {
    const session = await buy(await newBuyer());
    const staff = await newStaff();
    const pending = await shop.graphql<OrderPage>(ORDERS, { first: 100, status: 'PENDING' }, staff.token);
    expect(pending.data?.orders.nodes).toContainEqual({ id: session.order.id, status: 'PENDING' });
    const reviewed = await shop.graphql<OrderPage>(ORDERS, { first: 100, status: 'UNDER_REVIEW' }, staff.token);
    expect(reviewed.data?.orders.nodes.every(({ status }) => status === 'UNDER_REVIEW')).toBe(true);
  });

  test.each([
    ['first', { first: 0 }],
    ['first', { first: 101 }],
    ['after', { after: 'nonsense' }],
    ['after', { after: Buffer.from('["x","y"]').toString('base64url') }],
    ['after', { after: 'x\u0000' }],
    ...['+275760-09-13T00:00:00.000Z', '-271821-04-20T00:00:00.000Z', '0000-01-01T00:00:00.000Z', '2026'].map(
      (date): [string, object] => [
        'after',
        { after: Buffer.from(`["${date}","00000000-0000-4000-8000-000000000000"]`).toString('base64url') },
      ],
    ),
  ])('rejects a bad %s: %j', async (field, variables) => {
    const { errors } = await shop.graphql(ORDERS, variables, (await newBuyer()).token);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { [field]: expect.any(String) } });
  });
});

test('The database refuses to change or remove a row of the timeline', async () => {
  const session = await buy(await newBuyer());
  const em = shop.orm.em.fork();
  for (const statement of [
    "update order_events set cause = 'x' where order_id = ?",
    'delete from order_events where order_id = ?',
  ]) {
    await expect(em.execute(statement, [session.order.id])).rejects.toThrow('append-only');
  }
});
