/** What goes wrong by chance: how it looks from outside, and that a seed makes it happen again. */
import { describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import type { StripeSimulatorOptions } from '../src/index.js';
import {
  eventually,
  sessionParameters,
  start,
  startReceiver,
  stripeClient,
  stripeError,
  type WebhookReceiver,
} from './support.js';

type Plan = NonNullable<StripeSimulatorOptions['chaos']>;
type Context = Awaited<ReturnType<typeof start>>;

async function expireOne({ stripe }: Pick<Context, 'stripe'>): Promise<string> {
  const { id } = await stripe.checkout.sessions.create(sessionParameters());
  await stripe.checkout.sessions.expire(id);
  return id;
}

async function startWithReceiver(chaos: Plan, options: StripeSimulatorOptions = {}) {
  const receiver = await startReceiver();
  const context = await start({ webhookEndpoints: [receiver], seed: 1, chaos, ...options });
  return { ...context, receiver };
}

const sessionsOf = ({ received }: WebhookReceiver) =>
  received.map(({ event }) => (event.type === 'checkout.session.expired' ? event.data.object.id : event.type));

const count = async (stripe: Stripe) => (await stripe.checkout.sessions.list({ limit: 100 })).data.length;

describe('deliveries by chance', () => {
  test('come twice, each with the same bytes', async () => {
    const context = await startWithReceiver({ deliveries: { duplicate: 1 } });
    await expireOne(context);
    await context.simulator.webhooks.idle();
    const { receiver, simulator } = context;
    expect(receiver.received.map(({ body }) => body)).toEqual([receiver.received[0]?.body, receiver.received[0]?.body]);
    expect(simulator.webhooks.deliveries()).toMatchObject([
      { state: 'delivered', attempts: [{ status: 200 }, { status: 200 }] },
    ]);
  });

  test('are dropped, count as not pending, and can be resent', async () => {
    const context = await startWithReceiver({ deliveries: { drop: 1 } });
    const { receiver, simulator, stripe } = context;
    await expireOne(context);
    await simulator.webhooks.idle();
    expect(receiver.received).toEqual([]);
    const [delivery] = simulator.webhooks.deliveries();
    expect(delivery).toMatchObject({ state: 'dropped', attempts: [] });
    const eventId = String(delivery?.eventId);
    expect((await stripe.events.retrieve(eventId)).pending_webhooks).toBe(0);
    simulator.webhooks.resend(eventId, delivery?.endpointId);
    await simulator.webhooks.idle();
    expect(receiver.types()).toEqual(['checkout.session.expired']);
    expect(simulator.webhooks.deliveries()).toMatchObject([{ state: 'delivered' }]);
  });

  test('are late by the clock of the simulator', async () => {
    const delay = { probability: 1, minSeconds: 100, maxSeconds: 200 };
    const context = await startWithReceiver({ deliveries: { delay } });
    const { receiver, simulator } = context;
    simulator.clock.freeze();
    await expireOne(context);
    await simulator.clock.advance(99);
    expect(receiver.received).toEqual([]);
    await simulator.clock.advance(101);
    expect(receiver.types()).toEqual(['checkout.session.expired']);
  });

  test('are overtaken by the next one', async () => {
    const context = await startWithReceiver({ deliveries: { reorder: 1 } });
    const { receiver, simulator } = context;
    simulator.clock.freeze();
    const first = await expireOne(context);
    await simulator.webhooks.idle();
    expect(receiver.received).toEqual([]);
    const second = await expireOne(context);
    await simulator.webhooks.idle();
    expect(sessionsOf(receiver)).toEqual([second, first]);
  });

  test('wait for the next one a second at most', async () => {
    const context = await startWithReceiver({ deliveries: { reorder: 1 } });
    const { receiver, simulator } = context;
    simulator.clock.freeze();
    const first = await expireOne(context);
    await simulator.clock.advance(1);
    const second = await expireOne(context);
    await simulator.clock.advance(1);
    expect(sessionsOf(receiver)).toEqual([first, second]);
  });

  test('are left alone without a plan', async () => {
    const context = await startWithReceiver({ deliveries: { drop: 1 } });
    context.simulator.chaos.clear();
    await expireOne(context);
    await context.simulator.webhooks.idle();
    expect(context.receiver.types()).toEqual(['checkout.session.expired']);
    expect(context.simulator.chaos.plan()).toEqual({});
  });
});

describe('events by chance', () => {
  test('report one change twice, under two ids', async () => {
    const context = await startWithReceiver({ events: { double: 1 } });
    const id = await expireOne(context);
    await context.simulator.webhooks.idle();
    expect(sessionsOf(context.receiver)).toEqual([id, id]);
    expect(new Set(context.receiver.received.map(({ event }) => event.id)).size).toBe(2);
    expect((await context.stripe.events.list()).data).toHaveLength(2);
  });
});

describe('requests by chance', () => {
  test.each([
    [{ status409: 1 }, 409, 'lock_timeout', undefined],
    [{ status429: { probability: 1 } }, 429, 'rate_limit', undefined],
    [{ status429: { probability: 1, shouldRetry: null } }, 429, 'rate_limit', undefined],
    [{ status429: { probability: 1, shouldRetry: true } }, 429, 'rate_limit', 'true'],
    [{ status429: { probability: 1, shouldRetry: false } }, 429, 'rate_limit', 'false'],
    [{ status429: { probability: 1, code: 'lock_timeout' as const } }, 429, 'lock_timeout', undefined],
    [{ status500: 1 }, 500, undefined, undefined],
  ])('meet %j before any work is done', async (requests, status, code, shouldRetry) => {
    const { simulator, stripe } = await start({ chaos: { requests } });
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters()));
    expect(error).toMatchObject({ statusCode: status, code });
    expect(error.headers?.['stripe-should-retry']).toBe(shouldRetry);
    simulator.chaos.clear();
    expect(await count(stripe)).toBe(0);
  });

  test('meet a 500 after the work, which their key keeps', async () => {
    const { simulator, stripe } = await start({ chaos: { requests: { status500AfterWork: 1 } } });
    const options = { idempotencyKey: 'order-1' };
    await stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
    simulator.chaos.clear();
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
    expect(error).toMatchObject({ statusCode: 500, headers: { 'idempotent-replayed': 'true' } });
    expect(await count(stripe)).toBe(1);
  });

  test.each([
    ['resetBefore', 0],
    ['resetAfter', 1],
  ])('meet a connection that closes (%s)', async (kind, done) => {
    const { simulator, stripe } = await start({ chaos: { requests: { [kind]: 1 } } });
    const options = { idempotencyKey: 'order-1' };
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
    expect(error.type).toBe('StripeConnectionError');
    simulator.chaos.clear();
    expect(await count(stripe)).toBe(done);
  });

  test.each([
    { distribution: 'constant', ms: 60_000 },
    { distribution: 'uniform', minMs: 60_000, maxMs: 61_000 },
    { distribution: 'exponential', meanMs: 600_000 },
    { distribution: 'lognormal', medianMs: 60_000, sigma: 0.1 },
  ] as const)('are slow: %j', async (latency) => {
    const { simulator } = await start({ seed: 1, chaos: { requests: { latency } } });
    const impatient = stripeClient(simulator, 'sk_test_x', { timeout: 20 });
    const error = await stripeError(impatient.checkout.sessions.create(sessionParameters()));
    expect(error.type).toBe('StripeConnectionError');
    simulator.chaos.set({ requests: { latency: { distribution: 'lognormal', medianMs: 0.1, sigma: 0 } } });
    expect((await stripeClient(simulator).accounts.retrieveCurrent()).object).toBe('account');
  });

  test('meet what was ordered for them first', async () => {
    const { simulator, stripe } = await start({ chaos: { requests: { status500: 1 } } });
    simulator.faults.failNext({ kind: 'status', status: 503 });
    expect((await stripeError(stripe.accounts.retrieveCurrent())).statusCode).toBe(503);
    expect((await stripeError(stripe.accounts.retrieveCurrent())).statusCode).toBe(500);
  });
});

