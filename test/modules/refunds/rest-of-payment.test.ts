/**
 * Money that goes back by itself is all that is left when Stripe is asked: never more, never twice, and never
 * forgotten.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { requestPaymentSync } from '../../../src/modules/payments/payment-sync-requests.js';
import { type MoneyData, moneyOf } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { mismatchedOrder } from '../../support/mismatched-order.js';
import { stockOf } from '../../support/shop.js';
import { newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const ACCEPT = 'mutation ($id: ID!) { acceptPayment(orderId: $id) { order { status } } }';
const REJECT = 'mutation ($id: ID!) { rejectPayment(orderId: $id) { order { status } } }';
const RETRY = 'mutation ($id: ID!) { retryRefund(refundId: $id) { refund { id state } } }';
const ASK = { method: 'POST', path: '/v1/refunds' } as const;
const DISPUTED_CARD = '4000000000000259';
const REFUND_FAILS_CARD = '4000000000005126';

let shop: TestApp;
let stripe: Stripe;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
  stripe = stripeOf(shop);
});
afterEach(() => {
  shop.simulator.webhooks.resume();
  shop.simulator.faults.clear();
  shop.simulator.clock.reset();
  shop.clock.reset();
});
afterAll(() => shop.close());

async function underReview(card?: string) {
  const order = await mismatchedOrder(shop, card);
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(order.sessionId);
  const paymentIntent = String(intent);
  const inDashboard = (amount?: number) =>
    stripe.refunds.create({ payment_intent: paymentIntent, ...(amount === undefined ? {} : { amount }) });
  return { ...order, paymentIntent, inDashboard };
}

type UnderReview = Awaited<ReturnType<typeof underReview>>;

const decide = (mutation: string, { id }: { id: string }) =>
  shop.graphql<Record<string, { order?: { status: string }; refund?: { id: string; state: string } }>>(
    mutation,
    { id },
    staff.token,
  );

/** What Stripe has sent back, the latest first. */
const sent = async ({ paymentIntent }: UnderReview) =>
  (await stripe.refunds.list({ payment_intent: paymentIntent })).data.map(({ amount }) => amount);

/** The requests for refunds that bear our key. */
const asked = ({ paymentIntent }: UnderReview) =>
  shop.simulator
    .requests()
    .filter(
      ({ method, path, parameters, idempotencyKey }) =>
        method === 'POST' &&
        path === ASK.path &&
        parameters.payment_intent === paymentIntent &&
        idempotencyKey?.startsWith('comptoir-refund-'),
    );

const failures = ({ id }: UnderReview) =>
  shop.log.filter((line) => line.includes('Refund not issued') && line.includes(id));

async function runJobs(): Promise<void> {
  for (const job of ['retry-events', 'issue-refunds', 'sync-payments']) await shop.runJob(job);
}

const shows = ({ id }: { id: string }, expected: object): Promise<MoneyData> =>
  eventually(async () => {
    await runJobs();
    const money = await moneyOf(shop, staff, id);
    expect(money).toMatchObject(expected);
    return money;
  });

