/** Fees charged to the card that was saved with a rental: once, or not at all, whatever fails in between. */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { addDays } from '../../../src/platform/kernel/calendar-date.js';
import { type FailPoint, onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { checkout, type ItemInput, orderBySession, payByCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { refundOrder, shows } from '../../support/staff-refunds.js';
import { newBuyer, newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

// Pays; asks for the buyer once, and then never again; asks at every payment.
const PLAIN = '4242424242424242';
const ASKS_ONCE = '4000002500003155';
const ASKS_ALWAYS = '4000002760003184';

const INTENTS = '/v1/payment_intents';
const FEE = 'id kind state payPath settledAt paymentId amount { amount }';
const CHARGE = `mutation ($input: ChargeFeeInput!) { chargeFee(input: $input) { fee { ${FEE} } order { id } } }`;
const WAIVE = `mutation ($input: WaiveFeeInput!) { waiveFee(input: $input) { fee { ${FEE} } } }`;
const ORDER = `query ($id: ID!) { order(id: $id) {
  status fees { ${FEE} } payments { id purpose state amount { amount } amountRefundable { amount } } refundStatus
  amountRefunded { amount } refunds { reason state amount { amount } } timeline { cause note }
} }`;
const WAITING = '{ attention(kind: FEE_UNPAID, first: 100) { nodes { order { id } fee { id } } } }';

interface FeeView {
  id: string;
  state: string;
  payPath: string | null;
  paymentId: string | null;
}

interface OrderView {
  status: string;
  fees: FeeView[];
  payments: { id: string; purpose: string; state: string; amountRefundable: { amount: number } }[];
  refunds: { reason: string; state: string }[];
  timeline: { cause: string; note: string | null }[];
}

interface Rental {
  id: string;
  buyer: Person;
  /** Whose card is saved. */
  customer: string;
  card: string;
}

let shop: TestApp;
let stripe: Stripe;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp({ DEPOSITS: 'on' });
  stripe = stripeOf(shop);
  staff = await newStaff();
});
afterEach(() => {
  onFailPoint(null);
  shop.simulator.faults.clear();
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

async function paid(items: ItemInput[], card = PLAIN): Promise<Rental> {
  const buyer = await newBuyer();
  const session = await checkout(shop, buyer, items, { acceptedTermsVersion: '2027-01' });
  await payByCard(session.url, card);
  await eventually(async () => {
    expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe('PAID');
  });
  const { payment_intent: intent } = await stripe.checkout.sessions.retrieve(session.sessionId);
  const { customer, payment_method: method } = await stripe.paymentIntents.retrieve(String(intent));
  return { id: session.order.id, buyer, customer: String(customer), card: String(method) };
}

/** A paid rental whose session has saved the card. */
async function rental(card = PLAIN): Promise<Rental> {
  const equipment = await addEquipment(shop.orm, { depositMinor: 20_000 });
  // So late that nothing is held on the card yet.
  return paid([{ id: equipment, type: 'EQUIPMENT', quantity: 1, days: 2, startDate: addDays(shopDay(), 10) }], card);
}

/** A paid order without a saved card. */
async function bottle(): Promise<Rental> {
  return paid([{ id: await addProduct(shop.orm), type: 'PRODUCT', quantity: 1 }]);
}

async function charge(order: Rental, input: object = {}) {
  const key = randomUUID();
  const whole = { orderId: order.id, kind: 'DAMAGE', amount: 1500, note: 'a dent', idempotencyKey: key, ...input };
  const { data, errors } = await shop.graphql<{ chargeFee: { fee: FeeView } }>(CHARGE, { input: whole }, staff.token);
  return { fee: data?.chargeFee.fee, error: errors?.[0]?.extensions };
}

async function waive(feeId: string) {
  const input = { feeId, note: 'goodwill' };
  const { data, errors } = await shop.graphql<{ waiveFee: { fee: FeeView } }>(WAIVE, { input }, staff.token);
  return { fee: data?.waiveFee.fee, error: errors?.[0]?.extensions };
}

async function view({ id }: Rental): Promise<OrderView> {
  const { data, errors } = await shop.graphql<{ order: OrderView }>(ORDER, { id }, staff.token);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.order;
}

const becomes = (order: Rental, expected: object) =>
  eventually(async () => expect(await view(order)).toMatchObject(expected));

/** The payments that fees of the order have made at Stripe without the buyer. */
async function charges(order: Rental): Promise<Stripe.PaymentIntent[]> {
  const { data } = await stripe.paymentIntents.list({ customer: order.customer, limit: 100 });
  return data.filter(({ metadata }) => metadata.purpose === 'fee');
}

async function openLink(payPath: string | null | undefined) {
  const response = await shop.app.inject({ method: 'GET', url: payPath ?? '', headers: { host: 'shop.example' } });
  return { status: response.statusCode, url: response.headers.location ?? '' };
}

const waits = async ({ id }: Rental) => {
  type List = { attention: { nodes: { order: { id: string } }[] } };
  const { data } = await shop.graphql<List>(WAITING, {}, staff.token);
  return data?.attention.nodes.some(({ order }) => order.id === id);
};

const rows = <Row>(sql: string, parameters: unknown[]) => shop.orm.em.fork().execute<Row[]>(sql, parameters);

/** What Stripe answers to the next attempts to charge a card. */
const stripeFails = (fault: object, times = 1) =>
  shop.simulator.faults.failNext(
    ...Array.from(
      { length: times },
      () => ({ method: 'POST', path: INTENTS, kind: 'status', status: 401, ...fault }) as const,
    ),
  );

/** As much later as a repetition takes. */
async function settleLater(minutes = 3): Promise<void> {
  for (const clock of [shop.clock, shop.stripeClock]) clock.advanceMinutes(minutes);
  await shop.runJob('settle-fees');
}

/** A fee of which Stripe did not say whether it is paid. */
async function due(order: Rental): Promise<FeeView> {
  stripeFails({});
  const { fee } = await charge(order);
  expect(fee).toMatchObject({ state: 'DUE', payPath: null });
  return fee as FeeView;
}

describe('A fee is charged to the saved card', () => {
  test('without the buyer, and is no part of what was paid for the order', async () => {
    const order = await rental();
    const { fee } = await charge(order);
    expect(fee).toMatchObject({ state: 'PAID', payPath: null, settledAt: expect.any(String) });
    expect(await charges(order)).toMatchObject([{ status: 'succeeded', amount: 1500, payment_method: order.card }]);
    const { payments, timeline } = await view(order);
    expect(payments).toMatchObject([
      { purpose: 'ORDER', state: 'ACCEPTED' },
      { id: fee?.paymentId, purpose: 'FEE', state: 'ACCEPTED', amount: { amount: 1500 } },
    ]);
    expect(timeline.map(({ cause }) => cause)).toEqual(expect.arrayContaining(['FEE_CHARGED', 'FEE_PAID']));
    expect(await waits(order)).toBe(false);
    expect(await rows('select state, request, customer_id from fee_card_charges where fee_id = ?', [fee?.id])).toEqual([
      { state: 'PAID', request: {}, customer_id: null },
    ]);
  });

  test('that asked for the buyer only when it was saved', async () => {
    const order = await rental(ASKS_ONCE);
    expect((await charge(order)).fee).toMatchObject({ state: 'PAID' });
  });

  test('but not one that asks for the buyer each time: they pay it by the link', async () => {
    const order = await rental(ASKS_ALWAYS);
    const { fee } = await charge(order);
    expect(fee).toMatchObject({ state: 'ACTION_REQUIRED', payPath: expect.any(String) });
    expect((await view(order)).timeline).toContainEqual({
      cause: 'FEE_CARD_REFUSED',
      note: 'authentication_required',
    });
    expect(await waits(order)).toBe(true);
    // Nobody can pay that one later.
    expect(await charges(order)).toMatchObject([{ status: 'canceled' }]);
    const { status, url } = await openLink(fee?.payPath);
    expect(status).toBe(303);
    await payByCard(url, ASKS_ALWAYS);
    await becomes(order, { fees: [{ state: 'PAID' }], refunds: [] });
  });

  const gone = {
    'whose customer was deleted': ({ customer }: Rental) => shop.simulator.dashboard.deleteCustomer(customer),
    'which was removed': ({ card }: Rental) => shop.simulator.dashboard.detachPaymentMethod(card),
  };

  test.each(Object.entries(gone))('but not a card %s', async (_, remove) => {
    const order = await rental();
    remove(order);
    const { fee, error } = await charge(order, { chargeTo: 'SAVED_CARD' });
    expect([fee, error]).toMatchObject([{ state: 'ACTION_REQUIRED' }, undefined]);
    const refused = (await view(order)).timeline.filter(({ cause }) => cause === 'FEE_CARD_REFUSED');
    expect(refused).toMatchObject([{ note: expect.stringMatching(/^[a-z_]+$/) }]);
    await payByCard((await openLink(fee?.payPath)).url, PLAIN);
    await becomes(order, { fees: [{ state: 'PAID' }] });
  });

  test('only where staff do not say that the link is to be used', async () => {
    const order = await rental();
    const { fee } = await charge(order, { chargeTo: 'LINK' });
    expect(fee).toMatchObject({ state: 'ACTION_REQUIRED' });
    expect(await charges(order)).toEqual([]);
    expect((await openLink(fee?.payPath)).status).toBe(303);
  });

  test('only where there is one, and where only that will do nothing is stored', async () => {
    const order = await bottle();
    expect((await charge(order, { chargeTo: 'SAVED_CARD' })).error).toMatchObject({
      code: 'NO_SAVED_CARD',
      fields: { chargeTo: expect.any(String) },
    });
    expect(await view(order)).toMatchObject({ fees: [] });
    expect((await charge(order)).fee).toMatchObject({ state: 'ACTION_REQUIRED' });
  });

  test('not while Stripe does not say which card it is: nothing is stored', async () => {
    const order = await rental();
    const key = { idempotencyKey: randomUUID() };
    shop.simulator.faults.failNext({ method: 'GET', path: INTENTS, kind: 'status', status: 401 });
    expect((await charge(order, key)).error).toMatchObject({ code: 'PAYMENT_PROVIDER_UNAVAILABLE' });
    expect(await view(order)).toMatchObject({ fees: [] });
    expect((await charge(order, key)).fee).toMatchObject({ state: 'PAID' });
  });

  test('not for an order of which nothing can be charged, about which Stripe is not asked', async () => {
    const order = await rental();
    const before = shop.simulator.requests().length;
    expect((await charge(order, { amount: 1 })).error).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await charge({ ...order, id: randomUUID() })).error).toMatchObject({ code: 'NOT_FOUND' });
    expect(shop.simulator.requests().slice(before)).toEqual([]);
  });
});

describe('A key', () => {
  test('is charged once, however many requests come at once', async () => {
    const order = await rental();
    const key = { idempotencyKey: randomUUID() };
    const all = await Promise.all(Array.from({ length: 5 }, () => charge(order, key)));
    expect(new Set(all.map(({ fee }) => fee?.id)).size).toBe(1);
    await becomes(order, { fees: [{ state: 'PAID' }] });
    expect(await charges(order)).toHaveLength(1);
    const before = shop.simulator.requests().length;
    expect((await charge(order, key)).fee).toMatchObject({ state: 'PAID' });
    expect((await charge(order, { ...key, chargeTo: 'LINK' })).error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(shop.simulator.requests().slice(before)).toEqual([]);
  });

  test('from before there were saved cards finds its fee', async () => {
    const order = await bottle();
    const key = { idempotencyKey: randomUUID() };
    const { fee } = await charge(order, key);
    const before = createHash('sha256')
      .update(JSON.stringify(['DAMAGE', 1500, 'a dent', null]))
      .digest('hex');
    expect(await rows('select request_fingerprint as print from fees where id = ?', [fee?.id])).toEqual([
      { print: before },
    ]);
    expect((await charge(order, { ...key, chargeTo: null })).fee).toMatchObject({ id: fee?.id });
  });
});

describe('While it is not known whether the card was charged', () => {
  test('the link opens nothing, and staff see it after an hour', async () => {
    const order = await rental();
    const fee = await due(order);
    const [row] = await rows<{ token: string }>('select token from fees where id = ?', [fee.id]);
    expect(await openLink(`/api/pay/${row?.token}`)).toMatchObject({ status: 503 });
    expect(await waits(order)).toBe(false);
    shop.clock.advanceMinutes(61);
    expect(await waits(order)).toBe(true);
    await settleLater();
    expect(await view(order)).toMatchObject({ fees: [{ state: 'PAID' }] });
    expect(await waits(order)).toBe(false);
    expect(await charges(order)).toHaveLength(1);
  });

  test('the same request is sent again where its answer is lost', async () => {
    const order = await rental();
    stripeFails({ kind: 'reset-after-work' });
    expect((await charge(order)).fee).toMatchObject({ state: 'PAID' });
    expect(await charges(order)).toHaveLength(1);
  });

  test('it is looked up where Stripe repeats an error for the key', async () => {
    const order = await rental();
    stripeFails({ kind: 'status-after-work', status: 500 });
    expect((await charge(order)).fee).toMatchObject({ state: 'PAID' });
    expect(await charges(order)).toHaveLength(1);
  });

  test('and Stripe lists no charge, the link can be used only once that is certain', async () => {
    const order = await rental();
    const broken = { status: 500, headers: { 'idempotent-replayed': 'true' } };
    stripeFails(broken, 3);
    const { fee } = await charge(order);
    expect(fee).toMatchObject({ state: 'DUE', payPath: null });
    await settleLater(1);
    expect(await view(order)).toMatchObject({ fees: [{ state: 'DUE' }] });
    await settleLater(2);
    expect(await view(order)).toMatchObject({ fees: [{ state: 'ACTION_REQUIRED', payPath: expect.any(String) }] });
    expect((await view(order)).timeline).toContainEqual({ cause: 'FEE_CARD_REFUSED', note: 'not_charged' });
    expect(await charges(order)).toEqual([]);
  });

  test('and Stripe may have forgotten the key, it is not sent again', async () => {
    const order = await rental();
    await due(order);
    await settleLater(24 * 60);
    expect(await view(order)).toMatchObject({ fees: [{ state: 'DUE' }] });
    await settleLater();
    expect(await view(order)).toMatchObject({ fees: [{ state: 'ACTION_REQUIRED' }] });
    expect(await charges(order)).toEqual([]);
  });

  test('and Stripe may have forgotten the key, a payment that was made counts', async () => {
    const order = await rental();
    dieAt('fee: Stripe answered');
    await charge(order);
    onFailPoint(null);
    await settleLater(25 * 60);
    expect(await view(order)).toMatchObject({ fees: [{ state: 'PAID' }] });
    expect(await charges(order)).toHaveLength(1);
  });

  test.each([
    ['succeeds', { confirm: true, payment_method: 'pm_card_visa', off_session: true }, 'PAID', 'succeeded'],
    ['fails', {}, 'ACTION_REQUIRED', 'canceled'],
  ])('a payment that is processed and then %s is looked at again', async (_, parameters, state, status) => {
    const order = await rental();
    const intent = await stripe.paymentIntents.create({
      ...{ amount: 1500, currency: 'eur', allowed_payment_method_types: ['card'], ...parameters },
    });
    stripeFails({ status: 200, body: { ...intent, status: 'processing' } });
    expect((await charge(order)).fee).toMatchObject({ state: 'DUE' });
    await settleLater();
    expect(await view(order)).toMatchObject({ fees: [{ state }] });
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status });
    expect(await charges(order)).toEqual([]);
  });
});

