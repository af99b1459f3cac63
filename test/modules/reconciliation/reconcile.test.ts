/** With every webhook dropped: events are read from Stripe's list, and what drifted apart is found and repaired. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import type Stripe from 'stripe';
import { checkout, customerInfo, moneyOf, PAYING_IBAN, submitCard, submitIban } from '../../support/checkout.js';
import { watch } from '../../support/pii-markers.js';
import { rejectRows } from '../../support/rejected-rows.js';
import { addProduct, stockOf } from '../../support/shop.js';
import { deliver, eventOf, installationIdOf } from '../../support/stripe-events.js';
import {
  newBuyer,
  newStaff,
  type Person,
  startTestApp,
  stripeOf,
  type TestApp,
  testEnvironment,
} from '../../support/test-app.js';
import { testDatabaseUrl } from '../../support/test-database.js';

const DAY_MINUTES = 24 * 60;

let shop: TestApp;
let stripe: Stripe;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
  shop.simulator.webhooks.pause();
  stripe = stripeOf(shop);
});
afterEach(async () => {
  shop.simulator.faults.clear();
  shop.simulator.clock.reset();
  shop.clock.reset();
  shop.stripeClock.reset();
  // A test that moved the clock left a mark in the future.
  await shop.orm.em.fork().execute('update stripe_accounts set events_read_until = null');
});
afterAll(() => shop.close());

async function openCheckout() {
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 2 });
  const session = await checkout(shop, await newBuyer(), [{ id: product, type: 'PRODUCT' }]);
  const status = async () => (await moneyOf(shop, staff, session.order.id)).status;
  return { ...session, id: session.order.id, product, status };
}

async function paidCheckout() {
  const open = await openCheckout();
  await submitCard(open.url, '4242424242424242');
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(open.sessionId);
  return { ...open, paymentIntent: String(intent) };
}

/** What has happened so far is no news any more. */
function later(): void {
  shop.clock.advanceMinutes(3);
  shop.stripeClock.advanceMinutes(3);
}

const mark = async () => {
  const [row] = await shop.orm.em
    .fork()
    .execute<{ mark: string | null }[]>('select events_read_until as mark from stripe_accounts');
  return row?.mark ? new Date(row.mark) : null;
};

const itemLimit = pLimit(1);

/** Aborted once it was looked at so many times. */
function endsAfter(looks: number): AbortSignal {
  let looked = 0;
  const isAborted = () => {
    looked += 1;
    return looked > looks;
  };
  return Object.defineProperty(new AbortController().signal, 'aborted', { get: isAborted });
}

describe('read-missed-events', () => {
  test('applies within minutes what no webhook reported, and moves its mark', async () => {
    const { status, product } = await paidCheckout();
    await shop.runJob('read-missed-events');
    const before = await mark();
    // What happened a moment ago is left to the webhooks.
    expect(await status()).toBe('PENDING');
    shop.clock.advanceMinutes(1);
    await shop.runJob('read-missed-events');
    expect(await status()).toBe('PAID');
    expect(await stockOf(shop.orm, product)).toEqual({ onHand: 1, held: 0 });
    expect((await mark())?.getTime()).toBeGreaterThan(before?.getTime() ?? Number.NaN);
  });

  test('keeps its mark when Stripe fails in the middle, and continues from there', async () => {
    const { status } = await paidCheckout();
    await shop.runJob('read-missed-events');
    const before = await mark();
    shop.clock.advanceMinutes(1);
    shop.simulator.faults.failNext({ method: 'GET', path: '/v1/events', kind: 'status', status: 401 });
    await shop.runJob('read-missed-events');
    expect(await mark()).toEqual(before);
    await shop.runJob('read-missed-events');
    expect(await status()).toBe('PAID');
  });

  test('after an outage of a day continues from run to run, the oldest events first', async () => {
    const old = await paidCheckout();
    await shop.runJob('read-missed-events');
    for (const clock of [shop.clock, shop.stripeClock]) clock.advanceMinutes(DAY_MINUTES);
    const recent = await paidCheckout();
    shop.clock.advanceMinutes(1);
    const job = shop.services.jobs.find(({ name }) => name === 'read-missed-events');
    const runWith = (looks: number) => job?.runOnce(shop.orm.em.fork(), { signal: endsAfter(looks), itemLimit });
    expect(await runWith(2)).toBe('more');
    expect([await old.status(), await recent.status()]).toEqual(['PAID', 'PENDING']);
    expect(await runWith(Number.POSITIVE_INFINITY)).toBe('done');
    expect(await recent.status()).toBe('PAID');
  });

  test('is not held up by an event whose handler fails', async () => {
    const broken = await paidCheckout();
    const stock = { table: 'product_stocks', column: 'product_id', value: broken.product };
    const mend = await rejectRows(shop.orm, stock);
    const fine = await paidCheckout();
    shop.clock.advanceMinutes(1);
    await shop.runJob('read-missed-events');
    await mend();
    expect(await fine.status()).toBe('PAID');
    expect(await broken.status()).toBe('PENDING');
    expect((await mark())?.getTime()).toBeGreaterThan(shop.clock.now().getTime() - 40_000);
    shop.clock.advanceMinutes(1);
    await shop.runJob('retry-events');
    expect(await broken.status()).toBe('PAID');
  });

  test('compares the checkouts instead when events are missing for longer than Stripe lists them', async () => {
    const { status } = await paidCheckout();
    await shop.runJob('read-missed-events');
    shop.clock.advanceMinutes(32 * DAY_MINUTES);
    shop.stripeClock.advanceMinutes(32 * DAY_MINUTES);
    await shop.runJob('read-missed-events');
    expect(await status()).toBe('PAID');
    expect(shop.log.some((line) => line.includes('Events are missing for longer'))).toBe(true);
  });
});