const control = async (path: string, body: object = {}) => {
  const response = await fetch(`${shop.simulator.url}/_simulator${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as { id: string };
};

const dispute = async ({ paymentIntent }: UnderReview, request: object) => {
  const { latest_charge: charge } = await stripe.paymentIntents.retrieve(paymentIntent);
  return control(`/charges/${String(charge)}/dispute`, request);
};

describe('What staff reject, after a part was refunded in the dashboard,', () => {
  test('goes back in what is left', async () => {
    const order = await underReview();
    await order.inDashboard(300);
    await shows(order, { refundStatus: 'PARTIAL' });
    expect((await decide(REJECT, order)).data?.rejectPayment?.order).toEqual({ status: 'CANCELLED' });
    await shows(order, {
      refundStatus: 'FULL',
      amountRefunded: { amount: 1000 },
      refunds: [
        { state: 'SUCCEEDED', amount: { amount: 300 }, reason: 'MADE_AT_STRIPE' },
        { state: 'SUCCEEDED', amount: { amount: 700 }, reason: 'PAYMENT_REJECTED' },
      ],
    });
    expect(await sent(order)).toEqual([700, 300]);
    expect(asked(order).map(({ parameters }) => parameters.amount)).toEqual([undefined]);
  });

  test('goes back in what is left, even if the shop has not heard of that part', async () => {
    const order = await underReview();
    shop.simulator.webhooks.pause();
    await order.inDashboard(300);
    await decide(REJECT, order);
    await shows(order, { refundStatus: 'FULL', refunds: [{ amount: { amount: 300 } }, { amount: { amount: 700 } }] });
    expect(await sent(order)).toEqual([700, 300]);
  });

  test('goes back in what is left, if that part came between two attempts', async () => {
    const order = await underReview();
    shop.simulator.webhooks.pause();
    shop.simulator.faults.failNext({ ...ASK, kind: 'status', status: 401 });
    await decide(REJECT, order);
    await eventually(() => expect(failures(order)).toHaveLength(1));
    await order.inDashboard(300);
    shop.clock.advanceMinutes(1);
    await shows(order, { refundStatus: 'FULL', amountRefunded: { amount: 1000 } });
    expect(await sent(order)).toEqual([700, 300]);
    // The same request under the same key: however often it is sent, Stripe makes it once.
    const [first, second] = asked(order);
    expect(second).toMatchObject({ idempotencyKey: first?.idempotencyKey, parameters: first?.parameters ?? {} });
  });

  test('goes back in what is left, once, if nobody heard that Stripe had sent it', async () => {
    const order = await underReview();
    await order.inDashboard(300);
    shop.simulator.faults.failNext({ ...ASK, kind: 'status-after-work', status: 500 });
    await decide(REJECT, order);
    await shows(order, { refundStatus: 'FULL', amountRefunded: { amount: 1000 } });
    expect(await sent(order)).toEqual([700, 300]);
  });
});

describe('What staff reject, after all of it was refunded in the dashboard,', () => {
  test('needs no refund: there is nothing to send, and nothing has failed', async () => {
    const order = await underReview();
    await order.inDashboard();
    await decide(REJECT, order);
    await shows(order, {
      status: 'CANCELLED',
      refundStatus: 'FULL',
      refunds: [{ state: 'SUCCEEDED' }, { state: 'SETTLED_ELSEWHERE' }],
    });
    expect(await sent(order)).toEqual([1000]);
    expect(asked(order)).toEqual([]);
  });

  test('needs no refund either if the dashboard was faster by a moment', async () => {
    const order = await underReview();
    shop.simulator.webhooks.pause();
    await order.inDashboard();
    const list = { object: 'list', url: '/v1/refunds', has_more: false, data: [] };
    const before = { method: 'GET', path: '/v1/refunds', kind: 'status' as const, status: 200, body: list };
    // Read by the decision, and by the job before it asks.
    shop.simulator.faults.failNext(before, before);
    await decide(REJECT, order);
    await shows(order, { refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }, { state: 'SETTLED_ELSEWHERE' }] });
    expect(asked(order).map(({ status }) => status)).toEqual([400]);
    expect(await sent(order)).toEqual([1000]);
    // It is not logged as failed: nothing had.
    expect(failures(order)).toEqual([]);
  });

  test('is due again when the refund in the dashboard fails', async () => {
    const order = await underReview(REFUND_FAILS_CARD);
    shop.simulator.clock.freeze();
    await order.inDashboard();
    await decide(REJECT, order);
    await shows(order, { refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }, { state: 'SETTLED_ELSEWHERE' }] });
    await shop.simulator.clock.advance(60);
    await shows(order, { refundStatus: 'FULL', refunds: [{ state: 'FAILED' }, { state: 'SUCCEEDED' }] });
    expect(await sent(order)).toEqual([1000, 1000]);
  });

  test('or a part, sends that part once more when its refund fails', async () => {
    const order = await underReview(REFUND_FAILS_CARD);
    shop.simulator.clock.freeze();
    await order.inDashboard(300);
    await shop.simulator.clock.advance(3);
    await decide(REJECT, order);
    await shows(order, { refundStatus: 'FULL' });
    await shop.simulator.clock.advance(3);
    await shows(order, { refundStatus: 'FULL', amountRefunded: { amount: 1000 } });
    expect(await sent(order)).toEqual([300, 700, 300]);
  });
});

describe('Money that has gone back', () => {
  test.each([
    ['in part', 300, 700],
    ['wholly', 1000, 0],
  ])('%s is not accepted, even if no event reported it; the error says what is left', async (_, amount, left) => {
    const order = await underReview();
    shop.simulator.webhooks.pause();
    await order.inDashboard(amount);
    const { errors } = await decide(ACCEPT, order);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'PAYMENT_ALREADY_REFUNDED',
      orderId: order.id,
      left: { amount: left, currency: 'EUR' },
      fields: { orderId: expect.any(String) },
    });
    expect((await moneyOf(shop, staff, order.id)).status).toBe('UNDER_REVIEW');
    expect(await stockOf(shop.orm, order.product)).toEqual({ onHand: 1, held: 1 });
  });

  test('between looking and deciding is not accepted either', async () => {
    const order = await underReview();
    shop.simulator.webhooks.pause();
    const em = shop.orm.em.fork();
    await em.begin();
    await em.execute('select id from orders where id = ? for update', [order.id]);
    const answer = decide(ACCEPT, order);
    const looks = () =>
      shop.simulator
        .requests()
        .filter(({ path, parameters }) => path === '/v1/disputes' && parameters.payment_intent === order.paymentIntent);
    // It has looked, and waits for the lock.
    await eventually(() => expect(looks()).toHaveLength(1));
    await order.inDashboard(300);
    await requestPaymentSync(em, { request: async () => {} }, order.id, null);
    await em.commit();
    expect((await answer).errors?.[0]?.extensions).toMatchObject({
      code: 'PAYMENT_ALREADY_REFUNDED',
      left: { amount: 700 },
    });
  });

  test('after it was accepted shows on the order, which stays paid', async () => {
    const order = await underReview();
    expect((await decide(ACCEPT, order)).data?.acceptPayment?.order).toEqual({ status: 'PAID' });
    await order.inDashboard(300);
    await shows(order, { status: 'PAID', refundStatus: 'PARTIAL', amountRefunded: { amount: 300 } });
  });

  test('by a dispute that is open is not accepted: the bank has it', async () => {
    const order = await underReview(DISPUTED_CARD);
    const { errors } = await decide(ACCEPT, order);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'PAYMENT_ALREADY_REFUNDED', left: { amount: 0 } });
  });
});

describe('A refund that a dispute blocks', () => {
  async function blocked(request: object = { kind: 'fraudulent' }) {
    const order = await underReview();
    const { id: disputeId } = await dispute(order, request);
    await decide(REJECT, order);
    const { refunds } = await shows(order, { refundStatus: 'FAILED', refunds: [{ state: 'BLOCKED' }] });
    return { ...order, disputeId, refundId: refunds[0]?.id ?? '' };
  }

  test('needs no refund when the dispute is lost, since the buyer has the money, and is due when an appeal is won', async () => {
    const order = await blocked();
    await control(`/disputes/${order.disputeId}/close`, { outcome: 'lost' });
    await shows(order, { disputeStatus: 'LOST', refundStatus: 'NONE', refunds: [{ state: 'SETTLED_ELSEWHERE' }] });
    expect(await sent(order)).toEqual([]);
    await control(`/disputes/${order.disputeId}/win_appeal`);
    await shows(order, { disputeStatus: 'WON', refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }] });
    expect(await sent(order)).toEqual([1000]);
  });

  test('is due when the dispute is won', async () => {
    const order = await blocked();
    await control(`/disputes/${order.disputeId}/close`, { outcome: 'won' });
    await shows(order, { disputeStatus: 'WON', refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }] });
    expect(await sent(order)).toEqual([1000]);
  });

  test('goes back in what the bank left when a dispute of a part is lost', async () => {
    const order = await blocked({ kind: 'fraudulent', amount: 400 });
    await control(`/disputes/${order.disputeId}/close`, { outcome: 'lost' });
    await shows(order, {
      disputeStatus: 'LOST',
      refundStatus: 'PARTIAL',
      amountRefunded: { amount: 600 },
      refunds: [{ state: 'SUCCEEDED', amount: { amount: 600 } }],
    });
    expect(await sent(order)).toEqual([600]);
    // Named: the shop leaves it to nobody whether what the bank has taken is refunded too.
    expect(asked(order).map(({ parameters }) => parameters.amount)).toEqual(['600']);
  });

  test('goes back in both parts when the dispute of one is lost, and won on appeal', async () => {
    const order = await blocked({ kind: 'fraudulent', amount: 400 });
    await control(`/disputes/${order.disputeId}/close`, { outcome: 'lost' });
    await shows(order, { refundStatus: 'PARTIAL' });
    await control(`/disputes/${order.disputeId}/win_appeal`);
    await shows(order, {
      refundStatus: 'FULL',
      refunds: [{ amount: { amount: 600 } }, { amount: { amount: 400 }, reason: 'REFUND_REVERSED' }],
    });
    expect(await sent(order)).toEqual([400, 600]);
  });

  test('stays blocked when staff try it while the dispute runs', async () => {
    const order = await blocked();
    expect((await decide(RETRY, { id: order.refundId })).data?.retryRefund?.refund).toEqual({
      id: order.refundId,
      state: 'DUE',
    });
    await shows(order, { refunds: [{ state: 'BLOCKED' }] });
    expect(asked(order)).toEqual([]);
  });
});

describe('A refund for which Stripe repeats a failure', () => {
  const broken = {
    ...ASK,
    kind: 'status' as const,
    status: 500,
    headers: { 'Idempotent-Replayed': 'true' },
  };

  test('is asked for under another key once Stripe’s list shows that it was not made', async () => {
    const order = await underReview();
    shop.simulator.webhooks.pause();
    shop.simulator.faults.failNext(broken);
    await decide(REJECT, order);
    await eventually(() => expect(failures(order)).toHaveLength(1));
    shop.clock.advanceMinutes(1);
    await shows(order, { refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }] });
    const keys = asked(order).map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(2);
    expect(await sent(order)).toEqual([1000]);
  });

  test('is tried at once when staff say so, instead of after its pause', async () => {
    const order = await underReview();
    shop.simulator.webhooks.pause();
    shop.simulator.faults.failNext(broken);
    await decide(REJECT, order);
    const { refunds } = await eventually(async () => {
      expect(asked(order)).toHaveLength(1);
      const money = await moneyOf(shop, staff, order.id);
      expect(money.refunds).toMatchObject([{ state: 'DUE' }]);
      return money;
    });
    const id = refunds[0]?.id ?? '';
    // As after many failures.
    await shop.orm.em
      .fork()
      .execute(`update refunds set next_attempt_at = next_attempt_at + interval '1 hour' where id = ?`, [id]);
    expect((await decide(RETRY, { id })).data?.retryRefund?.refund).toEqual({ id, state: 'DUE' });
    await shows(order, { refundStatus: 'FULL', refunds: [{ id, state: 'SUCCEEDED' }] });
    expect(await sent(order)).toEqual([1000]);
    expect((await decide(RETRY, { id })).errors?.[0]?.extensions.code).toBe('REFUND_NOT_RETRYABLE');
  });

  test('is not sent twice where it had been made after all', async () => {
    const order = await underReview();
    shop.simulator.faults.failNext({ ...ASK, kind: 'status-after-work', status: 500 });
    await decide(REJECT, order);
    await shows(order, { refundStatus: 'FULL', refunds: [{ state: 'SUCCEEDED' }] });
    expect(await sent(order)).toEqual([1000]);
    expect(failures(order)).toEqual([]);
  });
});

describe('A refund in the dashboard that failed', () => {
  test('and was made again counts as refunded', async () => {
    const order = await underReview(REFUND_FAILS_CARD);
    shop.simulator.clock.freeze();
    await order.inDashboard(300);
    await shows(order, { refundStatus: 'PARTIAL', amountRefunded: { amount: 300 } });
    await shop.simulator.clock.advance(60);
    await shows(order, { refundStatus: 'FAILED', amountRefunded: { amount: 0 } });
    await order.inDashboard(200);
    await shows(order, { refundStatus: 'FAILED', amountRefunded: { amount: 200 } });
    await order.inDashboard(100);
    await shows(order, { refundStatus: 'PARTIAL', amountRefunded: { amount: 300 } });
  });

  test('is not made up for by one that was made before', async () => {
    const order = await underReview(REFUND_FAILS_CARD);
    shop.simulator.clock.freeze();
    await order.inDashboard(300);
    await shop.simulator.clock.advance(3);
    await order.inDashboard(300);
    await shows(order, { refundStatus: 'PARTIAL', amountRefunded: { amount: 600 } });
    await shop.simulator.clock.advance(3);
    await shows(order, { refundStatus: 'FAILED', amountRefunded: { amount: 300 } });
  });
});
