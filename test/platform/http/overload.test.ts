/** A process that cannot keep up, because its event loop is held up for real. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fastify from 'fastify';
import { rejectWhenOverloaded } from '../../../src/platform/http/overload.js';
import { eventually } from '../../support/eventually.js';
import { eventId, eventOf, inboxRows, postWebhook, signatureOf } from '../../support/stripe-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';

const TURN_MS = 1_500;
const ORIGIN = 'http://localhost:3000';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp({}, { overloadPatienceSeconds: 2 });
});
afterAll(() => shop.close());

const askConfig = () =>
  shop.app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { origin: ORIGIN },
    payload: { query: '{ paymentConfig { currency } }' },
  });

/** Turns of the event loop of so long each, one right after the other, until stopped; they take no processor time. */
function keepBusy(): () => void {
  let isBusy = true;
  const neverChanged = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const turn = () => {
    Atomics.wait(neverChanged, 0, 0, TURN_MS);
    if (isBusy) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    isBusy = false;
  };
}

test('Buyers get 503 with Retry-After, the webhook and the health routes work, and all is well afterwards', async () => {
  const relax = keepBusy();
  let rejected = await askConfig();
  for (let attempt = 0; attempt < 30 && rejected.statusCode !== 503; attempt += 1) rejected = await askConfig();
  const health = await shop.app.inject('/healthz');
  const id = eventId();
  const payload = JSON.stringify(eventOf('customer.created', { object: 'customer' }, { id }));
  const receiving = postWebhook(shop, payload, { 'stripe-signature': signatureOf({ payload }) });
  relax();

  expect(rejected.statusCode).toBe(503);
  expect(rejected.headers).toMatchObject({ 'retry-after': '5', 'access-control-allow-origin': ORIGIN });
  expect(rejected.json()).toEqual({
    error: { code: 'OVERLOADED', message: expect.any(String), requestId: rejected.headers['x-request-id'] },
  });
  expect(health.statusCode).toBe(200);
  expect(await receiving).toBe(200);
  expect(await inboxRows(shop, id)).toHaveLength(1);
  await eventually(async () => expect((await askConfig()).statusCode).toBe(200));
});

test('Nobody is rejected during the warm-up, nor before it has been slow for long enough, each time again', async () => {
  const app = fastify();
  await rejectWhenOverloaded(app, { patienceSeconds: 4 });
  app.get('/', async () => 'served');
  await app.ready();
  const responsesWhileBusy = async (most: number) => {
    const relax = keepBusy();
    const answers: number[] = [];
    while (answers.length < most && !answers.includes(503)) {
      // Once in such a turn it looks at itself, however long that is.
      await new Promise((resolve) => setImmediate(resolve));
      answers.push((await app.inject('/')).statusCode);
    }
    relax();
    return answers;
  };
  const answers = await responsesWhileBusy(30);
  // Five checks of warm-up, and four of patience, the last of which is in the turn of the first rejection.
  expect(answers.slice(0, 8)).toEqual(Array(8).fill(200));
  expect(answers.at(-1)).toBe(503);
  await eventually(async () => {
    expect((await app.inject('/')).statusCode).toBe(200);
    // Timers of one process keep their order: it has looked at itself meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await app.inject('/')).statusCode).toBe(200);
  });
  expect(await responsesWhileBusy(2)).toEqual([200, 200]);
  await app.close();
});
