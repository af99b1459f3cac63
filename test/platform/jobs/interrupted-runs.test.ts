/** Runs of many orders, events or refunds that are interrupted: what they leave, the next run does. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pLimit from 'p-limit';
import type Stripe from 'stripe';
import { onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { checkout, orderBySession, PAYING_IBAN, submitCard, submitIban } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addProduct } from '../../support/shop.js';
import { deliver, eventOf, inboxRows } from '../../support/stripe-events.js';
import { newBuyer, startTestApp, type TestApp } from '../../support/test-app.js';

const PAID_CARD = '4242424242424242';

let shop: TestApp;
// The worker's database holds what other tests have left behind.
const ours = { orders: [] as string[], payment: `pi_${randomUUID()}` };

async function openCheckout() {
  const buyer = await newBuyer();
  const session = await checkout(shop, buyer, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
  ours.orders.push(session.order.id);
  const becomes = (status: string) =>
    eventually(async () => expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe(status));
  return { ...session, id: session.order.id, becomes };
}

/** How many of our orders, with their events and refunds, are still to be done. */
async function left(condition: string): Promise<number> {
  const rows = await shop.orm.em.fork().execute(
    `select 1 from orders o left join refunds r on r.order_id = o.id
     left join inbox_events e on e.payment_intent_id = ? where o.id in (?) and ${condition}`,
    [ours.payment, ours.orders],
  );
  return rows.length;
}

async function run(name: string, signal: AbortSignal, concurrency = 8): Promise<void> {
  const job = shop.services.jobs.find((candidate) => candidate.name === name);
  await job?.runOnce(shop.orm.em.fork(), { signal, itemLimit: pLimit(concurrency) });
}

/** Ends as soon as the first event has been handled. */
async function runOfOne(name: string): Promise<void> {
  const time = new AbortController();
  onFailPoint((point) => {
    if (point === 'webhook: inside a handler') time.abort();
  });
  await run(name, time.signal, 1);
  onFailPoint(null);
}

beforeAll(async () => {
  shop = await startTestApp();
  const em = shop.orm.em.fork();
  await openCheckout();
  const cancelled = await openCheckout();
  await em.execute('update orders set cancel_requested_at = created_at where id = ?', [cancelled.id]);
  const paid = await openCheckout();
  await submitCard(paid.url, PAID_CARD);
  await paid.becomes('PAID');
  const debited = await openCheckout();
  await submitIban(debited.url, PAYING_IBAN);
  await debited.becomes('PROCESSING');
  await deliver(shop, eventOf('charge.refunded', { object: 'charge', id: 'ch_none', payment_intent: ours.payment }));
  // No run of the schedule may do what these tests wait for.
  await shop.app.close();
  shop.simulator.webhooks.pause();
  await em.execute('update orders set payment_sync_requested = payment_sync_completed + 1 where id = ?', [paid.id]);
  await em.execute(
    `insert into refunds (id, order_id, payment_intent_id, amount_minor, currency, reason, created_at, next_attempt_at)
     select ?, order_id, payment_intent_id, amount_minor, currency, 'a test', now(), now() from payments where order_id = ?`,
    [randomUUID(), paid.id],
  );
  shop.clock.advanceMinutes(25 * 60);
});
afterEach(() => onFailPoint(null));
afterAll(() => shop.close());

test.each([
  ['recover-checkouts', `o.status = 'PENDING' and o.cancel_requested_at is not null`],
  ['expire-checkouts', `o.status = 'PENDING' and o.cancel_requested_at is null`],
  ['recheck-delayed-payments', `o.status = 'PROCESSING' and o.next_check_at is null`],
  ['sync-payments', 'o.payment_sync_requested > o.payment_sync_completed'],
  ['retry-events', `e.state = 'UNMATCHED'`],
  ['issue-refunds', `r.state = 'DUE'`],
])('%s leaves what it has not begun to the next run', async (name, toDo) => {
  const before = await left(toDo);
  expect(before).toBeGreaterThan(0);
  await run(name, AbortSignal.abort());
  expect(await left(toDo)).toBe(before);
  await eventually(async () => {
    await run(name, new AbortController().signal);
    expect(await left(toDo)).toBe(0);
  });
});

/** Of a payment that nothing is known about. */
async function foreignEvent(envelope: object = {}): Promise<string> {
  const charge = { object: 'charge', id: `ch_${randomUUID()}`, payment_intent: `pi_${randomUUID()}` };
  const event = eventOf('charge.refunded', charge, envelope) as Stripe.Event;
  await shop.services.inbox.receive(shop.orm.em.fork(), event, Buffer.from(JSON.stringify(event)));
  return event.id;
}

test('retry-events takes what was tried least first, and last what Stripe has to be asked about', async () => {
  // What is left behind is not what this is about.
  await shop.orm.em.fork().execute('update inbox_events set next_attempt_at = null');
  const old = await foreignEvent();
  shop.clock.advanceMinutes(1);
  await run('retry-events', new AbortController().signal);
  shop.clock.advanceMinutes(3);
  const unread = await foreignEvent({ api_version: '2019-01-01' });
  const young = await foreignEvent();
  shop.clock.advanceMinutes(1);
  const attempts = async () => {
    const rows = await Promise.all([young, old, unread].map((id) => inboxRows(shop, id)));
    return rows.map(([row]) => row?.attempts);
  };
  expect(await attempts()).toEqual([1, 2, 1]);
  await runOfOne('retry-events');
  expect(await attempts()).toEqual([2, 2, 1]);
  await runOfOne('retry-events');
  expect(await attempts()).toEqual([2, 3, 1]);
});
