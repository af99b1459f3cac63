/** Webhook endpoints as a resource: what they select, their secrets, and their end. */
import { describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import {
  lineItem,
  PAID_CARD,
  sessionParameters,
  start,
  startReceiver,
  stripeError,
  submitCard,
  TestClock,
} from './support.js';

const DAY = 24 * 60 * 60;
type Context = Awaited<ReturnType<typeof start>>;

/** Causes exactly one event. */
async function expireOne({ stripe, simulator }: Context): Promise<void> {
  const { id } = await stripe.checkout.sessions.create(sessionParameters());
  await stripe.checkout.sessions.expire(id);
  await simulator.webhooks.idle();
}

describe('a webhook endpoint', () => {
  test('is created with every field, and shows its secret this once', async () => {
    const { stripe } = await start({ clock: new TestClock() });
    const created = await stripe.webhookEndpoints.create({
      url: 'https://shop.example/webhook',
      enabled_events: ['checkout.session.completed', 'refund.updated'],
      description: 'The shop',
      metadata: { team: 'payments' },
      api_version: '2026-10-28.endive',
    });
    expect(created).toEqual({
      id: expect.stringMatching(/^we_1[A-Za-z0-9]{23}$/),
      object: 'webhook_endpoint',
      api_version: '2026-10-28.endive',
      application: null,
      created: new TestClock().seconds(),
      description: 'The shop',
      enabled_events: ['checkout.session.completed', 'refund.updated'],
      livemode: false,
      metadata: { team: 'payments' },
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9]{32}$/),
      status: 'enabled',
      url: 'https://shop.example/webhook',
    });
    const { secret: _secret, ...shown } = created;
    expect(await stripe.webhookEndpoints.retrieve(created.id)).toEqual(shown);
    expect((await stripe.webhookEndpoints.list()).data).toEqual([shown]);
  });

  test('needs no more than an address and events', async () => {
    const { stripe } = await start();
    const endpoint = await stripe.webhookEndpoints.create({ url: 'http://localhost:1/', enabled_events: ['*'] });
    expect(endpoint).toMatchObject({ description: null, metadata: {}, api_version: null, enabled_events: ['*'] });
  });

  test.each([
    [{ enabled_events: ['*'] }, 'url', 'Missing required param: url.'],
    [{ url: 'http://localhost:1/' }, 'enabled_events', 'Missing required param: enabled_events.'],
    [{ url: 'localhost:1', enabled_events: ['*'] }, 'url', 'Not a valid URL'],
    [{ url: 'shop', enabled_events: ['*'] }, 'url', 'Invalid URL: An explicit scheme'],
    [{ url: 'http://localhost:1/', enabled_events: ['order.paid'] }, 'enabled_events[0]', 'must be one of'],
    [{ url: 'http://localhost:1/', enabled_events: ['*'], api_version: '2026-01-01' }, 'api_version', 'must be one of'],
    [{ url: 'http://localhost:1/', enabled_events: ['*'], connect: true }, 'connect', 'does not implement'],
  ])('is rejected with %j', async (parameters, param, message) => {
    const { stripe } = await start();
    const error = await stripeError(stripe.rawRequest('POST', '/v1/webhook_endpoints', parameters));
    expect(error).toMatchObject({ statusCode: 400, param });
    expect(error.message).toContain(message);
  });

  test('is updated, field by field', async () => {
    const { stripe } = await start();
    const { id } = await stripe.webhookEndpoints.create({
      url: 'http://localhost:1/',
      enabled_events: ['*'],
      description: 'The shop',
      metadata: { team: 'payments', owner: 'ana' },
    });
    const updated = await stripe.webhookEndpoints.update(id, {
      url: 'http://localhost:2/',
      enabled_events: ['charge.refunded'],
      metadata: { owner: '' },
    });
    expect(updated).toMatchObject({
      url: 'http://localhost:2/',
      enabled_events: ['charge.refunded'],
      description: 'The shop',
      metadata: { team: 'payments' },
      status: 'enabled',
    });
    expect(updated.metadata).not.toHaveProperty('owner');
    expect(updated).not.toHaveProperty('secret');
    const emptied = await stripe.webhookEndpoints.update(id, { description: '', disabled: true });
    expect(emptied).toMatchObject({ description: null, status: 'disabled', url: 'http://localhost:2/' });
    expect(await stripe.webhookEndpoints.update(id, { disabled: false })).toMatchObject({ status: 'enabled' });
  });

  test('is gone once it is deleted', async () => {
    const { stripe } = await start();
    const { id } = await stripe.webhookEndpoints.create({ url: 'http://localhost:1/', enabled_events: ['*'] });
    expect(await stripe.webhookEndpoints.del(id)).toEqual({ id, object: 'webhook_endpoint', deleted: true });
    for (const call of [
      stripe.webhookEndpoints.retrieve(id),
      stripe.webhookEndpoints.update(id, { disabled: true }),
      stripe.webhookEndpoints.del(id),
    ]) {
      expect(await stripeError(call)).toMatchObject({
        statusCode: 404,
        code: 'resource_missing',
        message: `No such webhook endpoint: '${id}'`,
      });
    }
  });
});

