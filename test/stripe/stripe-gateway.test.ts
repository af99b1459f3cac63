/** The gateway finds, reads and ends checkouts, and knows how long to try. */
import { randomUUID } from 'node:crypto';
import { type StripeSimulator, startStripeSimulator } from '@comptoir/stripe-simulator';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../src/platform/kernel/clock.js';
import { CallContext } from '../../src/stripe/call-context.js';
import { PaymentProviderError, sessionSpan } from '../../src/stripe/payment-gateway.js';
import type { StripeGateway } from '../../src/stripe/stripe-gateway.js';
import { Throttle } from '../../src/stripe/throttle.js';
import { InstantClock } from '../support/instant-clock.js';
import {
  byCard,
  byDebit,
  DEBIT_SECONDS,
  FAILING_IBAN,
  gatewayTo,
  INSTALLATION_ID,
  openCheckout,
  pay,
  soon,
} from './gateway-to.js';

let simulator: StripeSimulator;
let gateway: StripeGateway;

beforeAll(async () => {
  simulator = await startStripeSimulator();
  gateway = gatewayTo(simulator);
});
afterEach(() => {
  simulator.faults.clear();
  simulator.clock.reset();
});
afterAll(() => simulator.close());

async function failureOf(call: Promise<unknown>): Promise<PaymentProviderError> {
  const error = await call.catch((reason: unknown) => reason);
  if (error instanceof PaymentProviderError) return error;
  throw new Error('The call was expected to fail as the gateway does.', { cause: error });
}

describe('The checkout of an order is found', () => {
  /** When a session that ends in 35 minutes, as those of the shop, can have been created. */
  const soonAfter = (createdAt: Date) =>
    sessionSpan({ createdAt, expiresAt: new Date(createdAt.getTime() + 35 * 60_000) });

  test('also when it is far down the list, and null when there is none', async () => {
    const since = soonAfter(new Date());
    const { orderId, sessionId } = await openCheckout(gateway);
    // More than one page of a hundred came after it.
    for (let count = 0; count < 105; count += 1) await openCheckout(gateway);
    expect(
      await gateway.findCheckoutOfOrder({ orderId, installationId: INSTALLATION_ID }, since, soon()),
    ).toMatchObject({
      sessionId,
      orderId,
      status: 'open',
    });
    expect(
      await gateway.findCheckoutOfOrder({ orderId: randomUUID(), installationId: INSTALLATION_ID }, since, soon()),
    ).toBeNull();
  });

  test('and another installation’s of the same id is not', async () => {
    const since = soonAfter(new Date());
    const { orderId } = await openCheckout(gateway);
    expect(await gateway.findCheckoutOfOrder({ orderId, installationId: randomUUID() }, since, soon())).toBeNull();
    expect(await gateway.findCheckoutOfOrder({ orderId, installationId: null }, since, soon())).toBeNull();
  });

  test('without asking for the pages after it', async () => {
    const since = soonAfter(new Date());
    for (let count = 0; count < 105; count += 1) await openCheckout(gateway);
    const { orderId } = await openCheckout(gateway);
    simulator.forgetRequests();
    expect(
      await gateway.findCheckoutOfOrder({ orderId, installationId: INSTALLATION_ID }, since, soon()),
    ).toMatchObject({ orderId });
    expect(simulator.requests()).toHaveLength(1);
  });

  test('without asking for what was created when it no longer could have been, however much that is', async () => {
    const since = soonAfter(simulator.clock.now());
    const { orderId, sessionId } = await openCheckout(gateway);
    await simulator.clock.advance(1_000);
    for (let count = 0; count < 105; count += 1) await openCheckout(gateway, { now: simulator.clock.now() });
    simulator.forgetRequests();
    expect(
      await gateway.findCheckoutOfOrder({ orderId, installationId: INSTALLATION_ID }, since, soon()),
    ).toMatchObject({ sessionId });
    // All that came later would have been a page of its own.
    expect(simulator.requests()).toHaveLength(1);
    simulator.clock.reset();
  });

  test('and is not taken for missing when what answers is no list', async () => {
    const page = { object: 'list', data: [], has_more: true };
    for (const body of [{}, page]) {
      simulator.faults.failNext({ method: 'GET', kind: 'status', status: 200, body });
      const { orderId, sessionId } = await openCheckout(gateway);
      expect(
        await gateway.findCheckoutOfOrder({ orderId, installationId: INSTALLATION_ID }, soonAfter(new Date()), soon()),
      ).toMatchObject({ sessionId });
    }
  });
});

