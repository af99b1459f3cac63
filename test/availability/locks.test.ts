/** What one order, or one item, makes others wait for: little, and never for ever. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../src/platform/database/transaction.js';
import { limitsOf, runAs } from '../../src/platform/database/workload.js';
import { CREATE_CHECKOUT_SESSION, checkout, checkoutInput, tryCheckout } from '../support/checkout.js';
import { eventually } from '../support/eventually.js';
import { addProduct } from '../support/shop.js';
import { deliver, eventOf, inboxRows } from '../support/stripe-events.js';
import { newBuyer, type Person, startTestApp, type TestApp } from '../support/test-app.js';

// More than there are connections for requests, and for events.
const CROWD = 30;
// How many of them may have timed out before somebody else is served, should the machine halt meanwhile.
const FEW = 10;
// Longer than a process that stands still keeps its locks.
const FROZEN_MS = 60_000;
// Much shorter than a lock is waited for.
const LOOK_EVERY_MS = 50;

let shop: TestApp;
let buyer: Person;

beforeAll(async () => {
  shop = await startTestApp();
  buyer = await newBuyer();
});
afterAll(() => shop.close());

/** Somebody else's transaction, with the rows of this statement locked until it is ended. */
async function holdLock(sql: string, parameters: unknown[]): Promise<() => Promise<void>> {
  const em: EntityManager = shop.orm.em.fork();
  await em.begin();
  await em.execute(sql, parameters);
  return () => em.commit();
}

const lockOrder = (id: string) => holdLock('select from orders where id = ? for update', [id]);
const lockStock = (id: number) => holdLock('select from product_stocks where product_id = ? for update', [id]);

async function openOrder(): Promise<{ id: string; sessionId: string }> {
  const product = await addProduct(shop.orm);
  const { sessionId, order } = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }], {
    idempotencyKey: randomUUID(),
  });
  return { id: order.id, sessionId };
}

/** @returns how many of them there are by then */
function countResponses(waiting: readonly Promise<unknown>[]): () => number {
  let answered = 0;
  for (const answer of waiting) {
    answer.then(
      () => {
        answered += 1;
      },
      () => {},
    );
  }
  return () => answered;
}

async function waitingForLocks(): Promise<number> {
  const text = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  return (await shop.orm.em.fork().execute(text)).length;
}

async function mostWaitingForLocksUntil(end: Promise<unknown>): Promise<number> {
  let hasEnded = false;
  const ended = end.finally(() => {
    hasEnded = true;
  });
  let most = 0;
  while (!hasEnded) {
    most = Math.max(most, await waitingForLocks());
    await Promise.race([ended, setTimeout(LOOK_EVERY_MS)]);
  }
  return most;
}

/** The next request has to wait for its turn. */
async function allConnectionsOfRequestsWait(): Promise<void> {
  await eventually(async () => expect(await waitingForLocks()).toBe(limitsOf('request').connections));
}

/** As the last payment attempt of its order failed. */
const declineOf = ({ id }: { id: string }) =>
  eventOf('payment_intent.payment_failed', {
    id: `pi_${randomUUID().replaceAll('-', '')}`,
    object: 'payment_intent',
    metadata: { application: 'comptoir', order_id: id },
    last_payment_error: { code: 'card_declined', decline_code: 'generic_decline', message: 'Declined.' },
  }) as { id: string };

test(
  'Events of a locked order are kept for later, and those of others are applied meanwhile',
  async () => {
    const [locked, other] = [await openOrder(), await openOrder()];
    const unlock = await lockOrder(locked.id);
    try {
      const waiting = Array.from({ length: CROWD }, () => deliver(shop, declineOf(locked)));
      const answered = countResponses(waiting);
      const mostAtOnce = mostWaitingForLocksUntil(Promise.all(waiting));
      const event = declineOf(other);
      expect(await deliver(shop, event)).toBe(200);
      expect(answered()).toBeLessThanOrEqual(FEW);
      expect(await inboxRows(shop, event.id)).toMatchObject([{ state: 'PROCESSED' }]);
      // Kept, or to be sent again by Stripe.
      for (const status of await Promise.all(waiting)) expect([200, 503]).toContain(status);
      // An event whose wait fails is answered after others that wait: whether those were served says too little.
      expect(await mostAtOnce).toBeLessThan(limitsOf('webhook').connections);
    } finally {
      await unlock();
    }
  },
  FROZEN_MS,
);

