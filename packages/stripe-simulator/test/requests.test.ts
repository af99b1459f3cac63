/** What holds for every API request: keys, headers, idempotency, ordered faults and the journal. */
import { describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import {
  eventually,
  lineItem,
  rawPost,
  sessionParameters,
  start,
  startSimulator,
  stripeClient,
  stripeError,
  TestClock,
} from './support.js';

const count = async (stripe: Stripe) => (await stripe.checkout.sessions.list({ limit: 100 })).data.length;

describe('API keys', () => {
  test.each(['sk_test_anything', 'rk_test_anything'])('accept %s', async (key) => {
    const simulator = await startSimulator();
    expect((await stripeClient(simulator, key).accounts.retrieveCurrent()).object).toBe('account');
  });

  test.each(['sk_live_1', 'rk_live_1', 'pk_live_1'])('reject %s with a plain explanation', async (key) => {
    const simulator = await startSimulator();
    const error = await stripeError(stripeClient(simulator, key).accounts.retrieveCurrent());
    expect(error).toMatchObject({ type: 'StripeAuthenticationError', statusCode: 401 });
    expect(error.message).toContain('refuses live keys');
  });

  test('reject what is no secret key, without repeating it', async () => {
    const simulator = await startSimulator();
    const error = await stripeError(stripeClient(simulator, 'ek_test_abcdefghijklmnop').accounts.retrieveCurrent());
    expect(error).toMatchObject({ statusCode: 401, message: 'Invalid API Key provided: ek_test_************mnop' });
  });

  test('reject a publishable key, and say so', async () => {
    const simulator = await startSimulator();
    const error = await stripeError(stripeClient(simulator, 'pk_test_1').accounts.retrieveCurrent());
    expect(error).toMatchObject({ type: 'StripePermissionError', statusCode: 403, code: 'secret_key_required' });
  });

  test('are missed when there is none', async () => {
    const { url } = await startSimulator();
    const response = await fetch(`${url}/v1/checkout/sessions`);
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('You did not provide an API key');
  });

  test('may come as the user name of basic authentication', async () => {
    const { url } = await startSimulator();
    const headers = { Authorization: `Basic ${Buffer.from('sk_test_x:').toString('base64')}` };
    expect((await fetch(`${url}/v1/account`, { headers })).status).toBe(200);
  });

  test('can be limited to given ones', async () => {
    const simulator = await startSimulator({ secretKeys: ['sk_test_right'] });
    expect((await stripeClient(simulator, 'sk_test_right').accounts.retrieveCurrent()).object).toBe('account');
    const error = await stripeError(stripeClient(simulator, 'sk_test_wrong').accounts.retrieveCurrent());
    expect(error.statusCode).toBe(401);
  });
});

describe('every answer', () => {
  test('names the request, the version and the idempotency key', async () => {
    const { simulator } = await start();
    const body = 'mode=payment';
    const response = await rawPost(simulator, '/v1/checkout/sessions', body, {
      'Idempotency-Key': 'key-1',
      'Stripe-Version': '2025-01-01.test',
    });
    expect(response.headers.get('request-id')).toMatch(/^req_[A-Za-z0-9]{14}$/);
    expect(response.headers.get('idempotency-key')).toBe('key-1');
    expect(response.headers.get('stripe-version')).toBe('2025-01-01.test');
    expect(response.headers.get('content-type')).toBe('application/json');
  });

  test('names the pinned version when the request names none', async () => {
    const { url } = await startSimulator();
    const response = await fetch(`${url}/v1/account`, { headers: { Authorization: 'Bearer sk_test_x' } });
    expect(response.headers.get('stripe-version')).toBe(Stripe.API_VERSION);
  });

  test.each(['yesterday', '2026-1-2', '2026-13-01', '2026-10-28.endive, 2026-10-28.endive'])(
    'is 400 for the version %s, which is none',
    async (version) => {
      const { url } = await startSimulator();
      const headers = { Authorization: 'Bearer sk_test_x', 'Stripe-Version': version };
      const response = await fetch(`${url}/v1/account`, { headers });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: { type: 'invalid_request_error', message: `Invalid Stripe API version: ${version}` },
      });
      expect(response.headers.get('stripe-version')).toBe(Stripe.API_VERSION);
    },
  );

  test('takes a version with features in preview', async () => {
    const { url } = await startSimulator();
    const version = '2026-10-28.preview; some_beta=v1';
    const headers = { Authorization: 'Bearer sk_test_x', 'Stripe-Version': version };
    const response = await fetch(`${url}/v1/account`, { headers });
    expect([response.status, response.headers.get('stripe-version')]).toEqual([200, version]);
  });

  test('is 404 where there is no such address', async () => {
    const { stripe } = await start();
    const error = await stripeError(stripe.rawRequest('GET', '/v1/teapots'));
    expect(error).toMatchObject({ statusCode: 404, type: 'StripeInvalidRequestError' });
    expect(error.message).toContain('Unrecognized request URL (GET: /v1/teapots)');
  });

  test('is 404 for an id that is badly encoded', async () => {
    const { url } = await startSimulator();
    const response = await fetch(`${url}/v1/events/%E0%A4%A`, { headers: { Authorization: 'Bearer sk_test_x' } });
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('%E0%A4%A')]);
  });

  test('about the account tells the same account every time', async () => {
    const { stripe } = await start();
    const account = await stripe.accounts.retrieveCurrent();
    expect(account.id).toMatch(/^acct_1[A-Za-z0-9]{15}$/);
    expect((await stripe.accounts.retrieveCurrent()).id).toBe(account.id);
  });
});

