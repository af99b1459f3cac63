/** Events that could not be applied: retried, dead-lettered in the end, read in our version, and pruned. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { checkout, submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { rejectRows } from '../../support/rejected-rows.js';
import { addProduct, stockOf } from '../../support/shop.js';
import { deliver, eventId, eventOf, inboxRows, installationIdOf } from '../../support/stripe-events.js';
import { newBuyer, newStaff, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let stripe: Stripe;

beforeAll(async () => {
  shop = await startTestApp();
  stripe = stripeOf(shop);
});
afterEach(() => {
  onFailPoint(null);
  shop.simulator.webhooks.resume();
  shop.simulator.faults.clear();
  shop.clock.reset();
});
afterAll(() => shop.close());

/** An order that is paid at Stripe, of which no webhook will tell but the one that the test sends. */
async function paidWithoutWebhook() {
  shop.simulator.webhooks.pause();
  const product = await addProduct(shop.orm, { onHand: 3 });
  const session = await checkout(shop, await newBuyer(), [{ id: product, type: 'PRODUCT' }]);
  await submitCard(session.url, '4242424242424242');
  const paid = await stripe.checkout.sessions.retrieve(session.sessionId);
  const status = async () => {
    const [row] = await shop.orm.em
      .fork()
      .execute<{ status: string }[]>('select status from orders where id = ?', [session.order.id]);
    return row?.status;
  };
  return { product, paid, status, orderId: session.order.id };
}

const breakStock = (product: number) =>
  rejectRows(shop.orm, { table: 'product_stocks', column: 'product_id', value: product });

describe('An event whose handler failed', () => {
  test('is applied by itself, soon after what was wrong is mended', async () => {
    const { product, paid, status } = await paidWithoutWebhook();
    const mend = await breakStock(product);
    const id = eventId();
    await deliver(shop, eventOf('checkout.session.completed', paid, { id }));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'FAILED', attempts: 1 }]);
    await mend();
    // The queue does it by itself, five seconds after the failure.
    await eventually(async () => expect(await status()).toBe('PAID'));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', error: null }]);
  });

  test('and then loses its whole transaction, time and again, is left for later all the same', async () => {
    const { product, paid, status } = await paidWithoutWebhook();
    const mend = await breakStock(product);
    const id = eventId();
    await deliver(shop, eventOf('checkout.session.completed', paid, { id }));
    await mend();
    onFailPoint((point) => {
      if (point === 'webhook: inside a handler') throw Object.assign(new Error('a deadlock'), { code: '40P01' });
    });
    shop.clock.advanceMinutes(1);
    await shop.runJob('retry-events');
    onFailPoint(null);
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'FAILED', attempts: 2 }]);
    shop.clock.advanceMinutes(1);
    await shop.runJob('retry-events');
    expect(await status()).toBe('PAID');
  });

  test('is retried less and less often, then dead-lettered with an error log and a count, and can be replayed', async () => {
    const { product, paid, status } = await paidWithoutWebhook();
    const mend = await breakStock(product);
    const id = eventId();
    await deliver(shop, eventOf('checkout.session.completed', paid, { id }));
    let minutes = 0;
    for (let attempt = 2; attempt <= 20; attempt += 1) {
      const [row] = await shop.orm.em
        .fork()
        .execute<{ wait: string }[]>(
          `select extract(epoch from next_attempt_at - ?::timestamptz) as wait from inbox_events where id = ?`,
          [shop.clock.now(), id],
        );
      minutes += Math.ceil(Number(row?.wait) / 60);
      shop.clock.advanceMinutes(Math.ceil(Number(row?.wait) / 60) + 1);
      await shop.runJob('retry-events');
    }
    expect(minutes).toBeGreaterThan(10 * 60);
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'DEAD', attempts: 20, error: 'PostgreSQL error P0001' }]);
    expect(shop.log.some((line) => line.includes('Event dead-lettered') && line.includes(id))).toBe(true);
    await mend();
    await shop.runJob('retry-events');
    expect(await status()).toBe('PENDING');
    const staff = await newStaff();
    const REPLAY = 'mutation ($id: ID!) { replayWebhookEvent(id: $id) { event { status orderId order { status } } } }';
    const { data } = await shop.graphql(REPLAY, { id }, staff.token);
    expect(data).toEqual({
      replayWebhookEvent: { event: { status: 'PROCESSED', orderId: expect.any(String), order: { status: 'PAID' } } },
    });
    expect(await status()).toBe('PAID');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 2, held: 0 });
  });
});

