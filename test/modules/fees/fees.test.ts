/** Fees beside an order: charged once, paid by their link in one way at a time, waived without losing money. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FailPoint, onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import { submitCard } from '../../support/checkout.js';
import { eventually } from '../../support/eventually.js';
import { addEquipment, addProduct } from '../../support/shop.js';
import { shopDay } from '../../support/shop-time.js';
import { madeAtStripe, type PaidOrder, paidOrder, refundOrder, shows } from '../../support/staff-refunds.js';
import { deliver, eventId, eventOf, inboxRows } from '../../support/stripe-events.js';
import { newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const FEE = 'id kind state note payPath settledAt paymentId unitId requestedById amount { amount }';
const CHARGE = `mutation ($input: ChargeFeeInput!) { chargeFee(input: $input) { fee { ${FEE} } order { id } } }`;
const WAIVE = `mutation ($input: WaiveFeeInput!) { waiveFee(input: $input) { fee { ${FEE} } } }`;
const ORDER = `query ($id: ID!) { order(id: $id) {
  fees { ${FEE} } payments { id purpose state amount { amount } } refundStatus amountRefunded { amount }
  timeline { cause } refunds { reason state }
} }`;
const WAITING = '{ attention(kind: FEE_UNPAID, first: 100) { nodes { actions order { id } fee { id } } } }';

interface FeeView {
  id: string;
  state: string;
  payPath: string | null;
  paymentId: string | null;
}

interface OrderView {
  fees: FeeView[];
  payments: { id: string; purpose: string; state: string; amount: { amount: number } }[];
  refundStatus: string;
  amountRefunded: { amount: number };
  refunds: { reason: string; state: string }[];
  timeline: { cause: string }[];
}

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp();
  staff = await newStaff();
});
afterEach(() => {
  onFailPoint(null);
  shop.simulator.webhooks.resume();
  shop.clock.reset();
  shop.stripeClock.reset();
});
afterAll(() => shop.close());

async function charge(order: Pick<PaidOrder, 'id'>, input: object = {}, viewer = staff) {
  const whole = {
    orderId: order.id,
    kind: 'CLEANING',
    amount: 1500,
    note: 'mud',
    idempotencyKey: randomUUID(),
    ...input,
  };
  const { data, errors } = await shop.graphql<{ chargeFee: { fee: FeeView } }>(CHARGE, { input: whole }, viewer.token);
  return { fee: data?.chargeFee.fee, error: errors?.[0]?.extensions };
}

async function waive(feeId: string, note = 'goodwill') {
  const { data, errors } = await shop.graphql<{ waiveFee: { fee: FeeView } }>(
    WAIVE,
    { input: { feeId, note } },
    staff.token,
  );
  return { fee: data?.waiveFee.fee, error: errors?.[0]?.extensions };
}

async function view({ id, buyer }: PaidOrder, viewer = buyer): Promise<OrderView> {
  const { data, errors } = await shop.graphql<{ order: OrderView }>(ORDER, { id }, viewer.token);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.order;
}

async function bottle(): Promise<PaidOrder> {
  const product = await addProduct(shop.orm, { priceMinor: 1000, onHand: 10 });
  return paidOrder(shop, [{ id: product, type: 'PRODUCT' }]);
}

/** A paid order with a fee of 15 €. */
async function owing(): Promise<{ order: PaidOrder; fee: FeeView }> {
  const order = await bottle();
  const { fee, error } = await charge(order);
  if (!fee) throw new Error(JSON.stringify(error));
  return { order, fee };
}

async function openLink({ payPath }: FeeView) {
  const response = await shop.app.inject({ method: 'GET', url: payPath ?? '', headers: { host: 'shop.example' } });
  return { status: response.statusCode, url: response.headers.location ?? '', body: response.body };
}

const waiting = async ({ id }: PaidOrder) => {
  type List = { attention: { nodes: { order: { id: string }; fee: { id: string }; actions: string[] }[] } };
  const { data } = await shop.graphql<List>(WAITING, {}, staff.token);
  return data?.attention.nodes.filter(({ order }) => order.id === id) ?? [];
};

const becomes = (order: PaidOrder, expected: object) =>
  eventually(async () => expect(await view(order)).toMatchObject(expected));

