/** Idempotency keys where time, other requests or trouble come between; requests.test.ts holds the plain cases. */
import { describe, expect, test } from '@jest/globals';
import {
  eventually,
  lineItem,
  rawPost,
  sessionParameters,
  start,
  startSimulator,
  stripeClient,
  stripeError,
} from './support.js';

const DAY = 24 * 60 * 60;
const options = { idempotencyKey: 'order-1' };

describe('an idempotency key', () => {
  test('is kept for a day by the clock of the simulator', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const first = await stripe.checkout.sessions.create(sessionParameters(), options);
    await simulator.clock.advance(DAY);
    expect((await stripe.checkout.sessions.create(sessionParameters(), options)).id).toBe(first.id);
    await simulator.clock.advance(1);
    expect((await stripe.checkout.sessions.create(sessionParameters(), options)).id).not.toBe(first.id);
  });

  test('of a request that still runs is rejected for other parameters', async () => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ kind: 'delay', ms: 60_000 });
    const slow = stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
    const other = sessionParameters({ line_items: [lineItem('Cup')] });
    await eventually(async () => {
      const error = await stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
      return error.statusCode === 409 ? error : undefined;
    });
    const error = await stripeError(stripe.checkout.sessions.create(other, options));
    expect(error).toMatchObject({ statusCode: 400, rawType: 'idempotency_error' });
    await simulator.close();
    await slow;
  });

  test('is not used up by a request that Stripe rejected before looking at it', async () => {
    const { simulator, stripe } = await start();
    const headers = { 'Idempotency-Key': 'order-1' };
    for (const refused of [
      { ...headers, Authorization: 'Bearer pk_test_x' },
      { ...headers, Authorization: 'Bearer sk_live_x' },
      { ...headers, 'Stripe-Version': 'tomorrow' },
    ]) {
      const response = await rawPost(simulator, '/v1/checkout/sessions', 'mode=payment', refused);
      expect(response.status).toBeGreaterThanOrEqual(400);
    }
    const session = await stripe.checkout.sessions.create(sessionParameters(), options);
    expect(session.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
  });

  test('is not used up by a parameter that is unknown, or missing', async () => {
    const { simulator, stripe } = await start();
    for (const body of ['mode=payment&colour=red', 'customer_email=ana%40example.com']) {
      const headers = { 'Idempotency-Key': 'order-1' };
      expect((await rawPost(simulator, '/v1/checkout/sessions', body, headers)).status).toBe(400);
    }
    const session = await stripe.checkout.sessions.create(sessionParameters(), options);
    expect(session.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
  });

  test('keeps the answer that an object is missing', async () => {
    const { stripe } = await start();
    await stripeError(stripe.checkout.sessions.expire('cs_none', {}, options));
    const error = await stripeError(stripe.checkout.sessions.expire('cs_none', {}, options));
    expect(error).toMatchObject({ statusCode: 404, headers: { 'idempotent-replayed': 'true' } });
  });

  test('is free for the retry of a 500 that came before the work', async () => {
    const simulator = await startSimulator();
    const stripe = stripeClient(simulator, 'sk_test_x', { maxNetworkRetries: 1 });
    simulator.faults.failNext({ kind: 'status', status: 500 });
    const session = await stripe.checkout.sessions.create(sessionParameters());
    expect(session.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    expect(simulator.requests().map(({ status }) => status)).toEqual([500, 200]);
  });

  test('means nothing to a request that reads or deletes', async () => {
    const { simulator, stripe } = await start();
    const { id } = await stripe.webhookEndpoints.create({ url: 'http://localhost:1/', enabled_events: ['*'] });
    const headers = { Authorization: 'Bearer sk_test_x', 'Idempotency-Key': 'key-1' };
    const url = `${simulator.url}/v1/webhook_endpoints/${id}`;
    const statuses: number[] = [];
    for (const method of ['GET', 'DELETE', 'DELETE']) statuses.push((await fetch(url, { method, headers })).status);
    expect(statuses).toEqual([200, 200, 404]);
    expect(simulator.requests().at(-1)).toMatchObject({ method: 'DELETE', idempotencyKey: null });
  });
});

test.each([409, 429])(
  'a %i is not kept, even where the work was done: the retry gets the answer of the work',
  async (status) => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ method: 'POST', kind: 'status-after-work', status });
    const create = () => stripe.customers.create({ name: 'Ana' }, { idempotencyKey: 'once' });
    expect((await stripeError(create())).statusCode).toBe(status);
    const customer = await create();
    expect(customer.object).toBe('customer');
    expect((await stripe.customers.list()).data.map(({ id }) => id)).toEqual([customer.id]);
  },
);