describe('a rate limit', () => {
  test('lets through so many a second of the simulator', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    simulator.chaos.set({ rateLimit: { requestsPerSecond: 2 } });
    const status = () =>
      stripe.accounts.retrieveCurrent().then(
        () => 200,
        (error: Stripe.errors.StripeError) => error.statusCode,
      );
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    const error = await stripeError(stripe.accounts.retrieveCurrent());
    expect(error).toMatchObject({ type: 'StripeRateLimitError', code: 'rate_limit' });
    expect(error.headers).toMatchObject({ 'stripe-rate-limited-reason': 'global-rate' });
    await simulator.clock.advance(0.5);
    expect([await status(), await status()]).toEqual([200, 429]);
    await simulator.clock.advance(60);
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
  });

  test('of less than one a second lets one through', async () => {
    const { simulator, stripe } = await start({ chaos: { rateLimit: { requestsPerSecond: 0.1 } } });
    simulator.clock.freeze();
    expect((await stripe.accounts.retrieveCurrent()).object).toBe('account');
    expect((await stripeError(stripe.accounts.retrieveCurrent())).statusCode).toBe(429);
  });
});

describe('a plan', () => {
  test.each([
    [{ deliveries: { drop: 2 } }, 'deliveries.drop'],
    [{ requests: { latency: { distribution: 'normal' } } }, 'requests.latency.distribution'],
    [{ request: {} }, 'request'],
    [null, 'Invalid input'],
  ])('that is none is rejected: %j', async (plan, part) => {
    const { simulator } = await start({ chaos: { events: { double: 1 } } });
    expect(() => simulator.chaos.set(JSON.parse(JSON.stringify(plan)))).toThrow(part);
    expect(simulator.chaos.plan()).toEqual({ events: { double: 1 } });
  });
});