describe('Staff charge a fee', () => {
  test('which the buyer pays by its link, and which is no part of what was paid for the order', async () => {
    const { order, fee } = await owing();
    expect(await waiting(order)).toMatchObject([{ fee: { id: fee.id }, actions: ['WAIVE_FEE'] }]);
    const { status, url } = await openLink(fee);
    expect(status).toBe(303);
    await submitCard(url, '4242424242424242');
    await becomes(order, { fees: [{ state: 'PAID', settledAt: expect.any(String), payPath: null }] });
    const { payments, fees, timeline } = await view(order);
    expect(payments).toMatchObject([
      { purpose: 'ORDER', amount: { amount: 1000 } },
      { id: fees[0]?.paymentId, purpose: 'FEE', state: 'ACCEPTED', amount: { amount: 1500 } },
    ]);
    expect(timeline.map(({ cause }) => cause)).toEqual(expect.arrayContaining(['FEE_CHARGED', 'FEE_PAID']));
    expect(await waiting(order)).toEqual([]);
    expect(await openLink(fee)).toMatchObject({ status: 200, body: expect.stringContaining('It is paid') });
    // Its money goes back as any other, and the order is not refunded by that.
    await refundOrder(shop, staff, { orderId: order.id, paymentId: fees[0]?.paymentId, amount: 1500 });
    await shows(shop, staff, order.id, { refunds: [{ state: 'SUCCEEDED' }], refundStatus: 'NONE' });
    expect(await view(order)).toMatchObject({ amountRefunded: { amount: 0 } });
  });

  test('once for a key, and shown to the buyer without the words of staff', async () => {
    const order = await bottle();
    const key = { idempotencyKey: randomUUID() };
    const all = await Promise.all(Array.from({ length: 5 }, () => charge(order, key)));
    expect(new Set(all.map(({ fee }) => fee?.id)).size).toBe(1);
    expect((await charge(order, { ...key, amount: 1600 })).error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect((await view(order)).fees).toMatchObject([{ note: null, requestedById: null, amount: { amount: 1500 } }]);
    expect((await view(order, staff)).fees).toMatchObject([{ note: 'mud', requestedById: staff.id }]);
  });

  test('for a late unit once, unless the fee was waived', async () => {
    const equipment = await addEquipment(shop.orm, { units: 1 });
    const rental = { id: equipment, type: 'EQUIPMENT' as const, startDate: shopDay() };
    const order = await paidOrder(shop, [rental]);
    const [unit] = await shop.orm.em
      .fork()
      .execute<{ id: number }[]>('select id from equipment_units where equipment_id = ?', [equipment]);
    const late = { kind: 'LATE', unitId: String(unit?.id) };
    expect((await charge(order, late)).error).toMatchObject({
      code: 'NOT_FOUND',
      fields: { unitId: expect.any(String) },
    });
    const pickUp = 'mutation ($id: ID!) { markPickedUp(input: { orderLineId: $id }) { line { id } } }';
    await shop.graphql(pickUp, { id: order.lines[0] }, staff.token);
    const { fee } = await charge(order, late);
    expect(fee).toMatchObject({ kind: 'LATE', unitId: late.unitId });
    expect((await charge(order, late)).error).toMatchObject({
      code: 'FEE_ALREADY_CHARGED',
      fields: { unitId: expect.any(String) },
    });
    expect((await waive(fee?.id ?? '')).fee).toMatchObject({ state: 'WAIVED' });
    expect((await charge(order, late)).error).toBeUndefined();
  });

  test('not of nothing, of too little, too much, for a stranger’s order, nor for one that is not paid', async () => {
    const order = await bottle();
    for (const amount of [0, 49, 100_000_000]) {
      expect((await charge(order, { amount })).error).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: { amount: expect.any(String) },
      });
    }
    expect((await charge({ id: randomUUID() })).error).toMatchObject({ code: 'NOT_FOUND' });
    expect((await charge(order, {}, order.buyer)).error).toMatchObject({ code: 'FORBIDDEN' });
    expect((await charge(order, { unitId: '1' })).error).toMatchObject({ fields: { unitId: 'is of late fees only' } });
    expect((await charge(order, { kind: 'LATE' })).error).toMatchObject({ fields: { unitId: expect.any(String) } });
    await shop.orm.em.fork().execute("update orders set status = 'EXPIRED' where id = ?", [order.id]);
    expect((await charge(order)).error).toMatchObject({ fields: { orderId: 'is an order that is EXPIRED' } });
  });
});