describe('several webhook endpoints', () => {
  test('get what each selects, signed with the secret of each', async () => {
    const context = await start();
    const { stripe } = context;
    const all = await startReceiver();
    const some = await startReceiver();
    const { secret } = await stripe.webhookEndpoints.create({ url: all.url, enabled_events: ['*'] });
    await stripe.webhookEndpoints.create({ url: some.url, enabled_events: ['payment_intent.succeeded'] });
    await submitCard(await stripe.checkout.sessions.create(sessionParameters()), PAID_CARD);
    await context.simulator.webhooks.idle();
    // The receivers know none of the secrets, so that what they were sent is asked of the simulator.
    const deliveries = context.simulator.webhooks.deliveries();
    expect(deliveries.filter(({ url }) => url === some.url).map(({ eventType }) => eventType)).toEqual([
      'payment_intent.succeeded',
    ]);
    expect(deliveries.filter(({ url }) => url === all.url)).toHaveLength(5);
    expect(context.simulator.webhooks.endpoints().map(({ secrets }) => secrets.length)).toEqual([1, 1]);
    expect(context.simulator.webhooks.endpoints()[0]?.secrets[0]?.value).toBe(secret);
  });

  test.each(['disabled', 'deleted'])('get nothing more once %s, and what waits for them ends', async (how) => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: 500 }));
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [60_000, 60_000] });
    const { simulator, stripe } = context;
    simulator.clock.freeze();
    await expireOne(context);
    const [endpoint] = (await stripe.webhookEndpoints.list()).data;
    const id = String(endpoint?.id);
    if (how === 'disabled') await stripe.webhookEndpoints.update(id, { disabled: true });
    else await stripe.webhookEndpoints.del(id);
    expect(simulator.webhooks.deliveries()).toMatchObject([{ state: 'failed', attempts: { length: 1 } }]);
    await expireOne(context);
    await simulator.clock.advance(600);
    expect(receiver.received).toHaveLength(1);
    const eventId = String(receiver.received[0]?.event.id);
    expect((await stripe.events.retrieve(eventId)).pending_webhooks).toBe(0);
    expect(() => simulator.webhooks.resend(eventId, id)).toThrow(id);
  });

  test('that are disabled in the middle of an attempt get no other', async () => {
    const receiver = await startReceiver();
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [1000] });
    context.simulator.clock.freeze();
    const [endpoint] = (await context.stripe.webhookEndpoints.list()).data;
    receiver.answerWith(async () => {
      await context.stripe.webhookEndpoints.update(String(endpoint?.id), { disabled: true });
      return { status: 500 };
    });
    await expireOne(context);
    await context.simulator.clock.advance(10);
    expect(receiver.received).toHaveLength(1);
    expect(context.simulator.webhooks.deliveries()).toMatchObject([{ state: 'failed', attempts: [{ status: 500 }] }]);
  });

  test('follow a change of the address', async () => {
    const [before, after] = [await startReceiver(), await startReceiver()];
    before.answerWith(() => ({ status: 500 }));
    const context = await start({ webhookEndpoints: [before], retryDelaysMs: [60_000] });
    context.simulator.clock.freeze();
    await expireOne(context);
    const [endpoint] = (await context.stripe.webhookEndpoints.list()).data;
    await context.stripe.webhookEndpoints.update(String(endpoint?.id), { url: after.url });
    await context.simulator.clock.advance(60);
    expect([before.types(), after.types()]).toEqual([['checkout.session.expired'], ['checkout.session.expired']]);
  });
});