describe('an idempotency key', () => {
  test('replays the first answer and does no second work', async () => {
    const { stripe } = await start();
    const options = { idempotencyKey: 'order-1' };
    const first = await stripe.checkout.sessions.create(sessionParameters(), options);
    const second = await stripe.checkout.sessions.create(sessionParameters(), options);
    expect(second.id).toBe(first.id);
    expect(first.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    expect(second.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'original-request': first.lastResponse.requestId,
    });
    expect(second.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
    expect(await count(stripe)).toBe(1);
  });

  test('replays the answer as it was, though the object has changed since', async () => {
    const { stripe } = await start();
    const options = { idempotencyKey: 'order-1' };
    const { id } = await stripe.checkout.sessions.create(sessionParameters(), options);
    await stripe.checkout.sessions.expire(id);
    expect((await stripe.checkout.sessions.create(sessionParameters(), options)).status).toBe('open');
  });

  test('does not care for the order of the parameters', async () => {
    const { simulator, stripe } = await start();
    const form = [
      'mode=payment',
      'success_url=http%3A%2F%2Flocalhost',
      'line_items[0][quantity]=1',
      'line_items[0][price_data][currency]=eur',
      'line_items[0][price_data][unit_amount]=100',
      'line_items[0][price_data][product_data][name]=Coffee',
    ];
    const headers = { 'Idempotency-Key': 'order-1' };
    await rawPost(simulator, '/v1/checkout/sessions', form.join('&'), headers);
    const response = await rawPost(simulator, '/v1/checkout/sessions', form.reverse().join('&'), headers);
    expect([response.status, response.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(await count(stripe)).toBe(1);
  });

  test('is rejected for other parameters', async () => {
    const { stripe } = await start();
    const options = { idempotencyKey: 'order-1' };
    await stripe.checkout.sessions.create(sessionParameters(), options);
    const other = sessionParameters({ line_items: [lineItem('Cup')] });
    const error = await stripeError(stripe.checkout.sessions.create(other, options));
    expect(error).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400, rawType: 'idempotency_error' });
    expect(error.message).toContain("Try using a key other than 'order-1'");
  });

  test('is rejected for another endpoint', async () => {
    const { stripe } = await start();
    const options = { idempotencyKey: 'order-1' };
    const { id } = await stripe.checkout.sessions.create(sessionParameters(), options);
    const error = await stripeError(stripe.checkout.sessions.expire(id, {}, options));
    expect(error).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
    expect(error.message).toContain('same endpoint');
  });

  test('in use by a request that still runs is answered 409', async () => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ kind: 'delay', ms: 60_000 });
    const options = { idempotencyKey: 'order-1' };
    const slow = stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
    const error = await eventually(async () => {
      const failure = await stripeError(stripe.checkout.sessions.create(sessionParameters(), options)).catch(
        () => undefined,
      );
      return failure?.statusCode === 409 ? failure : undefined;
    });
    expect(error).toMatchObject({ rawType: 'idempotency_error', code: 'idempotency_key_in_use' });
    expect(error.headers).toMatchObject({ 'stripe-should-retry': 'true' });
    await simulator.close();
    expect(await slow).toMatchObject({ type: 'StripeConnectionError' });
  });

  test('is free again after the request failed validation', async () => {
    const { stripe } = await start();
    const options = { idempotencyKey: 'order-1' };
    await stripeError(stripe.checkout.sessions.create(sessionParameters({ customer_email: 'ana' }), options));
    const session = await stripe.checkout.sessions.create(
      sessionParameters({ customer_email: 'ana@example.com' }),
      options,
    );
    expect(session.customer_email).toBe('ana@example.com');
    expect(session.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
  });

  test.each([401, 409, 429])('is not used up by an answer of %i', async (status) => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ kind: 'status', status });
    const options = { idempotencyKey: 'order-1' };
    expect((await stripeError(stripe.checkout.sessions.create(sessionParameters(), options))).statusCode).toBe(status);
    const session = await stripe.checkout.sessions.create(sessionParameters(), options);
    expect(session.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
  });

  test('keeps an error of the execution', async () => {
    const { stripe } = await start();
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    await stripe.checkout.sessions.expire(id);
    const options = { idempotencyKey: 'expire-1' };
    const first = await stripeError(stripe.checkout.sessions.expire(id, {}, options));
    const second = await stripeError(stripe.checkout.sessions.expire(id, {}, options));
    expect(second).toMatchObject({ statusCode: 400, message: first.message });
    expect(second.headers).toMatchObject({ 'idempotent-replayed': 'true' });
  });

  test('may have 255 characters and no more', async () => {
    const { stripe } = await start();
    await stripe.checkout.sessions.create(sessionParameters(), { idempotencyKey: 'k'.repeat(255) });
    const call = stripe.checkout.sessions.create(sessionParameters(), { idempotencyKey: 'k'.repeat(256) });
    expect((await stripeError(call)).statusCode).toBe(400);
  });

  test('is remembered for 24 hours', async () => {
    const clock = new TestClock();
    const { stripe } = await start({ clock });
    const options = { idempotencyKey: 'order-1' };
    const first = await stripe.checkout.sessions.create(sessionParameters(), options);
    clock.advanceSeconds(24 * 60 * 60);
    expect((await stripe.checkout.sessions.create(sessionParameters(), options)).id).toBe(first.id);
    clock.advanceSeconds(1);
    expect((await stripe.checkout.sessions.create(sessionParameters(), options)).id).not.toBe(first.id);
  });
});