describe('For a unit that came back late,', () => {
  const PROPOSED = `{ attention(kind: LATE_FEE_PROPOSED, first: 100) { nodes {
    dueAt actions order { id } lateFee { unitId days amount { amount } }
  } } }`;
  const DISMISS = 'mutation ($input: DismissLateFeeInput!) { dismissLateFee(input: $input) { fee { kind state } } }';

  async function lateBy(days: number) {
    const equipment = await addEquipment(shop.orm, { units: 1, pricePerDayMinor: 1200 });
    const order = await paidOrder(shop, [{ id: equipment, type: 'EQUIPMENT', startDate: shopDay() }]);
    for (const mutation of ['markPickedUp', 'markReturned']) {
      const document = `mutation ($id: ID!) { ${mutation}(input: { orderLineId: $id }) { line { id } } }`;
      expect((await shop.graphql(document, { id: order.lines[0] }, staff.token)).errors).toBeUndefined();
      if (mutation === 'markPickedUp') shop.clock.advanceMinutes(days * 24 * 60);
    }
    return order;
  }

  async function proposedFor({ id }: PaidOrder) {
    type Late = { order: { id: string }; lateFee: { unitId: string; days: number } };
    const { data } = await shop.graphql<{ attention: { nodes: Late[] } }>(PROPOSED, {}, staff.token);
    return data?.attention.nodes.filter(({ order }) => order.id === id) ?? [];
  }

  test('the daily price of each day is proposed, until staff charge something', async () => {
    const order = await lateBy(3);
    const [proposed] = await proposedFor(order);
    expect(proposed).toMatchObject({
      actions: ['CHARGE_FEE', 'DISMISS_LATE_FEE'],
      lateFee: { days: 3, amount: { amount: 3600 } },
    });
    await charge(order, { kind: 'LATE', amount: 2000, unitId: proposed?.lateFee.unitId });
    expect(await proposedFor(order)).toEqual([]);
    expect((await view(order)).fees).toMatchObject([{ kind: 'LATE', amount: { amount: 2000 } }]);
  });

  test('or say that it costs nothing', async () => {
    const inTime = await lateBy(0);
    const order = await lateBy(1);
    const unitId = (await proposedFor(order))[0]?.lateFee.unitId ?? '';
    const input = { orderId: order.id, unitId, note: 'a strike' };
    const { data } = await shop.graphql(DISMISS, { input }, staff.token);
    expect(data).toEqual({ dismissLateFee: { fee: { kind: 'LATE', state: 'WAIVED' } } });
    expect(await proposedFor(order)).toEqual([]);
    await shop.graphql(DISMISS, { input }, staff.token);
    expect((await view(order)).fees).toHaveLength(1);
    const wrong = { ...input, orderId: inTime.id };
    expect((await shop.graphql(DISMISS, { input: wrong }, staff.token)).errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { unitId: expect.any(String) },
    });
    const unknown = await shop.graphql(DISMISS, { input: { ...input, orderId: 'x' } }, staff.token);
    expect(unknown.errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('or a month has passed; one that came back in time is not proposed', async () => {
    expect(await proposedFor(await lateBy(0))).toEqual([]);
    const order = await lateBy(2);
    shop.clock.advanceMinutes(30 * 24 * 60);
    expect(await proposedFor(order)).toHaveLength(1);
    shop.clock.advanceMinutes(24 * 60);
    expect(await proposedFor(order)).toEqual([]);
  });
});

describe('The link', () => {
  test('leads to the same session while that can be paid, and to another once it is over', async () => {
    const { order, fee } = await owing();
    const opened = await Promise.all(Array.from({ length: 4 }, () => openLink(fee)));
    expect(new Set(opened.map(({ url }) => url)).size).toBe(1);
    shop.clock.advanceMinutes(61);
    shop.stripeClock.advanceMinutes(61);
    const later = await openLink(fee);
    expect(later).toMatchObject({ status: 303, url: expect.not.stringMatching(opened[0]?.url ?? '') });
    await submitCard(later.url, '4242424242424242');
    // With clocks that were moved, events come too late to be taken.
    shop.clock.advanceMinutes(62);
    await shop.runJob('settle-fees');
    expect(await view(order)).toMatchObject({ fees: [{ state: 'PAID' }] });
  });

  test('leads two people to the same new session, however their requests meet', async () => {
    const { fee } = await owing();
    await openLink(fee);
    shop.clock.advanceMinutes(61);
    shop.stripeClock.advanceMinutes(61);
    let other: Awaited<ReturnType<typeof openLink>> | null = null;
    onFailPoint(async (name) => {
      if (name !== 'fee: Stripe answered' || other !== null) return;
      onFailPoint(null);
      // The session that is over ends here as well, and another is made before the first request goes on.
      other = await openLink(fee);
    });
    const first = await openLink(fee);
    expect(first).toMatchObject({ status: 303 });
    expect(first.url).toBe((other as { url: string } | null)?.url);
  });

  test('keeps nothing of the buyer once Stripe has answered', async () => {
    const { order, fee } = await owing();
    await openLink(fee);
    const rows = await shop.orm.em
      .fork()
      .execute('select s.state, s.request from fee_sessions s join fees f on f.id = s.fee_id where f.order_id = ?', [
        order.id,
      ]);
    expect(rows).toEqual([{ state: 'OPEN', request: {} }]);
  });

  test('that nobody was given says no more than that', async () => {
    const body = expect.stringContaining('not valid');
    expect(
      await openLink({ payPath: '/api/pay/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' } as FeeView),
    ).toMatchObject({
      status: 404,
      body,
    });
    expect(await openLink({ payPath: '/api/pay/%00' } as FeeView)).toMatchObject({ status: 404, body });
  });

  test('is not written to the log', async () => {
    const { fee } = await owing();
    await openLink(fee);
    const token = fee.payPath?.split('/').at(-1) ?? 'none';
    expect(shop.log.filter((line) => line.includes('/api/pay/'))).not.toEqual([]);
    expect(shop.log.filter((line) => line.includes(token))).toEqual([]);
  });

  test('says so while Stripe does not respond, and leads on once it does', async () => {
    const { fee } = await owing();
    const path = '/v1/checkout/sessions';
    shop.simulator.faults.failNext({ method: 'POST', path, kind: 'status', status: 401 });
    expect(await openLink(fee)).toMatchObject({ status: 503, body: expect.stringContaining('not possible') });
    expect(await openLink(fee)).toMatchObject({ status: 303 });
  });
});

const points: FailPoint[] = ['fee: session stored', 'fee: Stripe answered'];

test.each(points)('A process that dies at “%s” leaves one way to pay', async (point) => {
  const { order, fee } = await owing();
  onFailPoint((name) => {
    if (name === point) throw new Error('the process died');
  });
  expect((await openLink(fee)).status).toBe(500);
  onFailPoint(null);
  const { url } = await openLink(fee);
  const { data } = await stripeOf(shop).checkout.sessions.list({ limit: 10 });
  expect(data.filter(({ metadata }) => metadata?.order_id === order.id && metadata.purpose === 'fee')).toHaveLength(1);
  await submitCard(url, '4242424242424242');
  await becomes(order, { fees: [{ state: 'PAID' }] });
});

describe('A fee is waived', () => {
  test('and can no longer be paid', async () => {
    const { order, fee } = await owing();
    const { url } = await openLink(fee);
    expect((await waive(fee.id)).fee).toMatchObject({ state: 'WAIVED', payPath: null });
    expect((await waive(fee.id)).fee).toMatchObject({ state: 'WAIVED' });
    await submitCard(url, '4242424242424242');
    const sessions = await stripeOf(shop).checkout.sessions.list({ limit: 10 });
    const own = sessions.data.filter(({ metadata }) => metadata?.order_id === order.id && metadata.purpose === 'fee');
    expect(own).toMatchObject([{ status: 'expired', payment_status: 'unpaid' }]);
    expect(await openLink(fee)).toMatchObject({ status: 200, body: expect.stringContaining('nothing left to pay') });
    expect((await view(order)).timeline.filter(({ cause }) => cause === 'FEE_WAIVED')).toHaveLength(1);
  });

  test('not once it is paid', async () => {
    const { order, fee } = await owing();
    await submitCard((await openLink(fee)).url, '4242424242424242');
    await becomes(order, { fees: [{ state: 'PAID' }] });
    expect((await waive(fee.id)).error).toMatchObject({
      code: 'FEE_NOT_WAIVABLE',
      fields: { feeId: expect.any(String) },
    });
    expect((await waive('x')).error).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('and a payment that was faster goes back by itself', async () => {
    const { order, fee } = await owing();
    shop.simulator.webhooks.pause();
    await submitCard((await openLink(fee)).url, '4242424242424242');
    expect((await waive(fee.id)).fee).toMatchObject({ state: 'WAIVED' });
    await shows(shop, staff, order.id, { refunds: [{ reason: 'FEE_WAIVED', state: 'SUCCEEDED' }] });
    const { payments } = await view(order);
    expect(payments).toMatchObject([
      { purpose: 'ORDER', state: 'ACCEPTED' },
      { purpose: 'FEE', state: 'RETURNED' },
    ]);
    expect(await madeAtStripe(shop, { ...order, paymentIntent: payments[1]?.id ?? '' })).toHaveLength(1);
    expect(await madeAtStripe(shop, order)).toEqual([]);
  });

  test('later, where Stripe does not respond at once', async () => {
    const { order, fee } = await owing();
    const { url } = await openLink(fee);
    shop.simulator.faults.failNext({ method: 'POST', path: new URL(url).pathname, kind: 'status', status: 401 });
    const { id } = (await stripeOf(shop).checkout.sessions.list({ limit: 1 })).data[0] ?? { id: '' };
    shop.simulator.faults.failNext({
      method: 'POST',
      path: `/v1/checkout/sessions/${id}/expire`,
      kind: 'status',
      status: 401,
    });
    expect((await waive(fee.id)).error).toMatchObject({ code: 'PAYMENT_PROVIDER_UNAVAILABLE' });
    expect(await view(order)).toMatchObject({ fees: [{ state: 'ACTION_REQUIRED', payPath: null }] });
    shop.clock.advanceMinutes(2);
    await shop.runJob('settle-fees');
    expect(await view(order)).toMatchObject({ fees: [{ state: 'WAIVED' }] });
  });
});

describe('A payment that no event reported', () => {
  test('is found by the job once the session is over', async () => {
    const { order, fee } = await owing();
    shop.simulator.webhooks.pause();
    await submitCard((await openLink(fee)).url, '4242424242424242');
    shop.clock.advanceMinutes(62);
    await shop.runJob('settle-fees');
    expect(await view(order)).toMatchObject({ fees: [{ state: 'PAID' }] });
  });

  test('of a fee that is not known waits for a person', async () => {
    const { order, fee } = await owing();
    shop.simulator.webhooks.pause();
    await submitCard((await openLink(fee)).url, '4242424242424242');
    const sessions = (await stripeOf(shop).checkout.sessions.list({ limit: 10 })).data;
    const session = sessions.find(({ metadata }) => metadata?.order_id === order.id && metadata.purpose === 'fee');
    const id = eventId();
    const metadata = { ...session?.metadata, row_id: randomUUID() };
    await deliver(shop, eventOf('checkout.session.completed', { ...session, metadata }, { id }));
    expect(await inboxRows(shop, id)).toMatchObject([
      { state: 'FAILED', error: expect.stringContaining('pays a fee') },
    ]);
    expect(await view(order)).toMatchObject({ fees: [{ state: 'ACTION_REQUIRED' }] });
  });

  test('is found by comparing with Stripe', async () => {
    const { order, fee } = await owing();
    shop.simulator.webhooks.pause();
    await submitCard((await openLink(fee)).url, '4242424242424242');
    shop.clock.advanceMinutes(3);
    shop.stripeClock.advanceMinutes(3);
    await shop.runJob('find-discrepancies');
    expect(await view(order)).toMatchObject({ fees: [{ state: 'PAID' }] });
  });
});
