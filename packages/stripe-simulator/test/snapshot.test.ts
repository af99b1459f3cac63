/** Taking all state and putting it back: objects, clock, what waits, and what chance has in store. */
import { describe, expect, test } from '@jest/globals';
import {
  eventually,
  PAID_CARD,
  rawPost,
  sessionParameters,
  start,
  startReceiver,
  stripeError,
  submitCard,
  type WebhookAnswer,
} from './support.js';

const DAY = 24 * 60 * 60;
const PENDING_REFUND_CARD = '4000000000007726';
const DISPUTED_CARD = '4000000000000259';
type Context = Awaited<ReturnType<typeof start>>;

async function expireOne({ stripe }: Context): Promise<void> {
  const { id } = await stripe.checkout.sessions.create(sessionParameters());
  await stripe.checkout.sessions.expire(id);
}

/** Everything that the API and the deliveries show. */
async function everything({ stripe, simulator }: Context) {
  return {
    sessions: (await stripe.checkout.sessions.list({ limit: 100 })).data,
    payments: (await stripe.paymentIntents.list({ limit: 100, expand: ['data.latest_charge'] })).data,
    refunds: (await stripe.refunds.list({ limit: 100 })).data,
    disputes: (await stripe.disputes.list({ limit: 100 })).data,
    balance: (await stripe.balanceTransactions.list({ limit: 100 })).data,
    customers: (await stripe.customers.list({ limit: 100 })).data,
    events: (await stripe.events.list({ limit: 100 })).data,
    endpoints: simulator.webhooks.endpoints(),
    deliveries: simulator.webhooks.deliveries(),
    clock: simulator.clock.state(),
  };
}

