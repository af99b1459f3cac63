/** The control API: what a test in any language, and the dashboard's buttons, can do. */
import { describe, expect, jest, test } from '@jest/globals';
import type Stripe from 'stripe';
import type { StripeSimulator } from '../src/index.js';
import { eventually, PAID_CARD, sessionParameters, start, startReceiver, stripeError, submitCard } from './support.js';

const DAY = 24 * 60 * 60;
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A program's request: JSON both ways. */
async function control({ url }: StripeSimulator, method: Method, path: string, input?: unknown) {
  const body = input === undefined ? {} : { body: JSON.stringify(input) };
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(`${url}/_simulator${path}`, { method, headers, ...body });
  return { status: response.status, body: await response.json() };
}

/** A button's request. */
function press({ url }: StripeSimulator, path: string, fields: Record<string, string> = {}) {
  const body = new URLSearchParams(fields);
  return fetch(`${url}/_simulator${path}`, { method: 'POST', body, redirect: 'manual' });
}

async function startWithEvent(retryDelaysMs: number[] = []) {
  const receiver = await startReceiver();
  const context = await start({ webhookEndpoints: [receiver], retryDelaysMs });
  const { id } = await context.stripe.checkout.sessions.create(sessionParameters());
  await context.stripe.checkout.sessions.expire(id);
  await context.simulator.webhooks.idle();
  const eventId = String(receiver.received[0]?.event.id);
  const endpointId = String(context.simulator.webhooks.endpoints()[0]?.id);
  return { ...context, receiver, eventId, endpointId };
}

