/**
 * Several installations on one Stripe account, and accounts behind a Connect endpoint: each event is applied by one.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { checkout, submitCard } from '../../support/checkout.js';
import { addProduct } from '../../support/shop.js';
import { deliver, eventId, eventOf, inboxRows, installationIdOf } from '../../support/stripe-events.js';
import { newBuyer, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const UNKNOWN_ORDER = '00000000-0000-4000-8000-000000000000';

let shop: TestApp;
let stripe: Stripe;

beforeAll(async () => {
  shop = await startTestApp();
  stripe = stripeOf(shop);
  shop.simulator.webhooks.pause();
});
afterEach(() => {
  shop.simulator.events.writeAs({});
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

/** Paid at Stripe, and not reported yet. */
async function paidWithoutWebhook(at: TestApp = shop) {
  const product = await addProduct(at.orm, { onHand: 3, priceMinor: 1_000 });
  const { order, sessionId, url } = await checkout(at, await newBuyer(), [{ id: product, type: 'PRODUCT' }]);
  await submitCard(url, '4242424242424242');
  const session = await stripeOf(at).checkout.sessions.retrieve(sessionId);
  return { id: order.id, session, paymentIntent: String(session.payment_intent) };
}

async function orderRow(id: string): Promise<Record<string, unknown> | undefined> {
  const query = 'select status, payment_sync_requested as news, refund_status as refunds from orders where id = ?';
  const [row] = await shop.orm.em.fork().execute<Record<string, unknown>[]>(query, [id]);
  return row;
}

/** The order is a copy of another installation's, as in a staging database that was restored from production. */
async function copyFrom(installationId: string | null, orderId: string): Promise<void> {
  await shop.orm.em.fork().execute('update orders set installation_id = ? where id = ?', [installationId, orderId]);
}

async function sendAs(session: Stripe.Checkout.Session, metadata: object): Promise<string> {
  const id = eventId();
  await deliver(shop, eventOf('checkout.session.completed', { ...session, metadata }, { id }));
  return id;
}

const errorsAbout = (id: string) => shop.log.filter((line) => line.includes(id) && /"level":[56]0/.test(line));

test('Sessions, payments and refunds say which installation made them', async () => {
  const { id, session, paymentIntent } = await paidWithoutWebhook();
  const mark = { application: 'comptoir', order_id: id, installation_id: await installationIdOf(shop) };
  const metadata = { ...mark, purpose: 'order' };
  expect(session.metadata).toEqual(metadata);
  expect((await stripe.paymentIntents.retrieve(paymentIntent)).metadata).toEqual(metadata);
  await shop.orm.em.fork().execute("update orders set expired_at = now(), status = 'EXPIRED' where id = ?", [id]);
  await shop.orm.em.fork().execute("update order_lines set hold_state = 'RELEASED' where order_id = ?", [id]);
  await shop.orm.em.fork().execute('update product_stocks set held = 0, on_hand = 0 where held = 1');
  await deliver(shop, eventOf('checkout.session.completed', session));
  await shop.runJob('issue-refunds');
  const [refund] = (await stripe.refunds.list({ payment_intent: paymentIntent })).data;
  const details = { refund_id: expect.any(String), attempt: '1', reason: 'GOODS_UNAVAILABLE' };
  expect(refund?.metadata).toEqual({ ...mark, ...details });
});

describe('An event of another installation is ignored silently', () => {
  test('where its order is unknown', async () => {
    const { session } = await paidWithoutWebhook();
    const mark = { application: 'comptoir', order_id: UNKNOWN_ORDER, installation_id: randomUUID() };
    const id = await sendAs({ ...session, id: 'cs_of_another' }, mark);
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'IGNORED', error: null }]);
    expect(errorsAbout(id)).toEqual([]);
  });

  test('where a copy of its order is here', async () => {
    const { id: orderId, session, paymentIntent } = await paidWithoutWebhook();
    const other = randomUUID();
    await copyFrom(other, orderId);
    const mark = { application: 'comptoir', order_id: orderId, installation_id: other };
    const paid = await sendAs(session, mark);
    // What is made in the dashboard bears no mark: its payment leads to the copy.
    await shop.orm.em.fork().execute('update orders set payment_intent_id = ? where id = ?', [paymentIntent, orderId]);
    const refunded = eventId();
    const refund = await stripe.refunds.create({ payment_intent: paymentIntent, amount: 100 });
    await deliver(shop, eventOf('refund.created', refund, { id: refunded }));
    for (const id of [paid, refunded]) {
      expect(await inboxRows(shop, id)).toMatchObject([{ state: 'IGNORED', error: null }]);
      expect(errorsAbout(id)).toEqual([]);
    }
    expect(await orderRow(orderId)).toMatchObject({ status: 'PENDING', news: 0 });
  });

  test('and no discrepancy with Stripe', async () => {
    const unreported = await paidWithoutWebhook();
    await copyFrom(randomUUID(), unreported.id);
    const counted = await paidWithoutWebhook();
    await deliver(shop, eventOf('checkout.session.completed', counted.session));
    await copyFrom(randomUUID(), counted.id);
    const refund = await stripe.refunds.create({ payment_intent: counted.paymentIntent, amount: 100 });
    for (const mark of [{ installation_id: randomUUID() }, {}]) {
      const metadata = { application: 'comptoir', order_id: UNKNOWN_ORDER, ...mark };
      const made = await stripe.checkout.sessions.create({
        mode: 'payment',
        metadata,
        line_items: [{ quantity: 1, price_data: { currency: 'eur', unit_amount: 1000, product_data: { name: 'X' } } }],
        success_url: 'http://localhost:3000/',
      });
      await submitCard(made.url ?? '', '4242424242424242');
    }
    const own = await paidWithoutWebhook();
    // What has just happened would be taken to be on its way.
    shop.clock.advanceMinutes(3);
    shop.stripeClock.advanceMinutes(3);
    shop.log.length = 0;
    await shop.runJob('find-discrepancies');
    const discrepancies = shop.log.filter((line) => line.includes('A discrepancy with Stripe'));
    const others = [unreported.session.id, counted.session.id, refund.id, UNKNOWN_ORDER];
    expect(discrepancies.filter((line) => others.some((id) => line.includes(id)))).toEqual([]);
    expect(await orderRow(unreported.id)).toMatchObject({ status: 'PENDING' });
    expect(await orderRow(counted.id)).toMatchObject({ news: 0 });
    // Its own, it does find.
    expect(await orderRow(own.id)).toMatchObject({ status: 'PAID' });
  });
});

