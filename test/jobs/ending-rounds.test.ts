/** Rounds of many orders, events or refunds that are told to end: what they leave, the next round does. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkout, orderBySession, PAYING_IBAN, submitCard, submitIban } from '../support/checkout.js';
import { eventually } from '../support/eventually.js';
import { addProduct } from '../support/shop.js';
import { deliver, eventOf } from '../support/stripe-events.js';
import { newBuyer, startTestApp, type TestApp } from '../support/test-app.js';

const PAID_CARD = '4242424242424242';

let shop: TestApp;

async function openCheckout() {
  const buyer = await newBuyer();
  const session = await checkout(shop, buyer, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
  const becomes = (status: string) =>
    eventually(async () => expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe(status));
  return { ...session, id: session.order.id, becomes };
}

async function rows(sql: string): Promise<number> {
  return (await shop.orm.em.fork().execute(sql)).length;
}

async function round(name: string, ending: AbortSignal): Promise<void> {
  const job = shop.services.jobs.find((candidate) => candidate.name === name);
  await job?.runOnce(shop.orm.em.fork(), ending);
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
  await deliver(shop, eventOf('charge.refunded', { object: 'charge', id: 'ch_none', payment_intent: 'pi_none' }));
  // No round of the schedule may do what these tests wait for.
  await shop.app.close();
  shop.simulator.webhooks.pause();
  await em.execute('update orders set money_news = money_news_read + 1 where id = ?', [paid.id]);
  await em.execute(
    `insert into refunds (id, order_id, payment_intent_id, amount_minor, currency, reason, created_at, next_attempt_at)
     select ?, order_id, payment_intent_id, amount_minor, currency, 'a test', now(), now() from payments where order_id = ?`,
    [randomUUID(), paid.id],
  );
  shop.clock.advanceMinutes(25 * 60);
});
afterAll(() => shop.close());

test.each([
  ['recover-checkouts', `select 1 from orders where status = 'PENDING' and cancel_requested_at is not null`],
  ['expire-checkouts', `select 1 from orders where status = 'PENDING' and cancel_requested_at is null`],
  ['recheck-delayed-payments', `select 1 from orders where status = 'PROCESSING' and next_check_at is null`],
  ['refresh-money', 'select 1 from orders where money_news > money_news_read'],
  ['retry-events', `select 1 from inbox_events where state = 'UNMATCHED'`],
  ['issue-refunds', `select 1 from refunds where state = 'DUE'`],
])('%s leaves what it has not begun to the next round', async (name, leftToDo) => {
  expect(await rows(leftToDo)).toBeGreaterThan(0);
  const before = await rows(leftToDo);
  await round(name, AbortSignal.abort());
  expect(await rows(leftToDo)).toBe(before);
  await round(name, new AbortController().signal);
  expect(await rows(leftToDo)).toBe(0);
});