describe('find-discrepancies', () => {
  test.each([
    [
      'a payment that is not counted',
      async () => {
        const order = await paidCheckout();
        return { ...order, repaired: 'PAID' };
      },
    ],
    [
      'a session that has expired',
      async () => {
        const order = await openCheckout();
        await stripe.checkout.sessions.expire(order.sessionId);
        return { ...order, repaired: 'EXPIRED' };
      },
    ],
    [
      'a session that its order does not know',
      async () => {
        const order = await paidCheckout();
        await shop.orm.em.fork().execute('update orders set checkout_session_id = null where id = ?', [order.id]);
        return { ...order, repaired: 'PAID' };
      },
    ],
  ])('finds %s, reports and repairs it', async (_, arrange) => {
    const { id, status, repaired, sessionId } = await arrange();
    later();
    await shop.runJob('find-discrepancies');
    expect(await status()).toBe(repaired);
    expect(shop.log.some((line) => line.includes('was repaired') && line.includes(sessionId))).toBe(true);
    const again = shop.log.length;
    await shop.runJob('find-discrepancies');
    expect(shop.log.slice(again).some((line) => line.includes(id))).toBe(false);
  });

  test('is not held up by what it cannot repair, and tells staff of it', async () => {
    const whole = await paidCheckout();
    // Listed first, since it is newer.
    const broken = await paidCheckout();
    later();
    const mend = await rejectRows(shop.orm, { table: 'product_stocks', column: 'product_id', value: broken.product });
    await shop.runJob('find-discrepancies');
    await mend();
    expect(await whole.status()).toBe('PAID');
    expect(await broken.status()).toBe('PENDING');
    const report = shop.log.find((line) => line.includes(broken.sessionId) && line.includes('could not be repaired'));
    expect(report).toContain(broken.id);
    await shop.runJob('find-discrepancies');
    expect(await broken.status()).toBe('PAID');
  });

  test('finds a refund and a dispute that are not recorded', async () => {
    const order = await paidCheckout();
    later();
    await shop.runJob('find-discrepancies');
    await stripe.refunds.create({ payment_intent: order.paymentIntent, amount: 250 });
    later();
    await shop.runJob('find-discrepancies');
    await shop.runJob('sync-payments');
    expect(await moneyOf(shop, staff, order.id)).toMatchObject({
      refundStatus: 'PARTIAL',
      amountRefunded: { amount: 250 },
    });
  });

  test('leaves to staff what it cannot repair: a paid session that names an order that does not exist', async () => {
    const orderId = '00000000-0000-4000-8000-000000000000';
    const metadata = { application: 'comptoir', order_id: orderId, installation_id: await installationIdOf(shop) };
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      metadata,
      line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 1000, product_data: { name: 'X' } } }],
      success_url: 'http://localhost:3000/',
    });
    await submitCard(session.url ?? '', '4242424242424242');
    later();
    await shop.runJob('find-discrepancies');
    const report = shop.log.find((line) => line.includes(session.id) && line.includes('does not exist'));
    expect(report).toContain('"canBeRepaired":false');
  });

  test('takes what happened at Stripe a moment ago for news on its way, and finds it later', async () => {
    const since = shop.log.length;
    const { sessionId, status, url } = await openCheckout();
    // The session is not new any more, its payment is.
    later();
    await submitCard(url, '4242424242424242');
    const found = () =>
      shop.log.slice(since).filter((line) => line.includes(sessionId) && line.includes('discrepancy'));
    await shop.runJob('find-discrepancies');
    expect(found()).toEqual([]);
    expect(await status()).toBe('PENDING');
    later();
    await shop.runJob('find-discrepancies');
    expect(found()).toHaveLength(1);
    expect(await status()).toBe('PAID');
  });

  test('finds nothing wrong with a payment of now whose session is older than what is compared', async () => {
    const { sessionId, status, url } = await openCheckout();
    await submitIban(url, PAYING_IBAN);
    await shop.runJob('read-missed-events');
    await shop.simulator.clock.advance(3 * DAY_MINUTES * 60);
    shop.clock.advanceMinutes(3 * DAY_MINUTES + 1);
    await shop.runJob('read-missed-events');
    expect(await status()).toBe('PAID');
    const since = shop.log.length;
    await shop.runJob('find-discrepancies');
    expect(shop.log.slice(since).filter((line) => line.includes(sessionId))).toEqual([]);
  });

  test.each([
    ['of a session that is not paid, and has a payment that was declined', 'is not paid, and a payment of it is'],
    ['of a session that Stripe does not find', 'is unknown to Stripe, and a payment of it is'],
  ])('tells staff of a payment that was counted for a forged event: %s', async (kind, what) => {
    const { id, sessionId, url } = await openCheckout();
    await submitCard(url, '4000000000000002');
    const session = await stripe.checkout.sessions.retrieve(sessionId);
    const forged = kind.includes('does not find')
      ? { id: `cs_test_${randomUUID()}`, payment_intent: `pi_${randomUUID()}` }
      : { id: sessionId };
    const paid = { ...session, status: 'complete', payment_status: 'paid', ...forged };
    await deliver(shop, eventOf('checkout.session.completed', paid));
    expect((await moneyOf(shop, staff, id)).status).toBe(kind.includes('does not find') ? 'UNDER_REVIEW' : 'PAID');
    later();
    await shop.runJob('find-discrepancies');
    const report = shop.log.find((line) => line.includes(what) && line.includes(forged.id));
    expect(JSON.parse(report ?? '{}')).toMatchObject({ level: 50, orderId: id, canBeRepaired: false });
  });

  test('sends no more than twenty requests a second to Stripe', async () => {
    const before = shop.simulator.requests().length;
    const started = Date.now();
    for (let round = 0; round < 15; round += 1) await shop.runJob('find-discrepancies');
    const sent = shop.simulator.requests().length - before;
    expect(sent).toBeGreaterThanOrEqual(45);
    expect(sent / ((Date.now() - started) / 1000)).toBeLessThanOrEqual(25);
  });
});