describe('An event from before installations had ids', () => {
  const metadata = (orderId: string) => ({ application: 'comptoir', order_id: orderId });

  test('is ours where its order is known', async () => {
    const { id: orderId, session } = await paidWithoutWebhook();
    await copyFrom(null, orderId);
    const id = await sendAs(session, metadata(orderId));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', orderId }]);
    expect(await orderRow(orderId)).toMatchObject({ status: 'PAID' });
  });

  test('is another installation’s where it is not', async () => {
    const { session } = await paidWithoutWebhook();
    const id = await sendAs({ ...session, id: 'cs_from_before' }, metadata(UNKNOWN_ORDER));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'IGNORED', error: null }]);
    expect(errorsAbout(id)).toEqual([]);
  });
});

test('An order that was placed before asks Stripe for the very session it asked for then', async () => {
  const product = await addProduct(shop.orm, { onHand: 3 });
  const buyer = await newBuyer();
  shop.simulator.faults.failNext({ method: 'POST', path: '/v1/checkout/sessions', kind: 'status', status: 401 });
  await expect(checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }])).rejects.toThrow();
  const [row] = await shop.orm.em
    .fork()
    .execute<{ id: string; request: Record<string, unknown> }[]>(
      `select o.id, o.stripe_request as request from orders o where buyer_id = ?`,
      [buyer.id],
    );
  const { id = '', request = {} } = row ?? {};
  const metadata = { application: 'comptoir', order_id: id };
  const old = { ...request, metadata, payment_intent_data: { metadata } };
  await shop.orm.em
    .fork()
    .execute('update orders set installation_id = null, stripe_request = ? where id = ?', [JSON.stringify(old), id]);
  shop.clock.advanceMinutes(3);
  await shop.runJob('recover-checkouts');
  const [session] = (await stripe.checkout.sessions.list({ limit: 1 })).data;
  expect(session).toMatchObject({ client_reference_id: id, metadata });
  expect(Object.keys(session?.metadata ?? {})).toEqual(['application', 'order_id']);
});

describe('With INSTALLATION_ID', () => {
  const INSTALLATION_ID = '6f9619ff-8b86-4d01-b42d-00c04fc964ff';
  let staging: TestApp;
  beforeAll(async () => {
    staging = await startTestApp({ INSTALLATION_ID });
    staging.simulator.webhooks.pause();
  });
  afterAll(() => staging.close());

  test('it is another installation than its database says', async () => {
    const { id: orderId, session } = await paidWithoutWebhook(staging);
    expect(session.metadata).toMatchObject({ installation_id: INSTALLATION_ID });
    const ofProduction = { ...session.metadata, installation_id: await installationIdOf(staging) };
    const [foreign, own] = [eventId(), eventId()];
    const type = 'checkout.session.completed';
    await deliver(staging, eventOf(type, { ...session, metadata: ofProduction }, { id: foreign }));
    expect(await inboxRows(staging, foreign)).toMatchObject([{ state: 'IGNORED' }]);
    await deliver(staging, eventOf(type, session, { id: own }));
    expect(await inboxRows(staging, own)).toMatchObject([{ state: 'PROCESSED', orderId }]);
  });
});

describe('Through an endpoint for Connect', () => {
  // The other installation of these tests has an account of its own, and the same database.
  beforeAll(async () => {
    const { id: account } = await stripe.accounts.retrieveCurrent();
    await shop.services.account.isOurs();
    await shop.orm.em.fork().execute('update stripe_accounts set account_id = ?', [account]);
  });

  test('an event of another account is stored, and never applied', async () => {
    const { id: orderId, session } = await paidWithoutWebhook();
    for (const version of [{}, { api_version: '2019-01-01' }]) {
      const id = eventId();
      const envelope = { id, account: 'acct_of_somebody_else', ...version };
      expect(await deliver(shop, eventOf('checkout.session.completed', session, envelope))).toBe(200);
      expect(await inboxRows(shop, id)).toMatchObject([{ state: 'IGNORED', error: null }]);
    }
    expect(await orderRow(orderId)).toMatchObject({ status: 'PENDING' });
  });

  test('nor when it is read from Stripe’s list', async () => {
    shop.simulator.events.writeAs({ account: 'acct_of_somebody_else' });
    const { id: orderId } = await paidWithoutWebhook();
    shop.clock.advanceMinutes(2);
    await shop.runJob('read-missed-events');
    expect(await orderRow(orderId)).toMatchObject({ status: 'PENDING' });
  });

  test('an event that names our own account is ours', async () => {
    const { id: account } = await stripe.accounts.retrieveCurrent();
    const { id: orderId, session } = await paidWithoutWebhook();
    const id = eventId();
    await deliver(shop, eventOf('checkout.session.completed', session, { id, account }));
    expect(await inboxRows(shop, id)).toMatchObject([{ state: 'PROCESSED', orderId }]);
  });
});
