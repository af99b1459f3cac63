/**
 * `npm run bench -- jobs [--quick]`: how long a backlog takes the production build, beside a Stripe that takes 25
 * requests a second and needs a while for each: overdue orders whose sessions have expired, and those whose sessions
 * are still open (two requests each); and how long an event of our own waits behind those of other applications.
 * Meanwhile a buyer opens a checkout every two seconds.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import Stripe from 'stripe';
import { chosen, orExit, readArguments, runProgram, wholeNumber } from '../cli/program.js';
import { CheckoutProbe } from './checkout-probe.js';
import { seedOrders, seedProducts } from './orders.js';
import { type BenchShop, benchEnvironment, onNewShop, startApi, stopSide } from './sides.js';

const USAGE = 'Usage: npm run bench -- jobs [--quick] [--orders N] [--only settled|open|events]';
const options = { quick: { type: 'boolean' }, orders: { type: 'string' }, only: { type: 'string' } } as const;
const { values } = orExit(() => readArguments(USAGE, options));
const ORDERS = orExit(() => wholeNumber('orders', values.orders ?? (values.quick ? '500' : '10000'), 1));
const FOREIGN_EVENTS = values.quick ? 500 : 3_000;
const IN_FLIGHT = 16;
const GIVE_UP_AFTER_MS = 3 * 3_600_000;
const stripeAsItIs = {
  rateLimit: { requestsPerSecond: 25 },
  requests: { latency: { distribution: 'uniform', minMs: 150, maxMs: 450 } },
} as const;

const measurements = { settled: prepareSettled, open: prepareOpen, events: prepareEvents };
const { only } = values;
const chosenNames = only === undefined ? Object.keys(measurements) : [only];
const prepared = orExit(() => chosenNames.map((name) => chosen(USAGE, measurements, name)));

let stripeIsBehindMs = 0;

await runProgram(() =>
  onNewShop(
    async (shop, sides) => {
      await seedProducts(shop.orm.em);
      for (const prepare of prepared) {
        const measure = await prepare(shop);
        const api = await startApi({ ...shop.environment, TRUST_PROXY: '1', LOG_LEVEL: 'error' });
        sides.push(api);
        const probe = new CheckoutProbe(api.url);
        probe.start();
        await measure();
        await probe.stop();
        await stopSide(api);
        sides.pop();
        shop.simulator.chaos.clear();
      }
    },
    { clock: { now: () => new Date(Date.now() - stripeIsBehindMs) } },
  ),
);

/** Their events are older than what is read of Stripe's list, which would apply a hundred at once. */
async function prepareSettled(shop: BenchShop): Promise<() => Promise<void>> {
  stripeIsBehindMs = 26 * 3_600_000;
  await seedOverdue(shop, async (stripe, sessionId) => {
    await stripe.checkout.sessions.expire(sessionId);
  });
  stripeIsBehindMs = 0;
  return () => measureOrders(shop, 'sessions have ended');
}

async function prepareOpen(shop: BenchShop): Promise<() => Promise<void>> {
  await seedOverdue(shop, async () => {});
  return () => measureOrders(shop, 'sessions are open');
}

async function measureOrders({ orm: { em }, simulator }: BenchShop, what: string): Promise<void> {
  simulator.forgetRequests();
  simulator.chaos.set(stripeAsItIs);
  // The clock starts with what makes them overdue.
  await em
    .fork()
    .execute(`update orders set expires_at = now() - interval '5 minutes' where expires_at > '3000-01-01'`);
  // The schedule starts a run every minute.
  const waited = await until(async () => simulator.requests().some(({ method }) => method === 'GET'));
  const seconds = await until(isGone(em, `orders where status = 'PENDING' and buyer_id like 'bench-%'`));
  // The journal keeps the latest.
  const calls = simulator.requests().filter(({ path }) => path.startsWith('/v1/'));
  const rejected = calls.filter(({ status }) => status === 429).length;
  console.log(
    `${ORDERS} overdue orders whose ${what}: ${minutes(seconds)}, begun after ${Math.round(waited)} s; ` +
      `of the last ${calls.length} requests ${rejected} rejected`,
  );
}