function dieAt(point: FailPoint): void {
  onFailPoint((name) => {
    if (name === point) throw new Error('the process died');
  });
}

/** How many requests have met a fault. */
class CountingPath extends RegExp {
  matches = 0;

  override test(path: string): boolean {
    const isMatch = super.test(path);
    if (isMatch) this.matches += 1;
    return isMatch;
  }
}

const points: FailPoint[] = [
  'fee: charge committed',
  'fee: Stripe answered',
  'fee: before the outcome is committed',
  'fee: outcome committed',
];

describe('A process that dies', () => {
  test.each(points)('at “%s” leaves a fee that is charged once', async (point) => {
    const order = await rental();
    const key = { idempotencyKey: randomUUID() };
    dieAt(point);
    expect((await charge(order, key)).error).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
    onFailPoint(null);
    const { fee } = await charge(order, key);
    await settleLater();
    expect(await view(order)).toMatchObject({
      fees: [{ id: fee?.id, state: 'PAID' }],
      payments: [{ purpose: 'ORDER' }, { purpose: 'FEE', state: 'ACCEPTED' }],
      refunds: [],
    });
    expect(await charges(order)).toHaveLength(1);
  });

  test('before the charge is committed leaves none', async () => {
    const order = await rental();
    const key = { idempotencyKey: randomUUID() };
    dieAt('fee: before the charge is committed');
    expect((await charge(order, key)).error).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
    onFailPoint(null);
    expect(await view(order)).toMatchObject({ fees: [] });
    expect(await charges(order)).toEqual([]);
    expect((await charge(order, key)).fee).toMatchObject({ state: 'PAID' });
    expect(await charges(order)).toHaveLength(1);
  });
});

