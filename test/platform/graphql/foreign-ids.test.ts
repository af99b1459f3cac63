/** An id of somebody else's order tells as much as one that nobody has: nothing, in the same words and statements. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkout, customerInfo } from '../../support/checkout.js';
import { addProduct } from '../../support/shop.js';
import { statementRecorder } from '../../support/statements.js';
import { newBuyer, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

const CHECKOUT = `mutation ($id: ID!, $product: ID!, $customerInfo: CustomerInfoInput!) {
  createCheckoutSession(input: {
    items: [{ type: PRODUCT, id: $product }], customerInfo: $customerInfo, replacesOrderId: $id
    successUrl: "http://localhost:3000/success", cancelUrl: "http://localhost:3000/cart"
  }) { sessionId }
}`;

const REQUEST_ID = /"requestId":"[^"]*"/;

interface Answered {
  body: string;
  /** Without their values. */
  statements: string[];
}

let shop: TestApp;
let product: number;
let owned: { id: string; sessionId: string };
let stranger: Person;
let statementsOf: ReturnType<typeof statementRecorder>;

beforeAll(async () => {
  shop = await startTestApp();
  product = await addProduct(shop.orm, { onHand: 10 });
  stranger = await newBuyer();
  const { order, sessionId } = await checkout(shop, await newBuyer(), [{ type: 'PRODUCT', id: product }]);
  owned = { id: order.id, sessionId };
  statementsOf = statementRecorder();
});
afterAll(() => shop.close());

/** What the other buyer gets, without the id that they sent, and the statements for it. */
async function ask(document: string, id: string): Promise<Answered> {
  const variables = { id, ...(document === CHECKOUT ? { product, customerInfo } : {}) };
  let body = '';
  const statements = await statementsOf(async () => {
    body = JSON.stringify(await shop.graphql(document, variables, stranger.token));
  });
  return { body: body.replace(REQUEST_ID, '').replaceAll(id, 'ID'), statements };
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
