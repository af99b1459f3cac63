/** An id of somebody else's order tells as much as one that nobody has: nothing, in the same words and statements. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { checkout, customerInfo } from '../support/checkout.js';
import { addProduct } from '../support/shop.js';
import { newBuyer, type Person, startTestApp, type TestApp } from '../support/test-app.js';

const CHECKOUT = `mutation ($id: ID!, $product: ID!, $customerInfo: CustomerInfoInput!) {
  createCheckoutSession(input: {
    items: [{ type: PRODUCT, id: $product }], customerInfo: $customerInfo, replacesOrderId: $id
    successUrl: "http://localhost:3000/success", cancelUrl: "http://localhost:3000/cart"
  }) { sessionId }
}`;

const VALUE = /'[^']*'/g;
const REQUEST_ID = /"requestId":"[^"]*"/;

interface Answered {
  body: string;
  /** Without their values. */
  statements: string[];
}

const statementsOfRequest = new AsyncLocalStorage<string[]>();

let shop: TestApp;
let product: number;
let owned: { id: string; sessionId: string };
let stranger: Person;

beforeAll(async () => {
  shop = await startTestApp();
  product = await addProduct(shop.orm, { onHand: 10 });
  stranger = await newBuyer();
  const { order, sessionId } = await checkout(shop, await newBuyer(), [{ type: 'PRODUCT', id: product }]);
  owned = { id: order.id, sessionId };
  const queries = shop.orm.config.getLogger();
  queries.setDebugMode(['query']);
  jest.spyOn(queries, 'logQuery').mockImplementation(({ query = '' }) => {
    statementsOfRequest.getStore()?.push(query.replace(VALUE, '?'));
  });
});
afterAll(() => shop.close());

/** What the stranger is told, without the id that he sent, and what was asked of the database for it. */
async function ask(document: string, id: string): Promise<Answered> {
  const statements: string[] = [];
  const variables = { id, ...(document === CHECKOUT ? { product, customerInfo } : {}) };
  const answer = await statementsOfRequest.run(statements, () => shop.graphql(document, variables, stranger.token));
  return { body: JSON.stringify(answer).replace(REQUEST_ID, '').replaceAll(id, 'ID'), statements };
}

test.each([
  ['order', 'query ($id: ID!) { order(id: $id) { id status } }'],
  ['orderBySession', 'query ($id: ID!) { orderBySession(sessionId: $id) { id status } }'],
  ['cancelOrder', 'mutation ($id: ID!) { cancelOrder(orderId: $id) { id status } }'],
  ['createCheckoutSession(replacesOrderId)', CHECKOUT],
])('%s answers for a stranger’s order as for none, after the same statements', async (name, document) => {
  const isBySession = name === 'orderBySession';
  const foreign = await ask(document, isBySession ? owned.sessionId : owned.id);
  const unknown = await ask(document, isBySession ? `cs_test_${randomUUID()}` : randomUUID());
  expect(foreign.statements).not.toEqual([]);
  expect(foreign).toEqual(unknown);
});
