/** Webhook delivery: signed, complete, retried, and never in each other's way. */
import { describe, expect, test } from '@jest/globals';
import {
  eventually,
  PAID_CARD,
  sessionParameters,
  start,
  startReceiver,
  stripeError,
  submitCard,
  TestClock,
  type WebhookAnswer,
} from './support.js';

/** Causes exactly one event. */
async function expireOne({ stripe }: Awaited<ReturnType<typeof start>>): Promise<string> {
  const { id } = await stripe.checkout.sessions.create(sessionParameters({ metadata: { note: 'été €' } }));
  await stripe.checkout.sessions.expire(id);
  return id;
}

describe('a delivery', () => {
  test('is signed so that the SDK accepts it, and carries the event as the API shows it', async () => {
    const receiver = await startReceiver();
    const context = await start({ webhookEndpoints: [receiver] });
    const sessionId = await expireOne(context);
    await context.simulator.webhooks.idle();
    const [webhook] = receiver.received;
    expect(webhook?.event).toMatchObject({
      type: 'checkout.session.expired',
      pending_webhooks: 1,
      data: { object: { id: sessionId, metadata: { note: 'été €' } } },
    });
    expect(webhook?.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      'stripe-signature': expect.stringMatching(/^t=\d+,v1=[0-9a-f]{64}$/),
    });
    const event = await context.stripe.events.retrieve(String(webhook?.event.id));
    expect(event).toMatchObject({ ...webhook?.event, pending_webhooks: 0 });
  });

  test('is signed with the time of day, wherever the clock of the simulator stands', async () => {
    const receiver = await startReceiver();
    const clock = new TestClock();
    const context = await start({ webhookEndpoints: [receiver], clock });
    await expireOne(context);
    await context.simulator.webhooks.idle();
    expect(receiver.received[0]?.event.created).toBe(clock.seconds());
  });

  test('is signed by the clock of the receiver, where it has one of its own', async () => {
    const receiver = await startReceiver();
    // The receiver's clock is the system's, by which a webhook of a day ago is too old.
    const dayAgo = { now: () => new Date(Date.now() - 86_400_000) };
    const context = await start({ webhookEndpoints: [receiver], receiverClock: dayAgo });
    await expireOne(context);
    await context.simulator.webhooks.idle();
    expect(receiver.received).toEqual([]);
    const [attempt] = context.simulator.webhooks.deliveries()[0]?.attempts ?? [];
    expect(attempt?.status).toBe(400);
    expect(Date.parse(attempt?.at ?? '')).toBeLessThanOrEqual(dayAgo.now().getTime());
  });

  test('and so is the header Date, which apps compare with their clock', async () => {
    const dayAgo = { now: () => new Date(Date.now() - 86_400_000) };
    const { simulator } = await start({ receiverClock: dayAgo });
    const { headers } = await fetch(simulator.url);
    expect(Date.parse(headers.get('date') ?? '')).toBeLessThanOrEqual(dayAgo.now().getTime());
  });

  test('goes to every endpoint, each with its own secret', async () => {
    const receivers = [await startReceiver('whsec_one'), await startReceiver('whsec_two')];
    const context = await start({ webhookEndpoints: receivers.slice(0, 1) });
    for (const receiver of receivers.slice(1)) context.simulator.addWebhookEndpoint(receiver);
    await expireOne(context);
    await context.simulator.webhooks.idle();
    for (const receiver of receivers) expect(receiver.types()).toEqual(['checkout.session.expired']);
    expect(context.simulator.webhooks.deliveries().map(({ state, url }) => [state, url])).toEqual(
      receivers.map(({ url }) => ['delivered', url]),
    );
  });

  test.each(['nowhere', 'ftp://localhost/'])('cannot go to %s', async (url) => {
    const { simulator } = await start();
    expect(() => simulator.addWebhookEndpoint({ url, secret: 'whsec_x' })).toThrow('not the address');
  });

  test('needs a secret to sign with', async () => {
    const { simulator } = await start();
    expect(() => simulator.addWebhookEndpoint({ url: 'http://localhost/', secret: '' })).toThrow('needs a secret');
  });

  test('of every event of a payment arrives', async () => {
    const receiver = await startReceiver();
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver] });
    await submitCard(await stripe.checkout.sessions.create(sessionParameters()), PAID_CARD);
    await simulator.webhooks.idle();
    expect(receiver.types().sort()).toEqual([
      'charge.succeeded',
      'charge.updated',
      'checkout.session.completed',
      'payment_intent.created',
      'payment_intent.succeeded',
    ]);
  });

  test('that hangs does not hold up the others', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(({ event }) =>
      event.type === 'payment_intent.created' ? new Promise<WebhookAnswer>(() => {}) : { status: 200 },
    );
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver] });
    await submitCard(await stripe.checkout.sessions.create(sessionParameters()), PAID_CARD);
    const delivered = await eventually(() => {
      const done = simulator.webhooks.deliveries().filter(({ state }) => state === 'delivered');
      return done.length === 4 ? done : undefined;
    });
    expect(delivered.map(({ eventType }) => eventType)).not.toContain('payment_intent.created');
  });
});