describe('Events of another application', () => {
  /** Payments of which nothing is known here. */
  async function foreignEvents(count: number) {
    const ids = Array.from({ length: count }, eventId);
    for (const id of ids) {
      const charge = { object: 'charge', id: `ch_${id}`, payment_intent: `pi_${id}`, metadata: {} };
      await deliver(shop, eventOf('charge.refunded', charge, { id }));
    }
    return ids;
  }

  async function attemptsOf(ids: string[]): Promise<number[]> {
    const rows = await shop.orm.em
      .fork()
      .execute<{ attempts: number }[]>('select distinct attempts from inbox_events where id in (?)', [ids]);
    return rows.map(({ attempts }) => attempts);
  }

  test('hold up none of ours, however many there are', async () => {
    const { product, paid, status } = await paidWithoutWebhook();
    const foreign = await foreignEvents(250);
    const mend = await breakStock(product);
    await deliver(shop, eventOf('checkout.session.completed', paid));
    await mend();
    shop.clock.advanceMinutes(2);
    await shop.runJob('retry-events');
    expect(await status()).toBe('PAID');
    await shop.orm.em.fork().execute('delete from inbox_events where id in (?)', [foreign]);
  });

  test('are tried less and less often', async () => {
    // The schedule's own runs may do what the test's would.
    const foreign = await foreignEvents(1);
    await eventually(async () => {
      shop.clock.advanceMinutes(0.1);
      await shop.runJob('retry-events');
      expect(await attemptsOf(foreign)).toEqual([2]);
    });
    const attempts: (number | undefined)[] = [];
    for (let minute = 1; minute <= 8; minute += 1) {
      shop.clock.advanceMinutes(1.1);
      await shop.runJob('retry-events');
      attempts.push((await attemptsOf(foreign))[0]);
    }
    expect(attempts).toEqual([3, 3, 4, 4, 4, 4, 5, 5]);
    await shop.orm.em.fork().execute('delete from inbox_events where id in (?)', [foreign]);
  });

  test.each([
    ['2026-10-28.endive', 'UNMATCHED'],
    ['2019-01-01', 'RECEIVED'],
  ])(
    'that turn out to be ours are tried at once, however often they were tried before (%s)',
    async (version, state) => {
      const { paid, orderId } = await paidWithoutWebhook();
      const refund = await stripe.refunds.create({ payment_intent: String(paid.payment_intent), amount: 100 });
      const id = eventId();
      await deliver(shop, eventOf('refund.created', refund, { id, api_version: version }));
      for (let hour = 1; hour <= 12; hour += 1) {
        shop.clock.advanceMinutes(61);
        await shop.runJob('retry-events');
      }
      expect(await inboxRows(shop, id)).toMatchObject([{ state }]);
      await deliver(shop, eventOf('checkout.session.completed', paid));
      shop.clock.advanceMinutes(0.1);
      await shop.runJob('retry-events');
      expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', orderId }]);
    },
  );
});

test('An event with our metadata and no order of ours is dead-lettered at once, and counted', async () => {
  const id = eventId();
  const metadata = {
    application: 'comptoir',
    order_id: '00000000-0000-4000-8000-000000000000',
    installation_id: await installationIdOf(shop),
  };
  await deliver(
    shop,
    eventOf('checkout.session.completed', { object: 'checkout.session', id: 'cs_z', metadata, created: 1 }, { id }),
  );
  expect(await inboxRows(shop, id)).toMatchObject([
    { state: 'DEAD', error: 'there is no order 00000000-0000-4000-8000-000000000000' },
  ]);
  const { body } = await shop.app.inject('/metrics');
  expect(body).toMatch(/comptoir_webhook_events_dead_total\{type="checkout.session.completed"\} [1-9]/);
});

