/**
 * Events in another version of Stripe's API: each type that has an effect has it in every version, however the event
 * came. A type that is handled and has no scenario here fails.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { checkout, FAILING_IBAN, PAYING_IBAN, submitCard, submitIban } from '../../support/checkout.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { deliver, inboxRows } from '../../support/stripe-events.js';
import { newBuyer, newStaff, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const OTHER_VERSION = '2019-01-01';

let shop: TestApp;
let stripe: Stripe;

beforeAll(async () => {
  shop = await startTestApp({ DEPOSITS: 'on' });
  stripe = stripeOf(shop);
  shop.simulator.webhooks.pause();
});
afterEach(() => {
  shop.simulator.events.writeAs({});
  shop.clock.reset();
  shop.simulator.clock.reset();
});
afterAll(() => shop.close());

interface Opened {
  id: string;
  sessionId: string;
  url: string;
}

interface Scenario {
  /** Whether what is sold is a rental of today with a deposit, and not a product. */
  isRental?: boolean;
  /** What happens first, and is reported in our version. */
  before?: [type: string, act: (order: Opened) => Promise<unknown>];
  /** What the event reports. */
  act(order: Opened): Promise<unknown>;
  /** What the order says afterwards. */
  effect: Record<string, unknown>;
}

async function open({ isRental = false }: Pick<Scenario, 'isRental'> = {}): Promise<Opened> {
  if (isRental) {
    const equipment = await addEquipment(shop.orm, { depositMinor: 5_000 });
    const items = [{ id: equipment, type: 'EQUIPMENT' as const, days: 2 }];
    const { order, sessionId, url } = await checkout(shop, await newBuyer(), items, { acceptedTermsVersion: '1' });
    return { id: order.id, sessionId, url };
  }
  const product = await addProduct(shop.orm, { onHand: 3, priceMinor: 1_000 });
  const { order, sessionId, url } = await checkout(shop, await newBuyer(), [{ id: product, type: 'PRODUCT' }]);
  return { id: order.id, sessionId, url };
}

const pay = ({ url }: Opened) => submitCard(url, '4242424242424242');
const debit = (iban: string) => async (order: Opened) => {
  await submitIban(order.url, iban);
};
const moneyArrivesOrNot = async () => {
  await shop.simulator.clock.advance(60);
};
const refund = async ({ sessionId }: Opened) => {
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(sessionId);
  return stripe.refunds.create({ payment_intent: String(intent), amount: 100 });
};
/** One whose end is reported later. */
const laterRefund = async (order: Opened) => {
  await refund(order);
  await shop.simulator.clock.advance(3_600);
};
const chargeOf = async ({ sessionId }: Opened) => {
  const session = await stripe.checkout.sessions.retrieve(sessionId, { expand: ['payment_intent'] });
  return String((session.payment_intent as Stripe.PaymentIntent).latest_charge);
};
const dispute = (outcome?: 'won' | 'lost') => async (order: Opened) => {
  const charge = await chargeOf(order);
  await post(`/charges/${charge}/dispute`, { kind: 'fraudulent' });
  const [made] = (await stripe.disputes.list({ charge })).data;
  if (outcome) await post(`/disputes/${made?.id}/close`, { outcome });
  return made;
};
const submitEvidence = async (order: Opened) => {
  const made = await dispute()(order);
  await stripe.disputes.update(String(made?.id), { evidence: { uncategorized_text: 'It was fetched.' } });
};

const captureInDashboard = async () => {
  await shop.runJob('hold-deposits');
  const [row] = await shop.orm.em.fork().execute('select payment_intent_id as id from deposit_holds');
  shop.simulator.dashboard.capturePayment(row?.id, 2_000);
};