/** Orders whose time is not over yet, each with a session at Stripe. */
async function seedOverdue(
  { orm: { em }, simulator: { host, port } }: BenchShop,
  prepare: (stripe: Stripe, sessionId: string) => Promise<void>,
): Promise<void> {
  const stripe = new Stripe(benchEnvironment.STRIPE_SECRET_KEY, { host, port, protocol: 'http', telemetry: false });
  const orders = await seedOrders(em, `bench-${randomUUID()}`, ORDERS);
  await em.fork().execute(`update orders set expires_at = '3001-01-01' where status = 'PENDING'`);
  const left = [...orders];
  const seed = async () => {
    for (let order = left.pop(); order !== undefined; order = left.pop()) {
      const sessionId = await openSession(stripe, order.orderId);
      await prepare(stripe, sessionId);
      await em.fork().execute('update orders set checkout_session_id = ? where id = ?', [sessionId, order.orderId]);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, seed));
  await em.fork().execute('analyze orders');
}

async function openSession(stripe: Stripe, orderId: string): Promise<string> {
  const product = { currency: 'eur', unit_amount: 2_500, product_data: { name: 'Product' } };
  const { id } = await stripe.checkout.sessions.create({
    mode: 'payment',
    client_reference_id: orderId,
    metadata: { application: 'comptoir', order_id: orderId },
    line_items: [{ quantity: 1, price_data: product }],
    success_url: 'http://localhost:3000/success',
    cancel_url: 'http://localhost:3000/cart',
  });
  return id;
}

/** As after an hour in which a handler failed: ours is the last of those that are due. */
async function prepareEvents({ orm: { em } }: BenchShop): Promise<() => Promise<void>> {
  const [order] = await seedOrders(em, `bench-${randomUUID()}`, 1);
  const foreign = bodyOf('charge.refunded', {
    object: 'charge',
    id: 'ch_bench',
    payment_intent: 'pi_other',
    metadata: {},
  });
  const metadata = { application: 'comptoir', order_id: order?.orderId ?? '' };
  const decline = { last_payment_error: { code: 'card_declined' } };
  const ours = bodyOf('payment_intent.payment_failed', {
    object: 'payment_intent',
    id: 'pi_ours',
    metadata,
    ...decline,
  });
  const columns =
    'id, type, livemode, stripe_created_at, body, state, attempts, received_at, next_attempt_at, api_version';
  await em.fork().execute(
    `insert into inbox_events (${columns}, payment_intent_id)
     select 'evt_foreign_' || n, 'charge.refunded', false, now(),
       convert_to(replace(?, 'evt_bench', 'evt_foreign_' || n), 'UTF8'), 'UNMATCHED', 5, now(),
       now() - interval '1 hour', '2026-10-28.endive', 'pi_' || n from generate_series(1, ?) n`,
    [foreign, FOREIGN_EVENTS],
  );
  await em.fork().execute(
    `insert into inbox_events (${columns})
     values ('evt_ours', 'payment_intent.payment_failed', false, now(),
       convert_to(replace(?, 'evt_bench', 'evt_ours'), 'UTF8'), 'FAILED', 6, now(), now(), '2026-10-28.endive')`,
    [ours],
  );
  return async () => {
    const seconds = await until(isGone(em, `inbox_events where id = 'evt_ours' and state = 'FAILED'`));
    console.log(`our event behind ${FOREIGN_EVENTS} of another application: ${minutes(seconds)}`);
  };
}

function bodyOf(type: string, object: object): string {
  const event = { id: 'evt_bench', object: 'event', api_version: '2026-10-28.endive', created: 1, livemode: false };
  return JSON.stringify({ ...event, type, data: { object } });
}

function isGone(em: EntityManager, rows: string): () => Promise<boolean> {
  return async () => (await em.fork().execute(`select 1 from ${rows} limit 1`)).length === 0;
}

/** @returns the seconds until it was so */
async function until(isSo: () => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const isOver = await isSo();
    const elapsedMs = performance.now() - startedAt;
    if (isOver) return elapsedMs / 1000;
    if (elapsedMs > GIVE_UP_AFTER_MS) throw new Error('The backlog was not processed in time.');
    await pause(250);
  }
}

function minutes(seconds: number): string {
  return `${(seconds / 60).toFixed(1)} min`;
}