describe('a snapshot', () => {
  test('that is restored brings everything back, and goes on as it went before', async () => {
    const receiver = await startReceiver();
    const chaos = { deliveries: { drop: 0.5, duplicate: 0.5 }, events: { double: 0.5 } };
    const context = await start({ webhookEndpoints: [receiver], chaos, seed: 3 });
    const { simulator, stripe } = context;
    simulator.clock.freeze();
    const parameters = sessionParameters({ customer_creation: 'always' });
    await submitCard(await stripe.checkout.sessions.create(parameters), PENDING_REFUND_CARD);
    const [charge] = (await stripe.charges.list()).data;
    await stripe.refunds.create({ charge: String(charge?.id), amount: 500 });
    await submitCard(await stripe.checkout.sessions.create(parameters), DISPUTED_CARD);
    await simulator.clock.advance(0);
    await simulator.webhooks.idle();
    const open = await stripe.checkout.sessions.create(sessionParameters(), { idempotencyKey: 'order-1' });
    const before = await everything(context);
    // As JSON, so that nothing is shared with what goes on.
    const snapshot = JSON.parse(JSON.stringify(simulator.snapshot()));

    const goOn = async () => {
      await submitCard(open, PAID_CARD);
      for (let index = 0; index < 5; index += 1) await expireOne(context);
      await simulator.clock.advance(2 * DAY);
      return simulator.webhooks.deliveries().map(({ state, attempts }) => `${state} ${attempts.length}`);
    };
    const first = await goOn();
    await stripe.webhookEndpoints.del(String(simulator.webhooks.endpoints()[0]?.id));
    simulator.chaos.clear();

    simulator.restore(snapshot);
    expect(await everything(context)).toEqual(before);
    const replayed = await stripe.checkout.sessions.create(sessionParameters(), { idempotencyKey: 'order-1' });
    expect(replayed.id).toBe(open.id);
    expect(await goOn()).toEqual(first);
    expect((await stripe.refunds.list()).data).toMatchObject([{ status: 'succeeded' }]);
    expect(new Set(first).size).toBeGreaterThan(1);
  });

  test('holds what is to happen later', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const { id } = await stripe.checkout.sessions.create(sessionParameters());
    const snapshot = simulator.snapshot();
    await simulator.clock.advance(DAY);
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('expired');
    simulator.restore(snapshot);
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open');
    await simulator.clock.advance(DAY - 1);
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('open');
    await simulator.clock.advance(1);
    expect((await stripe.checkout.sessions.retrieve(id)).status).toBe('expired');
  });

  test.each([true, false])('puts the clock back, frozen or running as it was (frozen: %s)', async (isFrozen) => {
    const { simulator } = await start();
    if (isFrozen) simulator.clock.freeze();
    const snapshot = simulator.snapshot();
    simulator.clock.unfreeze();
    await simulator.clock.advance(1000);
    if (!isFrozen) simulator.clock.freeze();
    simulator.restore(snapshot);
    expect(simulator.clock.state().isFrozen).toBe(isFrozen);
    const late = simulator.clock.now().getTime() - Date.parse(snapshot.clock.now);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(isFrozen ? 1 : 900);
  });

  test('takes up a delivery that was in flight, and hears nothing of the attempt from before', async () => {
    const receiver = await startReceiver();
    let answer = (_: WebhookAnswer) => {};
    receiver.answerWith(() => new Promise<WebhookAnswer>((resolve) => (answer = resolve)));
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [] });
    const { simulator } = context;
    await expireOne(context);
    await eventually(() => (receiver.received.length === 1 ? true : undefined));
    const snapshot = simulator.snapshot();
    const answerOld = answer;
    receiver.answerWith(() => ({ status: 204 }));
    simulator.restore(snapshot);
    answerOld({ status: 500 });
    await simulator.webhooks.idle();
    expect(receiver.received).toHaveLength(2);
    expect(simulator.webhooks.deliveries()).toMatchObject([{ state: 'delivered', attempts: [{ status: 204 }] }]);
  });

  test('forgets attempts that began after it', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => new Promise<WebhookAnswer>(() => {}));
    const context = await start({ webhookEndpoints: [receiver] });
    const snapshot = context.simulator.snapshot();
    await expireOne(context);
    await eventually(() => (receiver.received.length === 1 ? true : undefined));
    context.simulator.restore(snapshot);
    await context.simulator.webhooks.idle();
    expect(context.simulator.webhooks.deliveries()).toEqual([]);
  });

  test('knows which delivery waits to be overtaken', async () => {
    const receiver = await startReceiver();
    const chaos = { deliveries: { reorder: 1 } };
    const context = await start({ webhookEndpoints: [receiver], chaos });
    const { simulator } = context;
    simulator.clock.freeze();
    await expireOne(context);
    const snapshot = simulator.snapshot();
    await simulator.clock.advance(1);
    expect(receiver.received).toHaveLength(1);
    simulator.restore(snapshot);
    await expireOne(context);
    await simulator.webhooks.idle();
    const ids = receiver.received.map(({ event }) => event.id);
    expect(ids).toHaveLength(3);
    expect(ids[2]).toBe(ids[0]);
  });

  test('of one simulator can be restored in another, whose pages then serve its sessions', async () => {
    const before = await start({ seed: 5 });
    const { id } = await before.stripe.checkout.sessions.create(sessionParameters());
    const after = await start();
    after.simulator.restore(before.simulator.snapshot());
    const session = await after.stripe.checkout.sessions.retrieve(id);
    expect(session.url).toBe(`${after.simulator.url}/c/pay/${id}`);
    expect((await submitCard(session, PAID_CARD)).status).toBe(303);
    expect(after.simulator.chaos.seed).toBe(5);
    expect((await stripeError(before.stripe.paymentIntents.retrieve('pi_none'))).statusCode).toBe(404);
  });

  test('leaves the journal as it is, since that tells what happened', async () => {
    const { simulator, stripe } = await start();
    const snapshot = simulator.snapshot();
    await stripe.accounts.retrieveCurrent();
    simulator.restore(snapshot);
    await stripe.accounts.retrieveCurrent();
    const sequences = simulator.requests().map(({ sequence }) => sequence);
    expect(sequences).toHaveLength(2);
    expect(sequences[1]).toBeGreaterThan(Number(sequences[0]));
  });
});

describe('the cap on objects', () => {
  test('takes along what was to happen to them', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: 500 }));
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [60_000], maxObjects: 3 });
    const { simulator } = context;
    simulator.clock.freeze();
    for (let index = 0; index < 10; index += 1) await expireOne(context);
    await simulator.webhooks.idle();
    for (let index = 0; index < 10; index += 1) await context.stripe.checkout.sessions.create(sessionParameters());
    const { objects } = simulator.snapshot().state;
    const sizes = Object.values(objects).map((items) => items.length);
    expect(Math.max(...sizes)).toBe(6);
    expect(objects.scheduledActions).toHaveLength(6);
    await rawPost(simulator, '/_simulator/clock/advance', '{"seconds":60}', { 'Content-Type': 'application/json' });
    expect(receiver.received).toHaveLength(13);
  });
});