describe('the control API', () => {
  test.each(['', '/'])('lists its routes (at /_simulator%s)', async (path) => {
    const { simulator } = await start();
    const { status, body } = await control(simulator, 'GET', path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      'GET /_simulator/health': 'answers when the simulator runs',
      'POST /_simulator/clock/advance': 'moves the clock by {seconds}',
    });
  });

  test('answers 404 where there is nothing', async () => {
    const { simulator } = await start();
    expect(await control(simulator, 'POST', '/teapot')).toEqual({
      status: 404,
      body: { error: { message: 'There is no POST /_simulator/teapot.', param: null } },
    });
    expect((await control(simulator, 'DELETE', '/clock')).status).toBe(404);
    expect((await fetch(`${simulator.url}/_simulatorx`)).status).toBe(404);
  });

  test.each([
    ['/clock/advance', {}, 'seconds'],
    ['/clock/advance', { seconds: 'soon' }, 'seconds'],
    ['/clock/advance', { seconds: -1 }, 'seconds'],
    ['/clock', { now: 'tomorrow' }, 'now'],
    ['/clock', { now: '2001-01-01T00:00:00Z' }, 'now'],
    ['/chaos', { deliveries: { drop: 7 } }, 'deliveries.drop'],
    ['/chaos', { plan: 'not json' }, 'plan'],
    ['/chaos', 'no plan', null],
    ['/faults', { kind: 'flood' }, '0.kind'],
    ['/webhook_endpoints', { url: 'nowhere' }, 'url'],
    ['/restore', { clock: { now: '2026-01-01T00:00:00Z', isFrozen: true } }, 'chaos'],
    [
      '/restore',
      { clock: { now: '2026-01-01T00:00:00Z', isFrozen: true }, chaos: { seed: 1, plan: {} }, state: {} },
      'state',
    ],
    [
      '/restore',
      {
        clock: { now: '2026-01-01T00:00:00Z', isFrozen: true },
        chaos: { seed: 1, plan: {} },
        state: { version: 2, objects: {} },
      },
      'state',
    ],
    ['/webhooks/idle', { timeout: 1 }, null],
  ])('answers 400 for POST %s with %j', async (path, input, param) => {
    const { simulator } = await start();
    const { status, body } = await control(simulator, 'POST', path, input);
    expect({ status, body }).toEqual({ status: 400, body: { error: { message: expect.any(String), param } } });
  });

  test('answers 500 for what nobody foresaw, and says why on the console', async () => {
    const { simulator } = await start();
    const consoleError = jest.spyOn(console, 'error').mockImplementation(() => {});
    const snapshot = simulator.snapshot();
    const { objects } = snapshot.state;
    const broken = { ...snapshot, state: { ...snapshot.state, objects: { ...objects, refunds: [null] } } };
    const { status, body } = await control(simulator, 'POST', '/restore', broken);
    expect({ status, body }).toEqual({
      status: 500,
      body: { error: { message: 'The Stripe simulator failed; its console says why.', param: null } },
    });
    expect(consoleError).toHaveBeenCalledWith('The Stripe simulator failed:', expect.any(TypeError));
    consoleError.mockRestore();
  });

  test('answers 400 for what is not JSON', async () => {
    const { url } = await start().then(({ simulator }) => simulator);
    const response = await fetch(`${url}/_simulator/clock/advance`, { method: 'POST', body: '{' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: { message: 'The body is not JSON.', param: null } });
  });

  test.each([{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example' }, { Origin: 'null' }])(
    'takes no orders from the pages of other sites: %j',
    async (headers) => {
      const { simulator } = await start();
      const response = await fetch(`${simulator.url}/_simulator/clock/freeze`, { method: 'POST', headers });
      expect(response.status).toBe(403);
      expect(simulator.clock.state().isFrozen).toBe(false);
    },
  );

  test('takes orders from its own page', async () => {
    const { simulator } = await start();
    const headers = { Origin: simulator.url, 'Sec-Fetch-Site': 'same-origin' };
    const response = await fetch(`${simulator.url}/_simulator/clock/freeze`, { method: 'POST', headers });
    expect(response.status).toBe(200);
  });

  test('leads a form back to the dashboard', async () => {
    const { simulator, stripe } = await start();
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    const response = await press(simulator, '/clock/advance', { seconds: String(DAY) });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('expired');
    expect((await press(simulator, '/chaos', { plan: '{"events":{"double":1}}' })).status).toBe(303);
    expect(simulator.chaos.plan()).toEqual({ events: { double: 1 } });
    expect((await press(simulator, '/webhooks/idle', { timeoutSeconds: '' })).status).toBe(303);
  });
});

describe('by the control API', () => {
  test('the clock is frozen, moved and set back', async () => {
    const { simulator } = await start();
    const frozen = (await control(simulator, 'POST', '/clock/freeze')).body;
    expect(frozen).toEqual({ now: expect.any(String), isFrozen: true });
    const later = (seconds: number) => new Date(Date.parse(frozen.now) + seconds * 1000).toISOString();
    expect((await control(simulator, 'POST', '/clock/advance', { seconds: 90 })).body.now).toBe(later(90));
    expect((await control(simulator, 'POST', '/clock', { now: later(120) })).body.now).toBe(later(120));
    expect((await control(simulator, 'GET', '/clock')).body).toEqual({ now: later(120), isFrozen: true });
    expect((await control(simulator, 'POST', '/clock/unfreeze')).body.isFrozen).toBe(false);
    await control(simulator, 'POST', '/clock/reset');
    expect(Math.abs(simulator.clock.now().getTime() - Date.now())).toBeLessThan(1000);
  });

  test('chaos is set, shown and ended', async () => {
    const { simulator, stripe } = await start({ seed: 4 });
    const plan = { requests: { status500: 1 } };
    expect((await control(simulator, 'PUT', '/chaos', plan)).body).toEqual({ seed: 4, plan });
    expect((await stripeError(stripe.accounts.retrieveCurrent())).statusCode).toBe(500);
    expect((await control(simulator, 'GET', '/chaos')).body).toEqual({ seed: 4, plan });
    expect((await control(simulator, 'DELETE', '/chaos')).body).toEqual({ seed: 4, plan: {} });
    expect((await stripe.accounts.retrieveCurrent()).object).toBe('account');
  });

  test('faults are ordered, one or several, and called off', async () => {
    const { simulator, stripe } = await start();
    await control(simulator, 'POST', '/faults', { kind: 'status', status: 503, path: '/v1/account', method: 'GET' });
    await control(simulator, 'POST', '/faults', [
      { kind: 'status', status: 429, code: 'lock_timeout' },
      { kind: 'status', status: 400, body: { error: { type: 'api_error', message: 'Not today' } } },
    ]);
    const failure = () => stripeError(stripe.accounts.retrieveCurrent());
    expect((await failure()).statusCode).toBe(503);
    expect(await failure()).toMatchObject({ statusCode: 429, code: 'lock_timeout' });
    expect((await failure()).message).toBe('Not today');
    await control(simulator, 'POST', '/faults', { kind: 'reset-before-work' });
    await control(simulator, 'DELETE', '/faults');
    expect((await stripe.accounts.retrieveCurrent()).object).toBe('account');
  });

  test('requests are shown, filtered and forgotten', async () => {
    const { simulator, stripe } = await start();
    await stripe.checkout.sessions.create(sessionParameters());
    await stripe.accounts.retrieveCurrent();
    const paths = async (query: string) =>
      (await control(simulator, 'GET', `/requests${query}`)).body.requests.map(({ path }: { path: string }) => path);
    expect(await paths('')).toEqual(['/v1/checkout/sessions', '/v1/account']);
    expect(await paths('?path=/v1/checkout')).toEqual(['/v1/checkout/sessions']);
    expect(await paths('?method=get')).toEqual(['/v1/account']);
    await control(simulator, 'DELETE', '/requests');
    expect(await paths('')).toEqual([]);
  });

  test('deliveries are shown, filtered and resent', async () => {
    const { simulator, receiver, eventId, endpointId } = await startWithEvent();
    const found = async (query: string) =>
      (await control(simulator, 'GET', `/deliveries${query}`)).body.deliveries.length;
    for (const query of [
      '',
      `?event=${eventId}`,
      '?event=checkout.session.expired',
      `?endpoint=${endpointId}`,
      '?state=delivered',
    ]) {
      expect([query, await found(query)]).toEqual([query, 1]);
    }
    for (const query of ['?event=evt_none', '?endpoint=we_none', '?state=failed']) {
      expect([query, await found(query)]).toEqual([query, 0]);
    }
    const delivery = simulator.webhooks.deliveries()[0]?.id;
    expect((await control(simulator, 'POST', '/deliveries/resend', { delivery })).status).toBe(200);
    await control(simulator, 'POST', `/events/${eventId}/resend`);
    await control(simulator, 'POST', '/webhooks/idle');
    await control(simulator, 'POST', `/events/${eventId}/resend`, { endpoint: endpointId });
    expect((await control(simulator, 'POST', '/webhooks/idle')).body).toEqual({ idle: true });
    expect(receiver.received.length).toBeGreaterThanOrEqual(3);
    for (const [path, input] of [
      ['/deliveries/resend', { delivery: 'none' }],
      ['/events/evt_none/resend', {}],
      [`/events/${eventId}/resend`, { endpoint: 'we_none' }],
    ] as const) {
      expect((await control(simulator, 'POST', path, input)).status).toBe(404);
    }
  });

  test('deliveries are held back and let go', async () => {
    const { simulator, receiver, eventId } = await startWithEvent();
    await control(simulator, 'POST', '/webhooks/pause');
    await control(simulator, 'POST', `/events/${eventId}/resend`);
    await control(simulator, 'POST', '/webhooks/idle');
    expect(receiver.received).toHaveLength(1);
    await control(simulator, 'POST', '/webhooks/resume');
    await control(simulator, 'POST', '/webhooks/idle');
    expect(receiver.received).toHaveLength(2);
  });

  test('waiting for deliveries has an end', async () => {
    const { simulator, receiver, eventId } = await startWithEvent();
    receiver.answerWith(() => new Promise(() => {}));
    simulator.webhooks.resend(eventId);
    const { body } = await control(simulator, 'POST', '/webhooks/idle', { timeoutSeconds: 0.01 });
    expect(body).toEqual({ idle: false });
  });

  test('webhook endpoints are added and shown, and their secrets rolled', async () => {
    const { simulator } = await start();
    const given = { url: 'http://localhost:1/', secret: 'whsec_given', enabledEvents: ['charge.refunded'] };
    const { body } = await control(simulator, 'POST', '/webhook_endpoints', given);
    expect(body).toEqual({ id: expect.stringMatching(/^we_/), secret: 'whsec_given' });
    const drawn = (await control(simulator, 'POST', '/webhook_endpoints', { url: 'http://localhost:2/' })).body;
    expect(drawn.secret).toMatch(/^whsec_[A-Za-z0-9]{32}$/);
    const rolled = await control(simulator, 'POST', `/webhook_endpoints/${body.id}/roll_secret`, {
      expiresInSeconds: 60,
    });
    const { webhookEndpoints } = (await control(simulator, 'GET', '/webhook_endpoints')).body;
    expect(webhookEndpoints).toMatchObject([
      {
        endpoint: { enabled_events: ['charge.refunded'] },
        secrets: [{ value: rolled.body.secret, expiresAt: null }, { value: 'whsec_given' }],
      },
      { endpoint: { enabled_events: ['*'] } },
    ]);
    expect((await control(simulator, 'POST', '/webhook_endpoints/we_none/roll_secret')).status).toBe(404);
  });

  test('all state is taken and put back, however much it is', async () => {
    const { simulator, stripe } = await start();
    const paid = await stripe.checkout.sessions.create(sessionParameters());
    await submitCard(paid, PAID_CARD);
    // More than any request of the API may be long.
    const body = { metadata: Object.fromEntries(Array.from({ length: 50 }, (_, key) => [key, 'x'.repeat(500)])) };
    for (let index = 0; index < 50; index += 1) await stripe.checkout.sessions.create(sessionParameters(body));
    const snapshot = (await control(simulator, 'GET', '/snapshot')).body;
    expect(JSON.stringify(snapshot).length).toBeGreaterThan(2 * 1024 * 1024);
    const other = await start();
    expect((await control(other.simulator, 'POST', '/restore', snapshot)).status).toBe(200);
    expect((await other.stripe.checkout.sessions.retrieve(paid.id)).status).toBe('complete');
  });

  test('a session is expired, once', async () => {
    const { simulator, stripe } = await start();
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    const path = `/checkout/sessions/${id}/expire`;
    for (let time = 0; time < 2; time += 1) {
      expect((await control(simulator, 'POST', path)).body).toMatchObject({ id, status: 'expired' });
    }
    expect((await stripe.events.list()).data).toHaveLength(1);
    expect((await control(simulator, 'POST', '/checkout/sessions/cs_none/expire')).status).toBe(404);
    await eventually(() => (simulator.requests().length === 2 ? true : undefined));
  });
});

describe('objects of the API', () => {
  async function paid(parameters: Stripe.PaymentIntentCreateParams = { amount: 1000, currency: 'eur' }) {
    const context = await start();
    const { paymentIntents } = context.stripe;
    const created = await paymentIntents.create({ payment_method: 'pm_card_visa', confirm: true, ...parameters });
    return { ...context, paymentIntent: created, charge: String(created.latest_charge) };
  }

  test('are refunded, in part or whole, and no further', async () => {
    const { simulator, stripe, charge } = await paid();
    expect((await control(simulator, 'POST', `/charges/${charge}/refund`, { amount: 300 })).body).toMatchObject({
      amount: 300,
    });
    expect((await press(simulator, `/charges/${charge}/refund`, { amount: '' })).status).toBe(303);
    expect((await stripe.charges.retrieve(charge)).amount_refunded).toBe(1000);
    expect(await control(simulator, 'POST', `/charges/${charge}/refund`)).toMatchObject({
      status: 409,
      body: { error: { message: `Charge ${charge} has already been refunded.` } },
    });
    expect((await control(simulator, 'POST', '/charges/ch_x/refund')).status).toBe(404);
    expect((await control(simulator, 'POST', `/charges/${charge}/refund`, { amount: 0.5 })).status).toBe(400);
  });

  test('can wait for the buyer, which is when a refund can be canceled', async () => {
    const { simulator, stripe, charge } = await paid();
    const refund = await stripe.refunds.create({ charge });
    await control(simulator, 'POST', `/refunds/${refund.id}/require_action`);
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('requires_action');
    expect((await stripe.refunds.cancel(refund.id)).status).toBe('canceled');
    expect((await stripe.charges.retrieve(charge)).amount_refunded).toBe(0);
    expect((await control(simulator, 'POST', `/refunds/${refund.id}/require_action`)).status).toBe(409);
  });

  test('are disputed for what has not been refunded, once, and the dispute is decided', async () => {
    const { simulator, stripe, charge } = await paid();
    await stripe.refunds.create({ charge, amount: 400 });
    const { body } = await control(simulator, 'POST', `/charges/${charge}/dispute`, { kind: 'product_not_received' });
    expect(body).toMatchObject({ object: 'dispute', amount: 600, reason: 'product_not_received' });
    expect((await control(simulator, 'POST', `/charges/${charge}/dispute`, { kind: 'inquiry' })).status).toBe(409);
    expect((await control(simulator, 'POST', `/charges/${charge}/dispute`, { kind: 'bad mood' })).status).toBe(400);
    const close = `/disputes/${body.id}/close`;
    expect((await control(simulator, 'POST', close, { outcome: 'won' })).body).toMatchObject({ status: 'won' });
    expect((await control(simulator, 'POST', close, { outcome: 'lost' })).status).toBe(409);
  });

  test('are disputed in part: the rest can be refunded once that is lost, and an appeal gives the money back', async () => {
    const { simulator, stripe, charge } = await paid();
    const part = { kind: 'fraudulent', amount: 400 };
    const { body } = await control(simulator, 'POST', `/charges/${charge}/dispute`, part);
    expect(body).toMatchObject({ amount: 400, is_charge_refundable: false });
    expect((await control(simulator, 'POST', `/disputes/${body.id}/win_appeal`)).status).toBe(409);
    const lost = await control(simulator, 'POST', `/disputes/${body.id}/close`, { outcome: 'lost' });
    expect(lost.body).toMatchObject({ status: 'lost', is_charge_refundable: true });
    await stripe.refunds.create({ charge, amount: 600 });
    const won = await control(simulator, 'POST', `/disputes/${body.id}/win_appeal`);
    expect(won.body).toMatchObject({ status: 'won', balance_transactions: [{ amount: -400 }, { amount: 400 }] });
    await stripe.refunds.create({ charge, amount: 400 });
  });

  test('that were refunded whole are not disputed', async () => {
    const { simulator, stripe, charge } = await paid();
    await stripe.refunds.create({ charge });
    expect((await control(simulator, 'POST', `/charges/${charge}/dispute`, { kind: 'inquiry' })).status).toBe(409);
  });

  test('are captured or released', async () => {
    const manual = { amount: 1000, currency: 'eur', capture_method: 'manual' } as const;
    const { simulator, stripe, paymentIntent } = await paid(manual);
    expect((await control(simulator, 'POST', `/payment_intents/${paymentIntent.id}/capture`)).body).toMatchObject({
      status: 'succeeded',
      amount_received: 1000,
    });
    expect((await control(simulator, 'POST', `/payment_intents/${paymentIntent.id}/cancel`)).status).toBe(409);
    const other = await stripe.paymentIntents.create({ ...manual, payment_method: 'pm_card_visa', confirm: true });
    expect((await control(simulator, 'POST', `/payment_intents/${other.id}/cancel`)).body).toMatchObject({
      status: 'canceled',
    });
    expect((await control(simulator, 'POST', `/payment_intents/${other.id}/capture`)).status).toBe(409);
  });
});

test.each([
  ['/faults', { kind: 'status', status: 500, headers: { 'a b': 'x' } }],
  ['/faults', { kind: 'status', status: 500, headers: { a: 'x\ny' } }],
  ['/clock/advance', { seconds: 1e13 }],
  ['/clock', { now: '9999-12-31T00:00:00Z' }],
])('%s rejects what would end or freeze the simulator: %j', async (path, input) => {
  const { simulator, stripe } = await start();
  expect((await control(simulator, 'POST', path, input)).status).toBe(400);
  expect((await stripe.customers.create({ name: 'Ana' })).object).toBe('customer');
});

test('Two advances at once add up', async () => {
  const { simulator } = await start();
  simulator.clock.freeze();
  const before = simulator.clock.now().getTime();
  await Promise.all([simulator.clock.advance(100), simulator.clock.advance(100)]);
  expect(simulator.clock.now().getTime() - before).toBe(200_000);
});

test('A snapshot that is not whole changes nothing', async () => {
  const { simulator, stripe } = await start();
  await stripe.customers.create({ name: 'Ana' });
  const before = simulator.snapshot();
  for (const broken of [
    { ...before, state: { ...before.state, draws: undefined } },
    { ...before, state: { ...before.state, accountId: 7 } },
    { ...before, clock: { now: '2020-01-01T00:00:00Z', isFrozen: true }, chaos: { seed: 1, plan: { nonsense: 1 } } },
  ]) {
    expect((await control(simulator, 'POST', '/restore', broken)).status).toBe(400);
  }
  expect(simulator.clock.state().isFrozen).toBe(false);
  expect((await stripe.customers.list()).data).toHaveLength(1);
  expect(simulator.chaos.seed).toBe(before.chaos.seed);
});