describe('an ordered fault', () => {
  test('answers with a status before any work is done', async () => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ kind: 'status', status: 500 });
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters()));
    expect(error).toMatchObject({ type: 'StripeAPIError', statusCode: 500 });
    expect(await count(stripe)).toBe(0);
  });

  test('answers with a body and headers of its own', async () => {
    const { simulator, stripe } = await start();
    const body = { error: { type: 'invalid_request_error', message: 'Not today', param: 'expires_at' } };
    simulator.faults.failNext({ kind: 'status', status: 400, body, headers: { 'Stripe-Should-Retry': 'false' } });
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters()));
    expect(error).toMatchObject({ message: 'Not today', param: 'expires_at' });
    expect(error.headers).toMatchObject({ 'stripe-should-retry': 'false' });
  });

  test('does the work, answers 500, and keeps that answer under the key', async () => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ kind: 'status-after-work', status: 500 });
    const options = { idempotencyKey: 'order-1' };
    const first = await stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
    expect(first.statusCode).toBe(500);
    expect(await count(stripe)).toBe(1);
    const second = await stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
    expect(second.statusCode).toBe(500);
    expect(second.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await count(stripe)).toBe(1);
  });

  test('that hides the work behind a 429 leaves its answer to the retry', async () => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ kind: 'status-after-work', status: 429 });
    const options = { idempotencyKey: 'order-1' };
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
    expect(error).toMatchObject({ type: 'StripeRateLimitError', statusCode: 429 });
    const session = await stripe.checkout.sessions.create(sessionParameters(), options);
    expect(session.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await count(stripe)).toBe(1);
  });

  test('hits a replayed answer too', async () => {
    const { simulator, stripe } = await start();
    const options = { idempotencyKey: 'order-1' };
    const { id } = await stripe.checkout.sessions.create(sessionParameters(), options);
    simulator.faults.failNext({ kind: 'status-after-work', status: 500 });
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters(), options));
    expect(error.statusCode).toBe(500);
    expect((await stripe.checkout.sessions.create(sessionParameters(), options)).id).toBe(id);
  });

  test('resets the connection before the work', async () => {
    const { simulator, stripe } = await start();
    // The SDK tries once more by itself when a connection is closed under it.
    simulator.faults.failNext({ kind: 'reset-before-work' }, { kind: 'reset-before-work' });
    const error = await stripeError(stripe.checkout.sessions.create(sessionParameters()));
    expect(error.type).toBe('StripeConnectionError');
    expect(await count(stripe)).toBe(0);
  });

  test('resets the connection after the work, which a retry under the same key finds done', async () => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ kind: 'reset-after-work' });
    const session = await stripe.checkout.sessions.create(sessionParameters());
    expect(session.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(await count(stripe)).toBe(1);
  });

  test('delays an answer beyond the patience of the client, and the work is done all the same', async () => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ kind: 'delay', ms: 150 });
    const impatient = stripeClient(simulator, 'sk_test_x', { timeout: 20 });
    const error = await stripeError(impatient.checkout.sessions.create(sessionParameters()));
    expect(error.type).toBe('StripeConnectionError');
    await eventually(async () => ((await count(stripe)) === 1 ? true : undefined));
  });

  test('waits for the request that it is meant for', async () => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext(
      { kind: 'status', status: 503, method: 'post', path: '/v1/checkout/sessions' },
      { kind: 'status', status: 502, path: /line_items$/ },
    );
    await stripe.accounts.retrieveCurrent();
    await stripe.checkout.sessions.list();
    expect((await stripeError(stripe.checkout.sessions.create(sessionParameters()))).statusCode).toBe(503);
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    expect((await stripeError(stripe.checkout.sessions.listLineItems(id))).statusCode).toBe(502);
    await stripe.checkout.sessions.listLineItems(id);
  });

  test('can be called off', async () => {
    const { simulator, stripe } = await start();
    simulator.faults.failNext({ kind: 'status', status: 500 }, { kind: 'reset-before-work' });
    simulator.faults.clear();
    expect((await stripe.checkout.sessions.create(sessionParameters())).status).toBe('open');
  });
});