describe('a seed', () => {
  const chaos: Plan = {
    deliveries: { drop: 0.3, duplicate: 0.3, reorder: 0.3, delay: { probability: 0.3, minSeconds: 1, maxSeconds: 9 } },
    events: { double: 0.3 },
    requests: { status409: 0.2, status500: 0.2, resetBefore: 0.1 },
  };

  /** All that went wrong while the same things were done. */
  async function history(seed: number, plan: Plan = chaos): Promise<string[]> {
    const { simulator, stripe } = await startWithReceiver(plan, { seed });
    simulator.clock.freeze();
    const statuses: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      const options = { idempotencyKey: `order-${index}` };
      const call = stripe.checkout.sessions.create(sessionParameters(), options);
      statuses.push(
        await call.then(
          () => 'created',
          (error: Stripe.errors.StripeError) => String(error.statusCode),
        ),
      );
    }
    // What became of the requests must not change what becomes of the deliveries.
    simulator.chaos.set({ ...plan, requests: {} });
    for (let index = 0; index < 12; index += 1) await expireOne({ stripe });
    await simulator.clock.advance(60);
    const deliveries = simulator.webhooks.deliveries();
    return [...statuses, ...deliveries.map(({ state, attempts }) => `${state} ${attempts.length}`)];
  }

  test('makes the same chaos of the same actions', async () => {
    const first = await history(7);
    expect(await history(7)).toEqual(first);
    // Otherwise equality would prove nothing.
    expect(new Set(first).size).toBeGreaterThan(4);
  });

  test('of another number makes other chaos', async () => {
    expect(await history(8)).not.toEqual(await history(7));
  });

  test('draws for deliveries what it draws, whatever becomes of requests', async () => {
    const deliveries = (lines: string[]) => lines.slice(12);
    const calm = await history(7, { ...chaos, requests: {} });
    expect(deliveries(calm)).toEqual(deliveries(await history(7)));
  });

  test('is drawn where none is given, and shown', async () => {
    const [one, other] = [await start(), await start()];
    expect(Number.isInteger(one.simulator.chaos.seed)).toBe(true);
    expect(one.simulator.chaos.seed).not.toBe(other.simulator.chaos.seed);
  });
});

describe('the journals', () => {
  test('number requests and delivery attempts in one order', async () => {
    const context = await startWithReceiver({});
    const { simulator, stripe } = context;
    await expireOne(context);
    await simulator.webhooks.idle();
    await stripe.accounts.retrieveCurrent();
    const [create, expire, account] = simulator.requests().map(({ sequence }) => sequence);
    const [attempt] = await eventually(() => simulator.webhooks.deliveries()[0]?.attempts);
    const inOrder = [create, expire, attempt?.sequence, account].map(Number);
    expect(inOrder).toEqual([...inOrder].sort((left, right) => left - right));
    expect(new Set(inOrder).size).toBe(4);
    expect(simulator.requests()[0]?.requestId).toMatch(/^req_/);
    simulator.forgetRequests();
    expect(simulator.requests()).toEqual([]);
  });
});