test('An event that came while its order was locked is applied when it is free', async () => {
  const locked = await openOrder();
  const unlock = await lockOrder(locked.id);
  const event = declineOf(locked);
  try {
    expect(await deliver(shop, event)).toBe(200);
    // The limit for locks ended it, and not the longer one for whole statements.
    const error = expect.stringContaining('another transaction holds a lock');
    expect(await inboxRows(shop, event.id)).toMatchObject([{ state: 'FAILED', error }]);
  } finally {
    await unlock();
  }
  shop.clock.advanceMinutes(1);
  await shop.runJob('retry-events');
  expect(await inboxRows(shop, event.id)).toMatchObject([{ state: 'PROCESSED' }]);
  shop.clock.reset();
});

test(
  'Checkouts that all wait for one item starve no event',
  async () => {
    const order = await openOrder();
    const product = await addProduct(shop.orm, { onHand: 1_000 });
    const unlock = await lockStock(product);
    try {
      const input = () => checkoutInput([{ id: product, type: 'PRODUCT' }], { idempotencyKey: randomUUID() });
      const waiting = Array.from({ length: CROWD }, async () => tryCheckout(shop, await newBuyer(), input()));
      const answered = countResponses(waiting);
      await allConnectionsOfRequestsWait();
      const event = declineOf(order);
      expect(await deliver(shop, event)).toBe(200);
      expect(answered()).toBeLessThanOrEqual(FEW);
      expect(await inboxRows(shop, event.id)).toMatchObject([{ state: 'PROCESSED' }]);
      for (const { status, errors } of await Promise.all(waiting)) {
        expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 503, code: 'DATABASE_UNAVAILABLE' });
      }
    } finally {
      await unlock();
    }
  },
  FROZEN_MS,
);

test(
  'A process that stands still in a transaction loses its locks',
  async () => {
    const order = await openOrder();
    const frozen = runAs('request', () =>
      inTransaction(shop.orm.em, async (em) => {
        await em.execute('select from orders where id = ? for update', [order.id]);
        await eventually(async () => expect(await isFree(order.id)).toBe(true));
        await em.execute('select 1');
      }),
    );
    await expect(frozen).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const event = declineOf(order);
    expect(await deliver(shop, event)).toBe(200);
    expect(await inboxRows(shop, event.id)).toMatchObject([{ state: 'PROCESSED' }]);
  },
  FROZEN_MS,
);

/** Not a part of the frozen process's work, whose time is limited. */
async function isFree(orderId: string): Promise<boolean> {
  const look = 'select from orders where id = ? for update skip locked';
  return (await runAs('command', () => shop.orm.em.fork().execute(look, [orderId]))).length > 0;
}

test('Time that the database took is not held against Stripe', async () => {
  const product = await addProduct(shop.orm);
  const unlock = await lockStock(product);
  const order = checkoutInput([{ id: product, type: 'PRODUCT' }], { idempotencyKey: randomUUID() });
  const answer = tryCheckout(shop, buyer, order);
  await eventually(async () => {
    expect(await waitingForLocks()).toBeGreaterThan(0);
  });
  shop.clock.advanceMinutes(1);
  await unlock();
  const { data, errors } = await answer;
  expect(errors).toBeUndefined();
  expect(data?.createCheckoutSession.url).toEqual(expect.any(String));
  shop.clock.reset();
});

test(
  'What a client that has left asked for is not begun',
  async () => {
    const product = await addProduct(shop.orm, { onHand: 1_000 });
    const gone = await newBuyer();
    const unlock = await lockStock(product);
    const input = () => checkoutInput([{ id: product, type: 'PRODUCT' }], { idempotencyKey: randomUUID() });
    const waiting = Array.from({ length: CROWD }, async () => tryCheckout(shop, await newBuyer(), input()));
    await allConnectionsOfRequestsWait();
    await leaveAtOnce(gone, input());
    await unlock();
    await Promise.all(waiting);
    const orders = await shop.orm.em.fork().execute('select from orders where buyer_id = ?', [gone.id]);
    expect(orders).toEqual([]);
  },
  FROZEN_MS,
);

/** Sends a checkout over a connection of its own, and closes it as soon as the API has begun to read. */
async function leaveAtOnce({ token }: Person, input: object): Promise<void> {
  const arrived = once(shop.app.server, 'request');
  const { port } = shop.app.server.address() as { port: number };
  const body = JSON.stringify({ query: CREATE_CHECKOUT_SESSION, variables: { input } });
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const lines = ['POST /graphql HTTP/1.1', 'host: shop', `authorization: Bearer ${token}`];
  socket.write([...lines, 'content-type: application/json', `content-length: ${body.length}`, '', body].join('\r\n'));
  await arrived;
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
}