describe('An event in another version of Stripe’s API', () => {
  test('is stored, and the session is read in ours', async () => {
    const { paid, status, product } = await paidWithoutWebhook();
    const id = eventId();
    // Of that version we may read nothing: here it even says something else.
    const strange = { ...paid, payment_status: 'unpaid', status: 'expired' };
    await deliver(shop, eventOf('checkout.session.completed', strange, { id, api_version: '2019-01-01' }));
    await eventually(async () => expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED' }]));
    expect(await status()).toBe('PAID');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 2, held: 0 });
  });

  test('waits while Stripe does not respond', async () => {
    const { paid, status } = await paidWithoutWebhook();
    const path = `/v1/checkout/sessions/${paid.id}`;
    // For this run and for the one that the event requests.
    const rejected = { method: 'GET', path, kind: 'status' as const, status: 401 };
    shop.simulator.faults.failNext(rejected, rejected);
    const id = eventId();
    await deliver(shop, eventOf('checkout.session.completed', paid, { id, api_version: null }));
    await shop.runJob('retry-events');
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'RECEIVED' }]);
    shop.simulator.faults.clear();
    shop.clock.advanceMinutes(2);
    await shop.runJob('retry-events');
    expect(await status()).toBe('PAID');
  });

  test('whose effect fails is tried again like any other, and holds up none', async () => {
    const broken = await paidWithoutWebhook();
    const mend = await breakStock(broken.product);
    const whole = await paidWithoutWebhook();
    const [first, second] = [eventId(), eventId()];
    for (const [id, { paid }] of [[first, broken] as const, [second, whole] as const]) {
      await deliver(shop, eventOf('checkout.session.completed', paid, { id, api_version: '2019-01-01' }));
    }
    await shop.runJob('retry-events');
    expect(await inboxRows(shop, second)).toMatchObject([{ state: 'PROCESSED' }]);
    expect(await inboxRows(shop, first)).toMatchObject([{ state: 'FAILED', error: 'PostgreSQL error P0001' }]);
    await mend();
    await eventually(async () => {
      shop.clock.advanceMinutes(2);
      await shop.runJob('retry-events');
      expect(await inboxRows(shop, first)).toMatchObject([{ state: 'PROCESSED', error: null }]);
    });
    expect(await broken.status()).toBe('PAID');
  });

  test('and of a refund makes the money be read', async () => {
    const { paid, orderId } = await paidWithoutWebhook();
    await deliver(shop, eventOf('checkout.session.completed', paid));
    const refund = await stripe.refunds.create({ payment_intent: String(paid.payment_intent), amount: 100 });
    const id = eventId();
    await deliver(shop, eventOf('refund.created', refund, { id, api_version: '2019-01-01' }));
    await eventually(async () => {
      await shop.runJob('retry-events');
      await shop.runJob('sync-payments');
      const [row] = await shop.orm.em
        .fork()
        .execute('select refund_status as refunds from orders where id = ?', [orderId]);
      expect(row).toEqual({ refunds: 'PARTIAL' });
    });
  });

  test('of a payment that is not linked yet is read again, and has its effect then', async () => {
    const { paid, orderId } = await paidWithoutWebhook();
    const refund = await stripe.refunds.create({ payment_intent: String(paid.payment_intent), amount: 100 });
    const id = eventId();
    await deliver(shop, eventOf('refund.created', refund, { id, api_version: '2019-01-01' }));
    await shop.runJob('retry-events');
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'RECEIVED' }]);
    await deliver(shop, eventOf('checkout.session.completed', paid));
    shop.clock.advanceMinutes(2);
    await shop.runJob('retry-events');
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', orderId }]);
    await shop.runJob('sync-payments');
    const [row] = await shop.orm.em
      .fork()
      .execute('select refund_status as refunds from orders where id = ?', [orderId]);
    expect(row).toEqual({ refunds: 'PARTIAL' });
  });

  test('of another application is ignored: a payment at once, a refund of one after a day', async () => {
    const payment = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'eur',
      confirm: true,
      payment_method: 'pm_card_visa',
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    });
    const refund = await stripe.refunds.create({ payment_intent: payment.id });
    const [ofPayment, ofRefund] = [eventId(), eventId()];
    const version = { api_version: '2019-01-01' };
    await deliver(shop, eventOf('payment_intent.payment_failed', payment, { id: ofPayment, ...version }));
    await deliver(shop, eventOf('refund.created', refund, { id: ofRefund, ...version }));
    await shop.runJob('retry-events');
    expect(await inboxRows(shop, ofPayment)).toMatchObject([{ state: 'IGNORED' }]);
    expect(await inboxRows(shop, ofRefund)).toMatchObject([{ state: 'RECEIVED' }]);
    shop.clock.advanceMinutes(25 * 60);
    await shop.runJob('retry-events');
    expect(await inboxRows(shop, ofRefund)).toMatchObject([{ state: 'IGNORED' }]);
  });
});