describe('the journal', () => {
  test('holds each request with its parameters, key and status', async () => {
    const { simulator, stripe } = await start();
    const { id } = await stripe.checkout.sessions.create(sessionParameters(), { idempotencyKey: 'order-1' });
    await stripeError(stripe.checkout.sessions.retrieve('cs_none', { expand: ['line_items'] }));
    simulator.faults.failNext({ kind: 'reset-before-work' });
    await stripe.checkout.sessions.expire(id);
    expect(simulator.requests()).toMatchObject([
      {
        method: 'POST',
        path: '/v1/checkout/sessions',
        idempotencyKey: 'order-1',
        status: 200,
        parameters: {
          mode: 'payment',
          line_items: [{ quantity: '1', price_data: { product_data: { name: 'Coffee' } } }],
        },
      },
      {
        method: 'GET',
        path: '/v1/checkout/sessions/cs_none',
        idempotencyKey: null,
        status: 404,
        parameters: { expand: ['line_items'] },
      },
      { method: 'POST', path: `/v1/checkout/sessions/${id}/expire`, status: null, parameters: {} },
      { method: 'POST', path: `/v1/checkout/sessions/${id}/expire`, status: 200, parameters: {} },
    ]);
  });

  test('forgets the oldest requests', async () => {
    const { simulator, stripe } = await start({ maxObjects: 3 });
    for (let limit = 1; limit <= 9; limit += 1) await stripe.checkout.sessions.list({ limit });
    expect(simulator.requests().map(({ parameters }) => parameters.limit)).toEqual(['7', '8', '9']);
  });
});