describe('A fee is waived', () => {
  const unknown = { code: 'PAYMENT_PROVIDER_UNAVAILABLE' };

  /** Once, at a point of charging it. @returns what the staff were answered */
  async function waivedAt(point: FailPoint, order: Rental) {
    const answers: Awaited<ReturnType<typeof waive>>[] = [];
    onFailPoint(async (name) => {
      if (name !== point) return;
      onFailPoint(null);
      answers.push(await waive((await view(order)).fees[0]?.id ?? ''));
    });
    await charge(order);
    return answers[0];
  }

  test('before its card is charged, which is not charged then', async () => {
    const order = await rental();
    expect((await waivedAt('fee: charge committed', order))?.error).toMatchObject(unknown);
    expect(await view(order)).toMatchObject({ fees: [{ state: 'DUE' }] });
    await settleLater();
    expect(await view(order)).toMatchObject({ fees: [{ state: 'WAIVED' }], refunds: [] });
    expect(await charges(order)).toEqual([]);
    expect((await view(order)).timeline.map(({ cause }) => cause)).not.toContain('FEE_CARD_REFUSED');
  });

  test('after its card was charged, and the money goes back by itself', async () => {
    const order = await rental();
    expect((await waivedAt('fee: Stripe answered', order))?.fee).toMatchObject({ state: 'WAIVED' });
    await goesBack(order);
  });

  test('while its card is being charged, and the money goes back by itself', async () => {
    const order = await rental();
    const path = new CountingPath(INTENTS);
    stripeFails({ kind: 'delay', ms: 1_500, path });
    const charging = charge(order);
    // The journal shows it only once it is answered.
    await eventually(() => expect(path.matches).toBe(1));
    const fee = (await view(order)).fees[0];
    expect((await waive(fee?.id ?? '')).error).toMatchObject(unknown);
    expect((await charging).fee).toMatchObject({ state: 'WAIVED' });
    await goesBack(order);
  });

  test('while its card is refused', async () => {
    const order = await rental(ASKS_ALWAYS);
    expect((await waivedAt('fee: Stripe answered', order))?.fee).toMatchObject({ state: 'WAIVED' });
    expect(await view(order)).toMatchObject({ fees: [{ state: 'WAIVED' }], refunds: [] });
  });

  test('once Stripe responds again', async () => {
    const order = await rental();
    const fee = await due(order);
    shop.simulator.faults.failNext({ method: 'GET', path: INTENTS, kind: 'status', status: 401 });
    expect((await waive(fee.id)).error).toMatchObject(unknown);
    await settleLater();
    expect((await waive(fee.id)).error).toMatchObject(unknown);
    await settleLater();
    expect(await view(order)).toMatchObject({ fees: [{ state: 'WAIVED' }] });
    expect(await charges(order)).toEqual([]);
    expect((await waive(fee.id)).fee).toMatchObject({ state: 'WAIVED' });
  });

  test('not once it is paid', async () => {
    const { fee } = await charge(await rental());
    expect((await waive(fee?.id ?? '')).error).toMatchObject({ code: 'FEE_NOT_WAIVABLE' });
  });

  async function goesBack(order: Rental): Promise<void> {
    await shows(shop, staff, order.id, { refunds: [{ reason: 'FEE_WAIVED', state: 'SUCCEEDED' }] });
    expect(await view(order)).toMatchObject({
      fees: [{ state: 'WAIVED' }],
      payments: [
        { purpose: 'ORDER', state: 'ACCEPTED' },
        { purpose: 'FEE', state: 'RETURNED' },
      ],
    });
    const [only, ...others] = await charges(order);
    expect(others).toEqual([]);
    const { data } = await stripe.refunds.list({ payment_intent: only?.id ?? '' });
    expect(data).toMatchObject([{ amount: 1500 }]);
  }
});