describe('a failed delivery', () => {
  test.each([301, 302, 304, 400, 404, 500, 503])('is one that was answered %i, and is tried again', async (status) => {
    const receiver = await startReceiver();
    const elsewhere = await startReceiver();
    receiver.answerWith(() => ({
      status: receiver.received.length === 1 ? status : 200,
      headers: { Location: elsewhere.url },
    }));
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [1] });
    await expireOne(context);
    const [delivery] = await eventually(() => {
      const deliveries = context.simulator.webhooks.deliveries();
      return deliveries[0]?.state === 'delivered' ? deliveries : undefined;
    });
    expect(delivery?.attempts.map((attempt) => attempt.status)).toEqual([status, 200]);
    expect(elsewhere.received).toEqual([]);
  });

  test('is tried again with the same bytes and a signature of its own', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: receiver.received.length < 3 ? 500 : 204 }));
    // The signature's time has seconds: only a pause of more than one shows that it is made again.
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [1, 1100] });
    await expireOne(context);
    await eventually(() => (receiver.received.length === 3 ? true : undefined));
    const [first, second, third] = receiver.received;
    expect([second?.body, third?.body]).toEqual([first?.body, first?.body]);
    expect(third?.headers['stripe-signature']).not.toBe(first?.headers['stripe-signature']);
  });

  test('is abandoned after the last retry, and can be resent', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: 500 }));
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [1, 1] });
    await expireOne(context);
    const delivery = await eventually(() =>
      context.simulator.webhooks.deliveries().find(({ state }) => state === 'failed'),
    );
    expect(delivery.attempts.map(({ status }) => status)).toEqual([500, 500, 500]);
    receiver.answerWith(() => ({ status: 200 }));
    context.simulator.webhooks.resend(delivery.eventId);
    await context.simulator.webhooks.idle();
    expect(context.simulator.webhooks.deliveries()).toMatchObject([{ state: 'delivered', attempts: { length: 4 } }]);
  });

  test('is one that was not answered in time', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => new Promise<WebhookAnswer>(() => {}));
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [], webhookTimeoutMs: 50 });
    await expireOne(context);
    await context.simulator.webhooks.idle();
    expect(context.simulator.webhooks.deliveries()).toMatchObject([
      { state: 'failed', attempts: [{ status: null, error: 'no answer within 0.05 s' }] },
    ]);
  });

  test('is one whose endpoint is not there', async () => {
    const context = await start({
      webhookEndpoints: [{ url: 'http://127.0.0.1:1/webhook', secret: 'whsec_x' }],
      retryDelaysMs: [],
    });
    await expireOne(context);
    await context.simulator.webhooks.idle();
    const [delivery] = context.simulator.webhooks.deliveries();
    expect(delivery?.attempts[0]?.error).toContain('ECONNREFUSED');
  });

  test('counts as pending in the event, until it arrives', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: 500 }));
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [60_000] });
    await expireOne(context);
    await context.simulator.webhooks.idle();
    const pending = async () => (await context.stripe.events.list()).data[0]?.pending_webhooks;
    expect(await pending()).toBe(1);
    receiver.answerWith(() => ({ status: 200 }));
    context.simulator.webhooks.resend(String(receiver.received[0]?.event.id));
    await context.simulator.webhooks.idle();
    expect(await pending()).toBe(0);
  });
});

