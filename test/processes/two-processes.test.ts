/** Two processes of one shop at once; each test stands for a row of the fault table. Kills: `npm run proof -- processes`. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import type { Job, JobRunOutcome } from '../../src/platform/jobs/job.js';
import { JobRunner } from '../../src/platform/jobs/job-runner.js';
import { checkout, checkoutInput, orderBySession, submitCard, tryCheckout } from '../support/checkout.js';
import { eventually } from '../support/eventually.js';
import { activeBookings, addEquipment, addProduct, stockOf, warmUp } from '../support/shop.js';
import { deliver, inboxRows } from '../support/stripe-events.js';
import { newBuyer, startSecondProcess, startTestApp, type TestApp, testEnvironment } from '../support/test-app.js';
import { testDatabaseUrl } from '../support/test-database.js';

let first: TestApp;
let second: TestApp;

beforeAll(async () => {
  first = await startTestApp();
  second = await startSecondProcess(first);
  await Promise.all([warmUp(first.orm), warmUp(second.orm)]);
});

afterAll(async () => {
  await second?.close();
  await first?.close();
});

/** As many calls as that, every other one to each process, all at once. */
function atOnce<Result>(times: number, call: (shop: TestApp, index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => call(index % 2 === 0 ? first : second, index)));
}

async function listAtStripe<Item>(path: string): Promise<Item[]> {
  const headers = { authorization: `Bearer ${testEnvironment.STRIPE_SECRET_KEY}` };
  const response = await fetch(first.simulator.url + path, { headers });
  return ((await response.json()) as { data: Item[] }).data;
}

async function completedEventOf(sessionId: string): Promise<Stripe.Event> {
  const events = await listAtStripe<Stripe.Event>('/v1/events?type=checkout.session.completed&limit=100');
  const event = events.find(({ data: { object } }) => 'id' in object && object.id === sessionId);
  if (!event) throw new Error(`There is no event of ${sessionId}.`);
  return event;
}

describe('one event x200 in parallel, against two processes', () => {
  test('is answered 2xx every time, is stored once, and pays the order once', async () => {
    const product = await addProduct(first.orm, { onHand: 10 });
    const buyer = await newBuyer();
    first.simulator.webhooks.pause();
    const { url, sessionId } = await checkout(first, buyer, [{ id: product, type: 'PRODUCT', quantity: 3 }]);
    await submitCard(url, '4242424242424242');
    const event = await completedEventOf(sessionId);

    const statuses = await atOnce(200, (shop) => deliver(shop, event));
    first.simulator.webhooks.resume();

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await inboxRows(first, event.id)).toMatchObject([{ state: 'PROCESSED', attempts: 1 }]);
    const order = await orderBySession(second, buyer, sessionId);
    expect(order?.timeline.filter(({ to }) => to === 'PAID')).toHaveLength(1);
    expect(await stockOf(first.orm, product)).toEqual({ onHand: 7, held: 0 });
  });
});

describe('double click: 50 parallel with one key, against two processes', () => {
  test('is one order, with one session at Stripe', async () => {
    const product = await addProduct(first.orm, { onHand: 10 });
    const buyer = await newBuyer();
    const input = checkoutInput([{ id: product, type: 'PRODUCT', quantity: 1 }], { idempotencyKey: randomUUID() });

    const answers = await atOnce(50, (shop) => tryCheckout(shop, buyer, input));

    const sessions = new Set(answers.map(({ data, errors }) => data?.createCheckoutSession.sessionId ?? errors));
    expect([...sessions]).toEqual([expect.stringMatching(/^cs_/)]);
    const [orderId] = answers.map(({ data }) => data?.createCheckoutSession.order.id);
    const listed = await listAtStripe<Stripe.Checkout.Session>('/v1/checkout/sessions?limit=100');
    expect(listed.filter(({ client_reference_id: id }) => id === orderId)).toHaveLength(1);
    expect(await stockOf(first.orm, product)).toEqual({ onHand: 10, held: 1 });
  });
});