describe('The commands', () => {
  async function run(script: string, ...parameters: string[]) {
    const environment = {
      ...process.env,
      ...testEnvironment,
      NODE_OPTIONS: '',
      DATABASE_URL: await testDatabaseUrl(),
      STRIPE_API_URL: shop.simulator.url,
    };
    const child = spawn(process.execPath, ['--import', 'tsx', `cli/${script}.ts`, ...parameters], {
      env: environment,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const [code] = await once(child, 'close');
    // With --body an operator asks for what Stripe sent, as it is.
    if (!parameters.includes('--body')) watch(`the output of ${script}`, output);
    return { code, output };
  }

  test('reconcile --dry-run prints the discrepancies and changes nothing; without it they are repaired', async () => {
    // The command reads the real clock, by which this was five minutes ago.
    shop.stripeClock.advanceMinutes(-5);
    const order = await paidCheckout();
    const look = await run('reconcile', '--since', '72h', '--dry-run');
    expect(look.output).toContain(
      `${order.sessionId}  is paid, and the payment is not recorded here  (order ${order.id})`,
    );
    expect(look.output).toMatch(/[1-9]\d* events listed, [1-9]\d* of them not in the inbox\./);
    expect(await order.status()).toBe('PENDING');
    const repair = await run('reconcile', '--since', '72h');
    expect(repair.output).toContain('and now applied');
    expect(await order.status()).toBe('PAID');
    const bad = await run('reconcile', '--since', 'yesterday');
    expect(bad).toMatchObject({ code: 2, output: expect.stringContaining('Usage:') });
  });

  test('webhooks lists, shows and replays events', async () => {
    const order = await paidCheckout();
    shop.clock.advanceMinutes(1);
    await shop.runJob('read-missed-events');
    const [row] = await shop.orm.em
      .fork()
      .execute<{ id: string }[]>('select id from inbox_events where order_id = ?', [order.id]);
    const id = row?.id ?? '';
    const list = await run('webhooks', 'list', '--status', 'processed', '--first', '100');
    expect(list.output).toContain(id);
    const show = await run('webhooks', 'show', id);
    expect(JSON.parse(show.output)).toMatchObject({ id, state: 'PROCESSED', orderId: order.id });
    expect(show.output).not.toContain(customerInfo.email);
    expect((await run('webhooks', 'show', id, '--body')).output).toContain('"object":"event"');
    expect((await run('webhooks', 'replay', id)).output).toContain('PROCESSED');
    expect(await run('webhooks', 'replay', 'evt_unknown')).toMatchObject({ code: 1 });
    expect(await run('webhooks')).toMatchObject({ code: 2, output: expect.stringContaining('Usage:') });
  });
});

// Last, because each test of `find-discrepancies` would compare its refunds as well.
test('read-missed-events pages through hundreds of events', async () => {
  const { status } = await paidCheckout();
  const other = await paidCheckout();
  for (let index = 0; index < 150; index += 1) {
    await stripe.refunds.create({ payment_intent: other.paymentIntent, amount: 1 });
  }
  shop.clock.advanceMinutes(1);
  await shop.runJob('read-missed-events');
  await shop.runJob('sync-payments');
  expect(await status()).toBe('PAID');
  expect(await moneyOf(shop, staff, other.id)).toMatchObject({ amountRefunded: { amount: 150 } });
});
