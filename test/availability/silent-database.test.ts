/** A database that stops responding: callers get an error within their limits, and are served again once it is back. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CREATE_CHECKOUT_SESSION, checkout, checkoutInput, orderBySession, submitCard } from '../support/checkout.js';
import { eventually } from '../support/eventually.js';
import { type NetworkProxy, startNetworkProxy } from '../support/network-proxy.js';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.js';
import { addProduct, warmUp } from '../support/shop.js';
import { deliver, eventOf } from '../support/stripe-events.js';
import { newBuyer, type Person, startTestApp, type TestApp } from '../support/test-app.js';

// Far beyond every limit; until now there was no answer at all.
const ANSWERED_MS = 60_000;
const CATALOGUE = '{ catalogue { totalCount: __typename edges { node { __typename } } } }';

let database: OwnDatabase;
let network: NetworkProxy;
let shop: TestApp;
let buyer: Person;
let product: number;

beforeAll(async () => {
  database = await startOwnDatabase();
  network = await startNetworkProxy(database.url);
  shop = await startTestApp({ DATABASE_URL: network.urlOf(database.url) });
  buyer = await newBuyer();
  product = await addProduct(shop.orm, { onHand: 1_000 });
});
afterAll(async () => {
  await shop?.close();
  await network?.close();
  await database?.stop();
});

const send = (query: string, variables: object = {}) =>
  shop.app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization: `Bearer ${buyer.token}` },
    payload: { query, variables },
  });

/** As a pool is in the middle of a busy day. */
async function openConnections(): Promise<void> {
  await warmUp(shop.orm);
  await Promise.all(Array.from({ length: 20 }, () => send(CATALOGUE)));
}

async function everybodyIsTold(): Promise<void> {
  const order = randomUUID();
  const input = checkoutInput([{ id: product, type: 'PRODUCT' }], { idempotencyKey: randomUUID() });
  const requests = [
    ...Array.from({ length: 15 }, () => send(CATALOGUE)),
    ...Array.from({ length: 5 }, () => send(CREATE_CHECKOUT_SESSION, { input })),
  ];
  const events = Array.from({ length: 8 }, () =>
    deliver(shop, eventOf('customer.created', { id: `cus_${randomUUID()}`, object: 'customer', metadata: { order } })),
  );
  const ready = shop.app.inject('/readyz');
  for (const { statusCode, headers, json } of await Promise.all(requests)) {
    expect({ statusCode, code: json().errors[0].extensions.code }).toEqual({
      statusCode: 503,
      code: 'DATABASE_UNAVAILABLE',
    });
    expect(headers['retry-after']).toBe(String(json().errors[0].extensions.retryAfterSeconds));
  }
  // Stripe sends them again.
  expect(await Promise.all(events)).toEqual(Array(8).fill(503));
  expect((await ready).json()).toEqual({ status: 'unavailable', reason: 'the database does not respond' });
}

async function everybodyIsServedAgain(): Promise<void> {
  await eventually(async () => {
    expect((await send(CATALOGUE)).statusCode).toBe(200);
    expect((await shop.app.inject('/readyz')).json()).toEqual({ status: 'ready' });
  });
  const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }], { idempotencyKey: randomUUID() });
  await submitCard(session.url, '4242424242424242');
  await eventually(async () => {
    expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe('PAID');
  });
}

test(
  'A database that freezes is reported as unavailable, and used again when it continues',
  async () => {
    await openConnections();
    database.freeze();
    try {
      await everybodyIsTold();
    } finally {
      database.thaw();
    }
    await everybodyIsServedAgain();
  },
  ANSWERED_MS,
);

test(
  'Connections that stop responding are replaced',
  async () => {
    await openConnections();
    network.fallSilent();
    await everybodyIsTold();
    network.failOver();
    await everybodyIsServedAgain();
  },
  ANSWERED_MS,
);

test(
  'Of connections that fell silent one is found out, and the idle ones beside it are not tried any more',
  async () => {
    await openConnections();
    network.fallSilent();
    expect((await send(CATALOGUE)).statusCode).toBe(503);
    network.failOver();
    const answers: number[] = [];
    for (let reads = 0; reads < 3; reads += 1) answers.push((await send(CATALOGUE)).statusCode);
    expect(answers).toEqual([200, 200, 200]);
  },
  ANSWERED_MS,
);

test('A process whose connections are silent stops all the same', async () => {
  const line = await startNetworkProxy(database.url);
  const other = await startTestApp({ DATABASE_URL: line.urlOf(database.url) });
  line.fallSilent();
  await other.app.close();
  expect(other.app.server.listening).toBe(false);
  await line.close();
  await other.close();
});