describe('What a saved card has paid', () => {
  async function paidFee() {
    const order = await rental();
    const { fee } = await charge(order);
    return { order, paymentId: fee?.paymentId ?? '' };
  }

  test('is refunded by staff, and the order is not', async () => {
    const { order, paymentId } = await paidFee();
    await refundOrder(shop, staff, { orderId: order.id, paymentId, amount: 500 });
    await shows(shop, staff, order.id, { refunds: [{ state: 'SUCCEEDED' }], refundStatus: 'NONE' });
    expect((await view(order)).payments).toMatchObject([{}, { purpose: 'FEE', amountRefundable: { amount: 1000 } }]);
    expect(await view(order)).toMatchObject({ amountRefunded: { amount: 0 }, status: 'PAID' });
  });

  test('is refunded in the dashboard, and the order is not', async () => {
    const { order, paymentId } = await paidFee();
    const { latest_charge: id } = await stripe.paymentIntents.retrieve(paymentId);
    shop.simulator.dashboard.refundCharge(String(id));
    await shows(shop, staff, order.id, { refunds: [{ state: 'SUCCEEDED' }], refundStatus: 'NONE' });
    expect((await view(order)).payments).toMatchObject([{}, { amountRefundable: { amount: 0 } }]);
  });

  test('is never taken for a second payment of the order', async () => {
    const { order } = await paidFee();
    for (const clock of [shop.clock, shop.stripeClock]) clock.advanceMinutes(3);
    for (const job of ['read-missed-events', 'find-discrepancies', 'retry-events', 'sync-payments', 'issue-refunds']) {
      await shop.runJob(job);
    }
    expect(await view(order)).toMatchObject({
      ...{ status: 'PAID', refunds: [], fees: [{ state: 'PAID' }] },
      payments: [
        { purpose: 'ORDER', state: 'ACCEPTED' },
        { purpose: 'FEE', state: 'ACCEPTED' },
      ],
    });
  });

  test('is compared with Stripe, and staff see what is not paid there or not known', async () => {
    const { order, paymentId } = await paidFee();
    const unpaid = await stripe.paymentIntents.create({ amount: 1500, currency: 'eur' });
    const found = async (id: string) => {
      await rows('update payments set payment_intent_id = ? where order_id = ? and purpose = ?', [id, order.id, 'FEE']);
      const now = Date.now();
      const span = { from: new Date(now - 600_000), to: new Date(now + 600_000) };
      const all = await shop.services.reconciliation.findDiscrepancies(shop.orm.em.fork(), span);
      return all.filter(({ orderId }) => orderId === order.id);
    };
    expect(await found(paymentId)).toEqual([]);
    const what = (words: string) => ({ what: expect.stringContaining(words), canBeRepaired: false });
    expect(await found(unpaid.id)).toMatchObject([{ object: unpaid.id, ...what('is not paid') }]);
    expect(await found('pi_unknown')).toMatchObject([{ object: 'pi_unknown', ...what('unknown to Stripe') }]);
  });
});

