/** Buyers see what staff did to their orders, and not who of the staff it was. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { targetsOf } from '../../../proof/fuzz/schema-operations.js';
import { buildGraphQLSchema } from '../../../src/api/schema.js';
import { checkout, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment } from '../../support/shop.js';
import { newBuyer, newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

// Whole orders, as the schema has them: a field that is added is looked at as well.
const targets = targetsOf(await buildGraphQLSchema());
// Units are for staff only: with them, a buyer would get nothing.
const operation = (name: string) =>
  ['units', 'disputes'].reduce(withoutField, String(targets.find((target) => target.name === name)?.query));

/** With all that is selected of the field, however deep. */
function withoutField(query: string, field: string): string {
  const start = new RegExp(`\\b${field} \\{`).exec(query);
  if (start === null) return query;
  let depth = 1;
  let end = start.index + start[0].length;
  for (; depth > 0; end += 1) depth += query[end] === '{' ? 1 : query[end] === '}' ? -1 : 0;
  return withoutField(query.slice(0, start.index) + query.slice(end), field);
}

let shop: TestApp;
let staff: Person;
let buyer: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
  buyer = await newBuyer();
});
afterAll(() => shop.close());

/** An order that staff had in their hands: paid, picked up, returned; and one that they cancelled. */
async function handledByStaff(): Promise<string[]> {
  const rental = async () => ({ id: await addEquipment(shop.orm), type: 'EQUIPMENT' as const });
  const paid = await checkout(shop, buyer, [await rental()]);
  await submitCard(paid.url, '4242424242424242');
  const lines = 'query ($id: ID!) { order(id: $id) { status lines { id } } }';
  const line = await eventually(async () => {
    const { data } = await shop.graphql<{ order: { status: string; lines: { id: string }[] } }>(
      lines,
      { id: paid.order.id },
      buyer.token,
    );
    expect(data?.order.status).toBe('PAID');
    return data?.order.lines[0]?.id;
  });
  for (const step of ['markPickedUp', 'markReturned']) {
    const query = `mutation ($line: ID!) { ${step}(input: { orderLineId: $line }) { line { id } } }`;
    expect((await shop.graphql(query, { line }, staff.token)).errors).toBeUndefined();
  }
  const cancelled = await checkout(shop, buyer, [await rental()]);
  const cancel = 'mutation ($id: ID!) { cancelOrder(orderId: $id) { status } }';
  expect((await shop.graphql(cancel, { id: cancelled.order.id }, staff.token)).errors).toBeUndefined();
  return [paid.order.id, cancelled.order.id];
}

interface OrderResult {
  order: { timeline: { actor: string; actorId: string | null }[] };
}

const actors = (answer: { data: OrderResult | null | undefined } | undefined) =>
  answer?.data?.order.timeline.map(({ actor, actorId }) => `${actor} ${actorId}`);

test('Nothing that a buyer can read of an order, nor what is exported for them, names a member of staff', async () => {
  const orders = await handledByStaff();
  for (const id of orders) {
    const [own, known] = await Promise.all(
      [buyer, staff].map(({ token }) => shop.graphql<OrderResult>(operation('Query.order'), { id0: id }, token)),
    );
    expect(JSON.stringify(own)).not.toContain(staff.id);
    expect(actors(own)).toEqual(expect.arrayContaining(['BUYER null', 'STAFF null']));
    expect(actors(known)).toEqual(expect.arrayContaining([`BUYER ${buyer.id}`, `STAFF ${staff.id}`]));
  }
  const list = await shop.graphql(operation('Query.orders'), {}, buyer.token);
  expect(JSON.stringify(list.data)).toContain(orders[0]);
  expect(JSON.stringify(list)).not.toContain(staff.id);
  const exported = await shop.graphql(operation('Query.customerExport'), { buyerId0: buyer.id }, staff.token);
  expect(JSON.stringify(exported.data)).toContain('UNIT_PICKED_UP');
  expect(JSON.stringify(exported)).not.toContain(staff.id);
});