describe('a secret that is rolled', () => {
  const verifies = (body: string, header: string, secret: string) => {
    try {
      new Stripe('sk_test_x').webhooks.constructEvent(body, header, secret);
      return true;
    } catch {
      return false;
    }
  };

  async function rolled(expiresInSeconds?: number) {
    const receiver = await startReceiver();
    const context = await start({ webhookEndpoints: [receiver] });
    context.simulator.clock.freeze();
    const id = String(context.simulator.webhooks.endpoints()[0]?.id);
    const secret = context.simulator.webhooks.rollSecret(id, expiresInSeconds);
    /** Which of the secrets signed the next delivery, the old one first. */
    const signedWith = async () => {
      const count = receiver.received.length;
      await expireOne(context);
      const webhook = receiver.received[count];
      if (webhook === undefined) return null;
      const header = String(webhook.headers['stripe-signature']);
      return [receiver.secret, secret].map((each) => verifies(webhook.body, header, each));
    };
    return { ...context, receiver, id, secret, signedWith };
  }

  test('signs beside its successor for 24 hours', async () => {
    const { simulator, secret, signedWith } = await rolled();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9]{32}$/);
    expect(await signedWith()).toEqual([true, true]);
    await simulator.clock.advance(DAY - 1);
    expect(await signedWith()).toEqual([true, true]);
    await simulator.clock.advance(1);
    // The receiver, which knows the old one only, rejects now.
    expect(await signedWith()).toBeNull();
    expect(simulator.webhooks.endpoints()[0]?.secrets).toEqual([{ value: secret, expiresAt: null }]);
  });

  test('may overlap for a shorter time, or not at all', async () => {
    const { simulator, signedWith } = await rolled(60);
    expect(await signedWith()).toEqual([true, true]);
    await simulator.clock.advance(60);
    expect(await signedWith()).toBeNull();
    const withoutOverlap = await rolled(0);
    expect(withoutOverlap.simulator.webhooks.endpoints()[0]?.secrets).toHaveLength(1);
    expect(await withoutOverlap.signedWith()).toBeNull();
  });

  test('twice leaves two: the newest, and the one before', async () => {
    const { simulator, id, secret } = await rolled();
    const newest = simulator.webhooks.rollSecret(id, 60);
    expect(simulator.webhooks.endpoints()[0]?.secrets.map(({ value }) => value)).toEqual([newest, secret]);
  });

  test('belongs to an endpoint that is there', async () => {
    const { simulator } = await start();
    expect(() => simulator.webhooks.rollSecret('we_none')).toThrow("No such webhook endpoint: 'we_none'");
  });

  test('of an endpoint that was deleted meanwhile is nobody’s any more', async () => {
    const { simulator, stripe, id } = await rolled();
    await stripe.webhookEndpoints.del(id);
    await simulator.clock.advance(2 * DAY);
    expect(simulator.webhooks.endpoints()).toEqual([]);
  });
});

describe('events', () => {
  test('can be listed by what became of their deliveries', async () => {
    const receiver = await startReceiver();
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [] });
    await expireOne(context);
    receiver.answerWith(() => ({ status: 500 }));
    await expireOne(context);
    const list = async (parameters: Stripe.EventListParams) =>
      (await context.stripe.events.list(parameters)).data.map(({ id }) => id);
    const [arrived, failed] = receiver.received.map(({ event }) => event.id);
    expect(await list({ delivery_success: true })).toEqual([arrived]);
    expect(await list({ delivery_success: false })).toEqual([failed]);
    expect(await list({})).toEqual([failed, arrived]);
  });

  test('can be listed by one type, a group of types or several', async () => {
    const context = await start();
    const { stripe } = context;
    await submitCard(await stripe.checkout.sessions.create(sessionParameters({ line_items: [lineItem()] })), PAID_CARD);
    const list = async (parameters: Stripe.EventListParams) =>
      (await stripe.events.list(parameters)).data.map(({ type }) => type).sort();
    expect(await list({ type: 'charge.succeeded' })).toEqual(['charge.succeeded']);
    expect(await list({ type: 'payment_intent.*' })).toEqual(['payment_intent.created', 'payment_intent.succeeded']);
    expect(await list({ types: ['charge.updated', 'checkout.session.completed'] })).toEqual([
      'charge.updated',
      'checkout.session.completed',
    ]);
    const both = stripe.events.list({ type: 'charge.updated', types: ['charge.updated'] });
    expect(await stripeError(both)).toMatchObject({ statusCode: 400, param: 'type' });
  });

  test('are listed for 30 days, and by the time of their creation', async () => {
    const context = await start();
    const { simulator, stripe } = context;
    simulator.clock.freeze();
    await expireOne(context);
    await simulator.clock.advance(DAY);
    const now = Math.floor(simulator.clock.now().getTime() / 1000);
    await expireOne(context);
    expect((await stripe.events.list({ created: { gte: now } })).data).toHaveLength(1);
    expect((await stripe.events.list({ created: { lt: now } })).data).toHaveLength(1);
    await simulator.clock.advance(29 * DAY);
    expect((await stripe.events.list()).data).toHaveLength(2);
    await simulator.clock.advance(1);
    expect((await stripe.events.list()).data).toHaveLength(1);
  });
});