describe('last piece, last unit: 40 buyers, against two processes', () => {
  test('exactly one gets the last piece, the others a clear error', async () => {
    const product = await addProduct(first.orm, { onHand: 1 });
    expect(await winners({ id: product, type: 'PRODUCT' })).toEqual({ won: 1, codes: ['OUT_OF_STOCK'] });
    expect(await stockOf(first.orm, product)).toEqual({ onHand: 1, held: 1 });
  });

  test('exactly one gets the last unit, the others a clear error', async () => {
    const equipment = await addEquipment(first.orm, { units: 1 });
    expect(await winners({ id: equipment, type: 'EQUIPMENT' })).toEqual({ won: 1, codes: ['NOT_AVAILABLE'] });
    expect(await activeBookings(first.orm, equipment)).toHaveLength(1);
  });

  async function winners(item: { id: number; type: 'PRODUCT' | 'EQUIPMENT' }) {
    const buyers = await Promise.all(Array.from({ length: 40 }, () => newBuyer()));
    const answers = await atOnce(buyers.length, async (shop, index) =>
      tryCheckout(shop, buyers[index] ?? (await newBuyer()), checkoutInput([item])),
    );
    const codes = answers.flatMap(({ errors }) => errors?.map(({ extensions }) => extensions.code) ?? []);
    return { won: answers.filter(({ data }) => data).length, codes: [...new Set(codes)] };
  }
});

describe('jobs of two processes', () => {
  test('run in one of them at a time', async () => {
    const { runners, runs, maxAtOnce, request } = await twoRunners(400);
    for (let requests = 0; requests < 4; requests += 1) await request(requests % 2);
    // However slow the machine is: all four may have been one run.
    await eventually(() => expect(runs.length).toBeGreaterThanOrEqual(1));
    await request(0);
    await eventually(() => expect(runs.length).toBeGreaterThanOrEqual(2));
    await Promise.all(runners.map((runner) => runner.stop()));
    expect(maxAtOnce()).toBe(1);
  });

  test('SIGTERM with a run in flight: it is finished, and the next one runs in the other process', async () => {
    const { runners, runs, maxAtOnce, request, running } = await twoRunners(1_500);
    await request(0);
    const stopped = await eventually(() => {
      const runner = running();
      if (runner === null) throw new Error('No run has begun.');
      return runner;
    });
    await request(1 - stopped);
    await runners[stopped]?.stop();
    expect(runs).toContainEqual({ runner: stopped, isFinished: true });
    await eventually(() => expect(runs).toContainEqual({ runner: 1 - stopped, isFinished: true }));
    await runners[1 - stopped]?.stop();
    expect(maxAtOnce()).toBe(1);
  });

  /** A job whose runs take so long, on a queue of its own in both processes. */
  async function twoRunners(runMs: number) {
    const name = `test-${randomUUID()}`;
    const databaseUrl = await testDatabaseUrl();
    const runs: { runner: number; isFinished: boolean }[] = [];
    let most = 0;
    const job = (runner: number): Job => ({
      name,
      schedule: '0 0 1 1 *',
      async runOnce(): Promise<JobRunOutcome> {
        const run = { runner, isFinished: false };
        runs.push(run);
        most = Math.max(most, runs.filter(({ isFinished }) => !isFinished).length);
        await new Promise((resolve) => setTimeout(resolve, runMs));
        run.isFinished = true;
        return 'done';
      },
    });
    const runners = [first, second].map(
      ({ app, orm }) =>
        new JobRunner({
          databaseUrl,
          forkEntityManager: () => orm.em.fork(),
          mayRun: async () => true,
          logger: app.log,
        }),
    );
    for (const [index, runner] of runners.entries()) {
      runner.start([job(index)]);
      await eventually(() => expect(runner.problem()).toBeNull());
    }
    return {
      runners,
      runs,
      maxAtOnce: () => most,
      running: () => runs.find(({ isFinished }) => !isFinished)?.runner ?? null,
      request: (runner: number) => first.orm.em.fork().transactional(async (em) => runners[runner]?.request(em, name)),
    };
  }
});
