/** The HTTP header Idempotency-Key means what the field means. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkoutInput, type ItemInput } from '../../support/checkout.js';
import { addProduct, stockOf, warmUp } from '../../support/shop.js';
import { newBuyer, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

const CHECKOUT = `mutation ($input: CreateCheckoutSessionInput!) {
  createCheckoutSession(input: $input) { sessionId url order { id } }
}`;

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
  await warmUp(shop.orm);
});
afterAll(() => shop.close());

const line = (id: number): ItemInput => ({ id, type: 'PRODUCT', quantity: 1 });

interface Answer {
  data?: { createCheckoutSession: { sessionId: string; url: string; order: { id: string } } } | null;
  errors?: { extensions: { code: string; fields?: Record<string, string> } }[];
}

async function send(buyer: Person, input: object, header: string): Promise<Answer> {
  const response = await shop.app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization: `Bearer ${buyer.token}`, 'idempotency-key': header },
    payload: { query: CHECKOUT, variables: { input } },
  });
  return response.json<Answer>();
}

test('Fifty requests at once with one key for the last piece are one order, one session and one answer', async () => {
  const buyer = await newBuyer();
  const product = await addProduct(shop.orm, { onHand: 1 });
  const key = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      // By header and by field alike.
      send(buyer, checkoutInput([line(product)], index % 2 === 0 ? {} : { idempotencyKey: key }), key),
    ),
  );
  const sessions = new Set(answers.map(({ data }) => JSON.stringify(data?.createCheckoutSession)));
  expect([...sessions]).toEqual([expect.stringContaining('cs_test_')]);
  const orders = await shop.orm.em.fork().execute('select id from orders where buyer_id = ?', [buyer.id]);
  expect(orders).toHaveLength(1);
  const created = shop.simulator.requests().filter(({ method, idempotencyKey }) => {
    return method === 'POST' && idempotencyKey?.includes((orders[0] as { id: string }).id);
  });
  expect(new Set(created.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 1 });
});

test('Another basket under the key of the header is a conflict', async () => {
  const buyer = await newBuyer();
  const key = randomUUID();
  await send(buyer, checkoutInput([line(await addProduct(shop.orm))]), key);
  const { errors } = await send(buyer, checkoutInput([line(await addProduct(shop.orm))]), key);
  expect(errors?.[0]?.extensions.code).toBe('IDEMPOTENCY_CONFLICT');
});

test.each([
  ['a field that differs', 'one', { idempotencyKey: 'another' }],
  ['a character that nobody sees', '\u00ad', {}],
  ['a control character', 'a\u0085b', {}],
  ['more than 255 characters', 'x'.repeat(256), {}],
])('%s is BAD_USER_INPUT, and nothing is stored', async (_, header, rest) => {
  const buyer = await newBuyer();
  const { errors } = await send(buyer, checkoutInput([line(await addProduct(shop.orm))], rest), header);
  expect(errors?.[0]?.extensions).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: { idempotencyKey: expect.any(String) },
  });
  expect(await shop.orm.em.fork().execute('select id from orders where buyer_id = ?', [buyer.id])).toEqual([]);
});

test('The key of one buyer says nothing to another', async () => {
  const key = randomUUID();
  const input = checkoutInput([line(await addProduct(shop.orm))]);
  const first = await send(await newBuyer(), input, key);
  const second = await send(await newBuyer(), input, key);
  expect(second.data?.createCheckoutSession.order.id).not.toBe(first.data?.createCheckoutSession.order.id);
});

test('An empty key is none, in the header and in the field alike', async () => {
  const buyer = await newBuyer();
  const input = checkoutInput([line(await addProduct(shop.orm))]);
  const first = await send(buyer, input, '');
  for (const [idempotencyKey, header] of [
    ['', ''],
    [' ', ''],
    ['', '   '],
    [null, ' '],
  ] as const) {
    // The same request within a minute, none of them with a key.
    expect(await send(buyer, { ...input, idempotencyKey }, header)).toEqual(first);
  }
  const key = randomUUID();
  const keyed = await send(buyer, { ...input, idempotencyKey: key }, '');
  expect(await send(buyer, { ...input, idempotencyKey: '' }, key)).toEqual(keyed);
  expect(keyed.data?.createCheckoutSession.order.id).not.toBe(first.data?.createCheckoutSession.order.id);
});