describe('deliveries', () => {
  test('wait while paused, and go out on resume', async () => {
    const receiver = await startReceiver();
    const context = await start({ webhookEndpoints: [receiver] });
    context.simulator.webhooks.pause();
    await expireOne(context);
    await context.simulator.webhooks.idle();
    expect(receiver.received).toEqual([]);
    expect(context.simulator.webhooks.deliveries()).toMatchObject([{ state: 'pending', attempts: [] }]);
    context.simulator.webhooks.resume();
    await context.simulator.webhooks.idle();
    expect(receiver.types()).toEqual(['checkout.session.expired']);
  });

  test('of an event that was delivered can be repeated', async () => {
    const receiver = await startReceiver();
    const context = await start({ webhookEndpoints: [receiver] });
    await expireOne(context);
    await context.simulator.webhooks.idle();
    context.simulator.webhooks.resend(String(receiver.received[0]?.event.id));
    await context.simulator.webhooks.idle();
    const [first, second] = receiver.received;
    expect(second?.body).toBe(first?.body);
  });

  test('can be repeated to one endpoint only', async () => {
    const [one, other] = [await startReceiver('whsec_one'), await startReceiver('whsec_two')];
    const context = await start({ webhookEndpoints: [one, other] });
    await expireOne(context);
    await context.simulator.webhooks.idle();
    const [, delivery] = context.simulator.webhooks.deliveries();
    context.simulator.webhooks.resend(String(delivery?.eventId), delivery?.endpointId);
    await context.simulator.webhooks.idle();
    expect([one.received.length, other.received.length]).toEqual([1, 2]);
  });

  test('are not repeated to an endpoint that is not there', async () => {
    const receiver = await startReceiver();
    const context = await start({ webhookEndpoints: [receiver] });
    await expireOne(context);
    await context.simulator.webhooks.idle();
    const eventId = String(receiver.received[0]?.event.id);
    expect(() => context.simulator.webhooks.resend(eventId, 'we_none')).toThrow("No such webhook endpoint: 'we_none'");
  });

  test('of an unknown event cannot be repeated', async () => {
    const { simulator, stripe } = await start();
    expect(() => simulator.webhooks.resend('evt_none')).toThrow("No such event: 'evt_none'");
    expect((await stripeError(stripe.events.retrieve('evt_none'))).statusCode).toBe(404);
  });
});

describe('what could end the simulator does not:', () => {
  test('an endpoint whose scheme is in capitals', async () => {
    const { simulator, stripe } = await start({ retryDelaysMs: [] });
    await stripe.webhookEndpoints.create({ url: 'HTTPS://127.0.0.1:1/webhook', enabled_events: ['*'] });
    simulator.addWebhookEndpoint({ url: 'HTTP://127.0.0.1:1/webhook', secret: 'whsec_x' });
    await stripe.customers.create({ name: 'Ana' });
    await simulator.webhooks.idle();
    expect(simulator.webhooks.deliveries().map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect((await stripe.customers.list()).data).toHaveLength(1);
  });
});

describe('sending again', () => {
  test('while an attempt is in flight is one more attempt after it', async () => {
    const receiver = await startReceiver();
    let answer: (answer: WebhookAnswer) => void = () => {};
    receiver.answerWith(() => new Promise<WebhookAnswer>((resolve) => (answer = resolve)));
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver] });
    await stripe.customers.create({ name: 'Ana' });
    await eventually(() => (receiver.received.length === 1 ? true : undefined));
    simulator.webhooks.resend(String(receiver.received[0]?.event.id));
    receiver.answerWith(() => ({ status: 200 }));
    answer({ status: 200 });
    await simulator.webhooks.idle();
    expect(simulator.webhooks.deliveries()).toMatchObject([{ state: 'delivered', attempts: { length: 2 } }]);
    expect(receiver.received).toHaveLength(2);
  });

  test('by chance leaves the retries as they are planned', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: 500 }));
    const chaos = { deliveries: { duplicate: 1 } };
    const { simulator, stripe } = await start({ webhookEndpoints: [receiver], retryDelaysMs: [1, 1, 1], chaos });
    await stripe.customers.create({ name: 'Ana' });
    const delivery = await eventually(() => simulator.webhooks.deliveries().find(({ state }) => state === 'failed'));
    // Two copies at first, then three retries of one each.
    expect(delivery.attempts).toHaveLength(5);
  });
});
