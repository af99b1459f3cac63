/** The clock of the simulator: it stands, runs and is moved, and what falls due happens in its order. */
import { describe, expect, test } from '@jest/globals';
import { eventually, sessionParameters, start, startReceiver, TestClock } from './support.js';

const DAY = 24 * 60 * 60;
type Context = Awaited<ReturnType<typeof start>>;

async function expireOne({ stripe }: Context): Promise<void> {
  const { id } = await stripe.checkout.sessions.create(sessionParameters());
  await stripe.checkout.sessions.expire(id);
}

describe('the clock', () => {
  test('stands still while frozen, and runs on from there', async () => {
    const clock = new TestClock();
    const { simulator } = await start({ clock });
    simulator.clock.freeze();
    const frozenAt = simulator.clock.now();
    clock.advanceSeconds(100);
    expect(simulator.clock.now()).toEqual(frozenAt);
    simulator.clock.unfreeze();
    clock.advanceSeconds(5);
    expect(simulator.clock.now().getTime() - frozenAt.getTime()).toBe(5000);
    simulator.clock.reset();
    expect(simulator.clock.now()).toEqual(clock.now());
  });

  test('can be moved while it runs', async () => {
    const clock = new TestClock();
    const { simulator, stripe } = await start({ clock });
    await simulator.clock.advance(3 * DAY);
    const { created } = await stripe.checkout.sessions.create(sessionParameters());
    expect(created).toBe(clock.seconds() + 3 * DAY);
    expect(simulator.clock.state()).toEqual({ now: simulator.clock.now().toISOString(), isFrozen: false });
  });

  test('moved over the ends of two sessions ends each at its own time', async () => {
    const { simulator, stripe } = await start();
    simulator.clock.freeze();
    const now = Math.floor(simulator.clock.now().getTime() / 1000);
    const ends = [now + 7200, now + 3600];
    for (const end of ends) await stripe.checkout.sessions.create(sessionParameters({ expires_at: end }));
    await simulator.clock.advance(DAY);
    expect((await stripe.events.list()).data.map(({ created }) => created)).toEqual(ends);
  });
});

describe('retries', () => {
  test('come at growing distances, by the clock', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: 500 }));
    const context = await start({ webhookEndpoints: [receiver] });
    const { simulator } = context;
    simulator.clock.freeze();
    await expireOne(context);
    const attemptsAfter = async (seconds: number) => {
      await simulator.clock.advance(seconds);
      return receiver.received.length;
    };
    expect(await attemptsAfter(0)).toBe(1);
    expect(await attemptsAfter(0.9)).toBe(1);
    expect(await attemptsAfter(0.1)).toBe(2);
    expect(await attemptsAfter(2)).toBe(3);
    expect(await attemptsAfter(3.9)).toBe(3);
    expect(await attemptsAfter(0.1)).toBe(4);
    expect(await attemptsAfter(3 * DAY)).toBe(13);
    expect(simulator.webhooks.deliveries()).toMatchObject([{ state: 'failed' }]);
  });

  test('of an attempt that is in flight when the clock moves are on the way too', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: receiver.received.length === 1 ? 500 : 200 }));
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [60_000] });
    context.simulator.clock.freeze();
    await expireOne(context);
    await context.simulator.clock.advance(60);
    expect(context.simulator.webhooks.deliveries()).toMatchObject([{ state: 'delivered', attempts: { length: 2 } }]);
  });

  test('come by themselves while the clock runs', async () => {
    const receiver = await startReceiver();
    receiver.answerWith(() => ({ status: receiver.received.length === 1 ? 500 : 200 }));
    const context = await start({ webhookEndpoints: [receiver], retryDelaysMs: [20] });
    await expireOne(context);
    await eventually(() => (receiver.received.length === 2 ? true : undefined));
  });
});