const warnOfFraud = async (order: Opened) => post(`/charges/${await chargeOf(order)}/early_fraud_warning`, {});

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(`${shop.simulator.url}/_simulator${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
}

const paid: Scenario['before'] = ['checkout.session.completed', pay];
const scenarios: Record<string, Scenario> = {
  'checkout.session.completed': { act: pay, effect: { status: 'PAID' } },
  'checkout.session.expired': {
    act: ({ sessionId }) => stripe.checkout.sessions.expire(sessionId),
    effect: { status: 'EXPIRED' },
  },
  'checkout.session.async_payment_succeeded': {
    before: ['checkout.session.completed', debit(PAYING_IBAN)],
    act: moneyArrivesOrNot,
    effect: { status: 'PAID' },
  },
  'checkout.session.async_payment_failed': {
    before: ['checkout.session.completed', debit(FAILING_IBAN)],
    act: moneyArrivesOrNot,
    effect: { status: 'PAYMENT_FAILED' },
  },
  'payment_intent.payment_failed': {
    act: ({ url }) => submitCard(url, '4000000000009995'),
    effect: { status: 'PAYMENT_FAILED', declineCode: 'insufficient_funds' },
  },
  'payment_intent.canceled': {
    before: ['payment_intent.payment_failed', ({ url }) => submitCard(url, '4000000000000002')],
    act: ({ sessionId }) => stripe.checkout.sessions.expire(sessionId),
    effect: { isPaymentCanceled: true },
  },
  'charge.captured': {
    isRental: true,
    before: paid,
    act: captureInDashboard,
    effect: { depositState: 'CAPTURED' },
  },
  'charge.refunded': { before: paid, act: refund, effect: { refundStatus: 'PARTIAL' } },
  'refund.created': { before: paid, act: refund, effect: { refundStatus: 'PARTIAL' } },
  'refund.updated': {
    before: ['checkout.session.completed', ({ url }) => submitCard(url, '4000000000007726')],
    act: laterRefund,
    effect: { refundStatus: 'PARTIAL' },
  },
  'refund.failed': {
    before: ['checkout.session.completed', ({ url }) => submitCard(url, '4000000000005126')],
    act: laterRefund,
    effect: { refundStatus: 'FAILED' },
  },
  'charge.dispute.created': { before: paid, act: dispute(), effect: { disputeStatus: 'OPEN' } },
  'charge.dispute.updated': { before: paid, act: submitEvidence, effect: { disputeStatus: 'OPEN' } },
  'charge.dispute.closed': { before: paid, act: dispute('won'), effect: { disputeStatus: 'WON' } },
  'charge.dispute.funds_withdrawn': { before: paid, act: dispute(), effect: { disputeStatus: 'OPEN' } },
  'radar.early_fraud_warning.created': { before: paid, act: warnOfFraud, effect: { isFraudWarned: true } },
  'charge.dispute.funds_reinstated': { before: paid, act: dispute('won'), effect: { disputeStatus: 'WON' } },
};

/** The newest event of a type, from Stripe's list. */
async function eventOfType(type: string): Promise<Stripe.Event> {
  const [event] = (await stripe.events.list({ type, limit: 1 })).data;
  if (event === undefined) throw new Error(`There is no event ${type}.`);
  return event;
}

async function effectOn({ id }: Opened): Promise<Record<string, unknown>> {
  const [row] = await shop.orm.em.fork().execute(
    `select status, refund_status as "refundStatus", dispute_status as "disputeStatus",
       last_payment_error_decline_code as "declineCode", payment_canceled_at is not null as "isPaymentCanceled",
       fraud_warned_at is not null as "isFraudWarned",
       (select state from deposits where order_id = orders.id) as "depositState"
     from orders where id = ?`,
    [id],
  );
  return row ?? {};
}

async function happened({ before, act, isRental = false }: Scenario): Promise<Opened> {
  const order = await open({ isRental });
  if (before) {
    const [type, actBefore] = before;
    await actBefore(order);
    await deliver(shop, await eventOfType(type));
  }
  await act(order);
  return order;
}

/** Nothing of it can be read but which object it is about: so far may another version differ. */
function inOtherVersion(event: Stripe.Event): object {
  const { id, object } = event.data.object as { id: string; object: string };
  return { ...event, api_version: OTHER_VERSION, data: { object: { id, object } } };
}

test('Every type that is handled has a scenario here', () => {
  expect(Object.keys(scenarios).toSorted()).toEqual(shop.services.inbox.handledTypes.toSorted());
});

describe.each(Object.entries(scenarios))('%s in another version', (type, scenario) => {
  test('has its effect when it is delivered, and when it is replayed', async () => {
    const order = await happened(scenario);
    const event = await eventOfType(type);
    expect(await deliver(shop, inOtherVersion(event))).toBe(200);
    await shop.runJob('retry-events');
    await shop.runJob('sync-payments');
    await shop.runJob('hold-deposits');
    expect(await inboxRows(shop, event.id)).toMatchObject([{ state: 'PROCESSED', orderId: order.id, error: null }]);
    expect(await effectOn(order)).toMatchObject(scenario.effect);

    const replay = 'mutation ($id: ID!) { replayWebhookEvent(id: $id) { event { id } } }';
    await shop.graphql(replay, { id: event.id }, (await newStaff()).token);
    await shop.runJob('retry-events');
    expect(await inboxRows(shop, event.id)).toMatchObject([{ state: 'PROCESSED', orderId: order.id }]);
    expect(await effectOn(order)).toMatchObject(scenario.effect);
  });
});

test('Events that are read from Stripe’s list, in the account’s version, have their effect', async () => {
  shop.simulator.events.writeAs({ apiVersion: OTHER_VERSION });
  const orders: [Opened, Scenario][] = [];
  for (const type of ['checkout.session.completed', 'payment_intent.payment_failed', 'checkout.session.expired']) {
    const scenario = scenarios[type] as Scenario;
    orders.push([await happened(scenario), scenario]);
  }
  shop.clock.advanceMinutes(2);
  await shop.runJob('read-missed-events');
  await shop.runJob('retry-events');
  for (const [order, { effect }] of orders) expect(await effectOn(order)).toMatchObject(effect);
});

test('A decline that is read when the buyer has paid meanwhile is none any more', async () => {
  const order = await open();
  await submitCard(order.url, '4000000000009995');
  const declined = await eventOfType('payment_intent.payment_failed');
  await pay(order);
  await deliver(shop, inOtherVersion(declined));
  await shop.runJob('retry-events');
  expect(await inboxRows(shop, declined.id)).toMatchObject([{ state: 'PROCESSED', orderId: order.id }]);
  expect(await effectOn(order)).toMatchObject({ status: 'PENDING', declineCode: null });
});

test('An event whose object Stripe does not find is retried, and dead-lettered in the end', async () => {
  const order = await open();
  await submitCard(order.url, '4000000000009995');
  const { data, ...event } = await eventOfType('payment_intent.payment_failed');
  const object = { ...data.object, id: 'pi_of_nobody' };
  await deliver(shop, inOtherVersion({ ...event, data: { object } } as Stripe.Event));
  await shop.runJob('retry-events');
  expect(await inboxRows(shop, event.id)).toMatchObject([{ state: 'FAILED' }]);
});