describe('A link whose session Stripe rejects', () => {
  const rejected = { error: { type: 'invalid_request_error', message: 'No.' } };

  async function failed() {
    const order = await bottle();
    const { fee } = await charge(order);
    const path = '/v1/checkout/sessions';
    shop.simulator.faults.failNext({ method: 'POST', path, kind: 'status', status: 400, body: rejected });
    expect(await openLink(fee?.payPath)).toMatchObject({ status: 502 });
    expect(await view(order)).toMatchObject({ fees: [{ state: 'FAILED', payPath: fee?.payPath }] });
    expect(await waits(order)).toBe(true);
    return { order, fee: fee as FeeView };
  }

  test('can be opened again', async () => {
    const { order, fee } = await failed();
    const { url } = await openLink(fee.payPath);
    expect(await view(order)).toMatchObject({ fees: [{ state: 'ACTION_REQUIRED' }] });
    await payByCard(url, PLAIN);
    await becomes(order, { fees: [{ state: 'PAID' }] });
  });

  test('belongs to a fee that can be waived', async () => {
    const { fee } = await failed();
    expect((await waive(fee.id)).fee).toMatchObject({ state: 'WAIVED' });
  });
});

test('What is held about a customer says what a fee was charged to', async () => {
  const order = await rental();
  await charge(order);
  await charge(order, { chargeTo: 'LINK' });
  await due(order);
  const query = 'query ($id: ID!) { customerExport(buyerId: $id) { orders } }';
  type Export = { customerExport: { orders: { fees: object[] }[] } };
  const { data } = await shop.graphql<Export>(query, { id: order.buyer.id }, staff.token);
  expect(data?.customerExport.orders[0]?.fees).toMatchObject([
    { chargedTo: 'SAVED_CARD', card: { state: 'PAID', stripeCustomerId: null } },
    { chargedTo: 'LINK' },
    { chargedTo: 'SAVED_CARD', card: { state: 'SENT', stripeCustomerId: order.customer } },
  ]);
});

test.each(['DUE', 'ACTION_REQUIRED', 'FAILED'])('A buyer stays known while a fee is %s', async (state) => {
  const order = await bottle();
  const { fee } = await charge(order);
  // What was paid lately is another reason.
  shop.clock.advanceMinutes(40 * 24 * 60);
  const anonymise = async () => {
    const query = 'mutation ($id: ID!) { anonymizeCustomer(buyerId: $id) { orderCount } }';
    return (await shop.graphql(query, { id: order.buyer.id }, staff.token)).errors?.[0]?.extensions;
  };
  await rows('update fees set state = ? where id = ?', [state, fee?.id]);
  expect(await anonymise()).toMatchObject({ code: 'CUSTOMER_HAS_OPEN_ORDERS', orderIds: [order.id] });
  await rows("update fees set state = 'ACTION_REQUIRED' where id = ?", [fee?.id]);
  await waive(fee?.id ?? '');
  expect(await anonymise()).toBeUndefined();
});