test('Handled events are pruned after ninety days, dead ones kept', async () => {
  const [old, young, dead] = [eventId(), eventId(), eventId()];
  for (const id of [old, young, dead]) await deliver(shop, eventOf('customer.created', {}, { id }));
  const em = shop.orm.em.fork();
  await em.execute("update inbox_events set received_at = received_at - interval '91 days' where id in (?)", [
    [old, dead],
  ]);
  await em.execute("update inbox_events set state = 'DEAD' where id = ?", [dead]);
  await shop.runJob('prune-events');
  expect(await inboxRows(shop, old)).toEqual([]);
  expect(await inboxRows(shop, young)).toHaveLength(1);
  expect(await inboxRows(shop, dead)).toHaveLength(1);
});

describe('webhookEvents', () => {
  const LIST = `query ($status: WebhookEventStatus, $first: Int, $after: String) {
    webhookEvents(status: $status, first: $first, after: $after) {
      nodes { id type status attempts error } pageInfo { hasNextPage endCursor }
    }
  }`;
  interface List {
    webhookEvents: {
      nodes: { id: string; status: string }[];
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
    };
  }

  test('lists what arrived for staff, the newest first, page after page', async () => {
    const ids = [eventId(), eventId(), eventId()];
    // What the tests before have left to be delivered, or got while their clock was ahead, would be newer.
    shop.simulator.webhooks.pause();
    await shop.simulator.webhooks.idle();
    await shop.orm.em.fork().execute("update inbox_events set received_at = received_at - interval '1 year'");
    shop.clock.advanceMinutes(1);
    for (const id of ids) {
      await deliver(shop, eventOf('customer.created', {}, { id }));
      shop.clock.advanceMinutes(1);
    }
    const staff = await newStaff();
    const first = await shop.graphql<List>(LIST, { status: 'IGNORED', first: 2 }, staff.token);
    expect(first.data?.webhookEvents.nodes.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const after = first.data?.webhookEvents.pageInfo.endCursor;
    const second = await shop.graphql<List>(LIST, { status: 'IGNORED', first: 1, after }, staff.token);
    expect(second.data?.webhookEvents.nodes.map(({ id }) => id)).toEqual([ids[0]]);
    shop.simulator.webhooks.resume();
  });

  test('and replayWebhookEvent are for staff; an unknown event is NOT_FOUND, a bad cursor BAD_USER_INPUT', async () => {
    const buyer = await newBuyer();
    const staff = await newStaff();
    const REPLAY = 'mutation { replayWebhookEvent(id: "evt_unknown") { event { id } } }';
    const codeOf = async (query: string, variables: object, token: string) =>
      (await shop.graphql(query, variables, token)).errors?.[0]?.extensions.code;
    expect(await codeOf(LIST, {}, buyer.token)).toBe('FORBIDDEN');
    expect(await codeOf(REPLAY, {}, buyer.token)).toBe('FORBIDDEN');
    expect(await codeOf(REPLAY, {}, staff.token)).toBe('NOT_FOUND');
    expect(await codeOf(LIST, { after: 'x' }, staff.token)).toBe('BAD_USER_INPUT');
  });

  test('An event that was applied can be replayed any number of times', async () => {
    const { paid, status, product } = await paidWithoutWebhook();
    const id = eventId();
    await deliver(shop, eventOf('checkout.session.completed', paid, { id }));
    const staff = await newStaff();
    for (let time = 0; time < 3; time += 1) {
      await shop.graphql('mutation ($id: ID!) { replayWebhookEvent(id: $id) { event { id } } }', { id }, staff.token);
    }
    expect(await status()).toBe('PAID');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 2, held: 0 });
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', attempts: 4 }]);
  });
});