describe('A checkout is retrieved', () => {
  test('as it is, with the second in which it was created', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { orderId, sessionId } = await openCheckout(gateway);
    const open = await gateway.retrieveCheckout(sessionId, soon());
    expect(open).toMatchObject({ sessionId, orderId, status: 'open', paid: false, paymentFailed: false });
    expect(open?.createdAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(open?.createdAt.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('paid, with the id of its payment', async () => {
    const checkout = await openCheckout(gateway);
    await pay(gateway, checkout, byCard());
    expect(await gateway.retrieveCheckout(checkout.sessionId, soon())).toMatchObject({
      status: 'complete',
      paid: true,
      paymentFailed: false,
      paymentIntentId: expect.stringMatching(/^pi_/),
    });
  });

  test('unpaid while the bank is asked, and failed once it has rejected', async () => {
    simulator.clock.freeze();
    const checkout = await openCheckout(gateway);
    await pay(gateway, checkout, byDebit(FAILING_IBAN));
    const unpaid = { status: 'complete', paid: false };
    const retrieve = () => gateway.retrieveCheckout(checkout.sessionId, soon());
    expect(await retrieve()).toMatchObject({ ...unpaid, paymentFailed: false });
    await simulator.clock.advance(DEBIT_SECONDS);
    expect(await retrieve()).toMatchObject({ ...unpaid, paymentFailed: true });
  });

  test('null when Stripe knows none, and only then', async () => {
    expect(await gateway.retrieveCheckout('cs_test_unknown', soon())).toBeNull();
    simulator.faults.failNext({
      kind: 'status',
      status: 404,
      body: { error: { type: 'invalid_request_error', message: 'Unrecognized request URL.' } },
    });
    const failure = await failureOf(
      gateway.retrieveCheckout('cs_test_unknown', CallContext.forPerson(300, systemClock)),
    );
    expect(failure.kind).toBe('unavailable');
  });
});

describe('A checkout that nobody is to pay', () => {
  test('expires, once and for all', async () => {
    const { sessionId } = await openCheckout(gateway);
    expect(await gateway.expireCheckout(sessionId, soon())).toMatchObject({ sessionId, status: 'expired', url: null });
    expect(await gateway.expireCheckout(sessionId, soon())).toMatchObject({ sessionId, status: 'expired' });
  });

  test('tells that its delayed payment has failed already', async () => {
    simulator.clock.freeze();
    const checkout = await openCheckout(gateway);
    await pay(gateway, checkout, byDebit(FAILING_IBAN));
    await simulator.clock.advance(DEBIT_SECONDS);
    expect(await gateway.expireCheckout(checkout.sessionId, soon())).toMatchObject({
      status: 'complete',
      paymentFailed: true,
    });
  });

  test('is an error when Stripe knows none', async () => {
    expect((await failureOf(gateway.expireCheckout('cs_test_unknown', soon()))).kind).toBe('missing');
  });
});

test('The account of the key has an id, which stays the same', async () => {
  const accountId = await gateway.accountId(soon());
  expect(accountId).toMatch(/^acct_/);
  expect(await gateway.accountId(soon())).toBe(accountId);
});

describe('Stripe is asked again', () => {
  const REFUSALS = Array.from({ length: 50 }, () => ({ kind: 'status' as const, status: 503 }));

  test('until the deadline, by the gateway’s clock', async () => {
    const clock = new InstantClock(Date.parse('2031-05-04T03:02:01Z'));
    const call = CallContext.forPerson(8_000, clock);
    simulator.faults.failNext(...REFUSALS);
    simulator.forgetRequests();
    const failure = await failureOf(gatewayTo(simulator, { clock }).accountId(call));
    expect(failure.kind).toBe('unavailable');
    expect(call.leftMs).toBeGreaterThanOrEqual(0);
    expect(simulator.requests().length).toBeGreaterThanOrEqual(4);
    expect(simulator.requests().length).toBeLessThanOrEqual(7);
  });

  test('however long the throttle delayed it: only time in which Stripe could respond counts', async () => {
    const clock = new InstantClock();
    const rarely = gatewayTo(simulator, { clock, throttle: new Throttle(0.1, clock) });
    const call = CallContext.forJob(8_000, clock);
    for (let request = 0; request < 5; request += 1) await rarely.accountId(call);
    expect(call.leftMs).toBe(8_000);
  });

  test('never after the deadline', async () => {
    simulator.forgetRequests();
    const failure = await failureOf(gateway.accountId(CallContext.forPerson(0, systemClock)));
    expect(failure.kind).toBe('unavailable');
    expect(simulator.requests()).toEqual([]);
  });

  test('ten seconds long for every page of a list', async () => {
    const clock = new InstantClock();
    const since = clock.now();
    simulator.faults.failNext(...REFUSALS);
    const span = { from: since, to: since };
    const failure = await failureOf(gatewayTo(simulator, { clock }).listCheckouts(span).next());
    expect(failure.kind).toBe('unavailable');
    expect(clock.now().getTime() - since.getTime()).toBeGreaterThan(2_000);
    expect(clock.now().getTime() - since.getTime()).toBeLessThan(10_000);
  });
});
