/** Deposits: held before units leave, renewed while they are out, captured once, and released. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ASKING_CARD,
  at,
  captureDeposit,
  chargeOf,
  depositOf,
  depositOrder,
  holdsAtStripe,
  lookAfter,
  openLink,
  payByCard,
  pickUp,
  type Rental,
  releaseDeposit,
  rent,
  takeBack,
  waitingFor,
} from '../../support/deposits.js';
import { eventually } from '../../support/eventually.js';
import { refundOrder, shows } from '../../support/staff-refunds.js';
import { newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const NOON = '2026-12-01T11:00:00Z';
const TODAY = '2026-12-01';

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp({ DEPOSITS: 'on' }, { startsAt: NOON });
  staff = await newStaff();
});
afterEach(() => {
  shop.clock.reset();
  shop.stripeClock.reset();
  shop.simulator.faults.clear();
});
afterAll(() => shop.close());

/** A rental of today, whose deposit is held by the job that its payment requests. */
async function held(wish: { quantity?: number; days?: number } = {}): Promise<Rental> {
  const rental = await rent(shop, { startDate: TODAY, ...wish });
  await eventually(async () => expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' }));
  return rental;
}

/** A rental of today, whose buyer's bank wants to ask them. */
async function refused(): Promise<Rental> {
  const rental = await rent(shop, { startDate: TODAY, card: ASKING_CARD });
  await eventually(async () => expect(await depositOf(shop, rental)).toMatchObject({ state: 'ACTION_REQUIRED' }));
  return rental;
}

const causesOf = async ({ orderId }: Rental) =>
  (await depositOrder(shop, orderId, staff)).timeline.map(({ cause }) => cause);

const statusesAtStripe = async (rental: Rental) => (await holdsAtStripe(shop, rental)).map(({ status }) => status);

const kindsFor = async (rental: Rental) => (await waitingFor(shop, staff, rental)).map(({ kind }) => kind);

describe('A deposit', () => {
  test('is held the evening before its rental, and released a day after everything is back', async () => {
    const rental = await rent(shop, { startDate: '2026-12-03', quantity: 2 });
    expect(await depositOf(shop, rental)).toMatchObject({
      ...{ state: 'SCHEDULED', startDate: '2026-12-03', amount: { amount: 40_000 }, amountHeld: null },
      ...{ heldUntil: null, payPath: null, capture: null },
    });
    at(shop, '2026-12-02T16:59:00Z');
    await lookAfter(shop);
    expect(await holdsAtStripe(shop, rental)).toEqual([]);
    at(shop, '2026-12-02T17:01:00Z');
    await lookAfter(shop);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED', amountHeld: { amount: 40_000 } });
    expect(await holdsAtStripe(shop, rental)).toMatchObject([{ status: 'requires_capture', amount: 40_000 }]);
    at(shop, '2026-12-03T08:00:00Z');
    expect(await pickUp(shop, staff, rental)).toBeUndefined();
    at(shop, '2026-12-05T15:00:00Z');
    expect(await takeBack(shop, staff, rental)).toBeUndefined();
    await lookAfter(shop);
    at(shop, '2026-12-06T14:59:00Z');
    await lookAfter(shop);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' });
    at(shop, '2026-12-06T15:01:00Z');
    await lookAfter(shop);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'RELEASED', settledAt: expect.any(String) });
    expect(await statusesAtStripe(rental)).toEqual(['canceled']);
    expect(await causesOf(rental)).toEqual(expect.arrayContaining(['DEPOSIT_HELD', 'DEPOSIT_RELEASED']));
    // It never was a payment.
    expect((await depositOrder(shop, rental.orderId, staff)).payments).toMatchObject([{ purpose: 'ORDER' }]);
  });

  test('is held at once where the rental starts today, and units do not leave before', async () => {
    shop.simulator.faults.failNext({ method: 'POST', path: '/v1/payment_intents', kind: 'status', status: 401 });
    const rental = await rent(shop, { startDate: TODAY });
    expect(await pickUp(shop, staff, rental)).toMatchObject({
      code: 'DEPOSIT_NOT_HELD',
      fields: { withoutDeposit: expect.any(String) },
    });
    await eventually(() => expect(shop.log.join()).toContain('A deposit could not be looked after'));
    expect(await kindsFor(rental)).toEqual([]);
    // What fails for an hour waits for a person, too.
    shop.simulator.faults.failNext({ method: 'POST', path: '/v1/payment_intents', kind: 'status', status: 401 });
    shop.clock.advanceMinutes(62);
    await lookAfter(shop);
    expect(await kindsFor(rental)).toEqual(['DEPOSIT_ACTION_REQUIRED']);
    shop.clock.advanceMinutes(2);
    await lookAfter(shop);
    expect(await kindsFor(rental)).toEqual([]);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' });
    expect(await pickUp(shop, staff, rental)).toBeUndefined();
    expect(await statusesAtStripe(rental)).toEqual(['requires_capture']);
  });

  test('that is to be released does not count, although Stripe does not respond', async () => {
    const rental = await held();
    const [hold] = await holdsAtStripe(shop, rental);
    const path = `/v1/payment_intents/${hold?.id}/cancel`;
    shop.simulator.faults.failNext(
      { method: 'POST', path, kind: 'status', status: 401 },
      { method: 'POST', path, kind: 'status', status: 401 },
    );
    expect((await releaseDeposit(shop, staff, rental)).error).toMatchObject({ code: 'PAYMENT_PROVIDER_UNAVAILABLE' });
    expect(await pickUp(shop, staff, rental)).toMatchObject({ code: 'DEPOSIT_NOT_HELD' });
  });

  test('is not needed where staff say why, which the timeline keeps', async () => {
    const rental = await refused();
    expect(await pickUp(shop, staff, rental, { withoutDeposit: '' })).toMatchObject({ code: 'DEPOSIT_NOT_HELD' });
    expect(await pickUp(shop, staff, rental, { withoutDeposit: 'paid in cash' })).toBeUndefined();
    const { timeline } = await depositOrder(shop, rental.orderId, staff);
    expect(timeline.find(({ cause }) => cause === 'UNIT_PICKED_UP')?.note).toContain('paid in cash');
  });

  test('is one for each first day of an order', async () => {
    const rental = await rent(shop, { startDate: '2026-12-03' });
    expect(await depositOf(shop, rental)).toMatchObject({ amount: { amount: 20_000 } });
    expect((await depositOrder(shop, rental.orderId, staff)).deposits).toHaveLength(1);
  });

  test('is renewed a day before it would expire: the new sum is held first, and only then the old one released', async () => {
    const rental = await rent(shop, { startDate: '2026-12-03', days: 20, quantity: 2 });
    at(shop, '2026-12-02T18:00:00Z');
    await lookAfter(shop);
    const { heldUntil } = await depositOf(shop, rental);
    // Visa, without the buyer: four days and eighteen hours.
    expect(heldUntil).toMatch(/^2026-12-07T12:0/);
    at(shop, '2026-12-06T11:50:00Z');
    await lookAfter(shop);
    expect(await statusesAtStripe(rental)).toEqual(['requires_capture']);
    at(shop, '2026-12-06T12:10:00Z');
    await lookAfter(shop);
    expect(await statusesAtStripe(rental)).toEqual(['canceled', 'requires_capture']);
    const order = shop.simulator.requests().filter(({ method, path }) => method === 'POST' && isOfHold(path));
    expect(order.slice(-2).map(({ path }) => path.replace(/pi_\w+/, ''))).toEqual([
      '/v1/payment_intents',
      '/v1/payment_intents//cancel',
    ]);
    expect(await depositOf(shop, rental)).toMatchObject({
      ...{ state: 'AUTHORIZED', heldUntil: expect.stringMatching(/^2026-12-11T06:1/) },
    });
    expect(await kindsFor(rental)).toEqual([]);
  });

  test('is renewed for what is still out', async () => {
    const rental = await rent(shop, { startDate: '2026-12-03', days: 20, quantity: 2 });
    at(shop, '2026-12-03T08:00:00Z');
    await lookAfter(shop);
    await pickUp(shop, staff, rental);
    const units = await unitsOf(rental);
    await takeBack(shop, staff, rental, { unitIds: [units[0]] });
    at(shop, '2026-12-07T09:00:00Z');
    await lookAfter(shop);
    expect(await depositOf(shop, rental)).toMatchObject({ amount: { amount: 40_000 }, amountHeld: { amount: 20_000 } });
  });

  test('stays held when it cannot be renewed, staff are told, and the buyer can do it by its link', async () => {
    const rental = await rent(shop, { startDate: '2026-12-03', days: 20 });
    at(shop, '2026-12-02T18:00:00Z');
    await lookAfter(shop);
    const [first] = await holdsAtStripe(shop, rental);
    shop.simulator.dashboard.detachPaymentMethod(String(first?.payment_method));
    at(shop, '2026-12-06T12:10:00Z');
    await lookAfter(shop);
    const deposit = await depositOf(shop, rental, staff);
    expect(deposit).toMatchObject({ state: 'AUTHORIZED', refusal: 'card_unusable', payPath: expect.any(String) });
    expect(await waitingFor(shop, staff, rental)).toMatchObject([
      { kind: 'DEPOSIT_EXPIRING', dueAt: deposit.heldUntil, deposit: { id: deposit.id } },
    ]);
    // Not asked again and again.
    await lookAfter(shop);
    expect(await statusesAtStripe(rental)).toEqual(['requires_capture']);
    at(shop, '2026-12-07T12:00:00Z');
    await lookAfter(shop);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'EXPIRED' });
    await payByCard((await openLink(shop, deposit.payPath)).url, '4242424242424242');
    expect(await openLink(shop, deposit.payPath)).toMatchObject({ status: 200, body: expect.stringContaining('held') });
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED', payPath: null });
    expect((await statusesAtStripe(rental)).filter((status) => status === 'requires_capture')).toHaveLength(1);
    expect(await kindsFor(rental)).toEqual([]);
  });

  test('that is about to go does not count, also before a job has seen it', async () => {
    const rental = await held({ days: 10 });
    const { heldUntil } = await depositOf(shop, rental);
    const minutesBefore = (minutes: number) =>
      at(shop, new Date(Date.parse(String(heldUntil)) - minutes * 60_000).toISOString());
    minutesBefore(59);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'EXPIRED' });
    expect(await pickUp(shop, staff, rental)).toMatchObject({ code: 'DEPOSIT_NOT_HELD' });
    minutesBefore(65);
    expect(await pickUp(shop, staff, rental)).toBeUndefined();
  });

  test('is released where what is left of it is too little to be held', async () => {
    const rental = await rent(shop, { startDate: '2026-12-03', quantity: 2, depositMinor: 40 });
    const input = { lineId: rental.lineId, quantity: 1, note: 'broken', idempotencyKey: randomUUID() };
    const release = 'mutation ($input: ReleaseLineInput!) { releaseLine(input: $input) { line { id } } }';
    expect((await shop.graphql(release, { input }, staff.token)).errors).toBeUndefined();
    at(shop, '2026-12-02T18:00:00Z');
    await lookAfter(shop);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'RELEASED', amount: { amount: 80 } });
    expect(await holdsAtStripe(shop, rental)).toEqual([]);
    expect(shop.log.join()).not.toContain('A deposit took more steps than it should');
  });

  test('is released when its goods are freed, and when nobody has fetched them', async () => {
    const [freed, unfetched] = [await held(), await held()];
    const input = { lineId: freed.lineId, quantity: 1, note: 'broken', idempotencyKey: randomUUID() };
    const release = 'mutation ($input: ReleaseLineInput!) { releaseLine(input: $input) { line { id } } }';
    expect((await shop.graphql(release, { input }, staff.token)).errors).toBeUndefined();
    await lookAfter(shop);
    expect(await depositOf(shop, freed)).toMatchObject({ state: 'RELEASED' });
    expect(await depositOf(shop, unfetched)).toMatchObject({ state: 'AUTHORIZED' });
    // Its last day was the third.
    at(shop, '2026-12-04T09:00:00Z');
    await lookAfter(shop);
    expect(await depositOf(shop, unfetched)).toMatchObject({ state: 'RELEASED' });
    expect(await statusesAtStripe(unfetched)).toEqual(['canceled']);
  });

  test('is there also where a version that knows none took the payment', async () => {
    const rental = await rent(shop, { startDate: '2026-12-03' });
    await shop.orm.em.fork().execute('delete from deposits where order_id = ?', [rental.orderId]);
    await lookAfter(shop);
    await lookAfter(shop);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'SCHEDULED', amount: { amount: 20_000 } });
  });

  test('of nothing that Stripe could hold is none', async () => {
    const rental = await rent(shop, { startDate: TODAY, depositMinor: 10 });
    expect((await depositOrder(shop, rental.orderId, staff)).deposits).toEqual([]);
    expect(await pickUp(shop, staff, rental)).toBeUndefined();
  });
});

describe('The link of a deposit', () => {
  test('leads the buyer to a page that holds the sum, and says so afterwards', async () => {
    const rental = await refused();
    const { payPath, id } = await depositOf(shop, rental);
    expect(await waitingFor(shop, staff, rental)).toMatchObject([
      {
        ...{ kind: 'DEPOSIT_ACTION_REQUIRED', deposit: { id }, actions: ['RELEASE_DEPOSIT', 'MARK_PICKED_UP'] },
        // The first day begins in Paris.
        dueAt: '2026-11-30T23:00:00.000Z',
      },
    ]);
    const opened = await Promise.all(Array.from({ length: 4 }, () => openLink(shop, payPath)));
    expect(new Set(opened.map(({ status, url }) => `${status} ${url}`)).size).toBe(1);
    await payByCard(opened[0]?.url ?? '', ASKING_CARD);
    await eventually(async () => expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' }));
    expect(await openLink(shop, payPath)).toMatchObject({
      status: 200,
      body: expect.stringContaining('deposit is held'),
    });
    expect(await statusesAtStripe(rental)).toEqual(['canceled', 'requires_capture']);
    expect(await kindsFor(rental)).toEqual([]);
    expect(await pickUp(shop, staff, rental)).toBeUndefined();
    const { payments, timeline } = await depositOrder(shop, rental.orderId, staff);
    expect(payments).toHaveLength(1);
    expect(timeline).toContainEqual(
      expect.objectContaining({ cause: 'DEPOSIT_REFUSED', note: 'authentication_required' }),
    );
  });

  test('opens another page once the one before is over', async () => {
    const rental = await refused();
    const { payPath } = await depositOf(shop, rental);
    const first = await openLink(shop, payPath);
    shop.clock.advanceMinutes(61);
    shop.stripeClock.advanceMinutes(61);
    const second = await openLink(shop, payPath);
    expect(second).toMatchObject({ status: 303, url: expect.not.stringMatching(first.url) });
  });

  test('is the buyer’s and staff’s to see, and leads nowhere once the deposit is released', async () => {
    const rental = await refused();
    const { payPath } = await depositOf(shop, rental, staff);
    const { url } = await openLink(shop, payPath);
    expect(await releaseDeposit(shop, staff, rental)).toMatchObject({ deposit: { state: 'RELEASED', payPath: null } });
    expect(await openLink(shop, payPath)).toMatchObject({ status: 200, body: expect.stringContaining('nothing left') });
    const session = await stripeOf(shop).checkout.sessions.retrieve(url.split('/').at(-1) ?? '');
    expect(session.status).toBe('expired');
  });

  test('says that paying failed where Stripe rejects its page, and works again later', async () => {
    const rental = await refused();
    const { payPath } = await depositOf(shop, rental);
    shop.simulator.faults.failNext({ method: 'POST', path: '/v1/checkout/sessions', kind: 'status', status: 400 });
    expect(await openLink(shop, payPath)).toMatchObject({ status: 502 });
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'FAILED' });
    expect(await kindsFor(rental)).toEqual(['DEPOSIT_ACTION_REQUIRED']);
    expect(await openLink(shop, payPath)).toMatchObject({ status: 303 });
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'ACTION_REQUIRED' });
  });

  test('is needed where customer or card were deleted since', async () => {
    const rental = await rent(shop, { startDate: '2026-12-03' });
    const { checkoutSessionId } = await sessionOf(rental);
    const { customer } = await stripeOf(shop).checkout.sessions.retrieve(checkoutSessionId);
    shop.simulator.dashboard.deleteCustomer(String(customer));
    at(shop, '2026-12-02T18:00:00Z');
    await lookAfter(shop);
    const { payPath, state } = await depositOf(shop, rental);
    expect(state).toBe('ACTION_REQUIRED');
    await payByCard((await openLink(shop, payPath)).url, '4242424242424242');
    expect(await openLink(shop, payPath)).toMatchObject({ status: 200 });
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' });
  });
});

describe('What is damaged', () => {
  test('is captured in part, once: the rest is released, and the money can be refunded', async () => {
    const rental = await held();
    await pickUp(shop, staff, rental);
    await takeBack(shop, staff, rental);
    const key = { idempotencyKey: randomUUID() };
    const all = await Promise.all(Array.from({ length: 4 }, () => captureDeposit(shop, staff, rental, key)));
    expect(all.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined]);
    expect(await depositOf(shop, rental, staff)).toMatchObject({
      ...{ state: 'CAPTURED', amountCaptured: { amount: 5_000 }, amountHeld: null },
      capture: { state: 'DONE', note: 'a dent', requestedById: staff.id, amount: { amount: 5_000 } },
    });
    expect((await depositOf(shop, rental)).capture).toMatchObject({ note: null, requestedById: null });
    expect(await holdsAtStripe(shop, rental)).toMatchObject([{ status: 'succeeded', amount_received: 5_000 }]);
    const { payments, refunds } = await depositOrder(shop, rental.orderId, staff);
    expect(payments).toMatchObject([
      { purpose: 'ORDER' },
      { purpose: 'DEPOSIT', state: 'ACCEPTED', amount: { amount: 5_000 } },
    ]);
    expect(refunds).toEqual([]);
    const { paymentId } = await depositOf(shop, rental);
    await refundOrder(shop, staff, { orderId: rental.orderId, paymentId, amount: 2_000 });
    await shows(shop, staff, rental.orderId, { refunds: [{ state: 'SUCCEEDED' }], refundStatus: 'NONE' });
  });

  test('is not captured twice, above what is held, or after its release', async () => {
    const rental = await held();
    const above = await captureDeposit(shop, staff, rental, { amount: 20_001 });
    expect(above.error).toMatchObject({
      ...{ code: 'CAPTURE_EXCEEDS_DEPOSIT', held: { amount: 20_000, currency: 'EUR' } },
      fields: { amount: expect.any(String) },
    });
    const key = { idempotencyKey: randomUUID() };
    await captureDeposit(shop, staff, rental, key);
    const other = await captureDeposit(shop, staff, rental, { ...key, amount: 6_000 });
    expect(other.error).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', fields: { idempotencyKey: expect.any(String) } });
    const again = await captureDeposit(shop, staff, rental);
    expect(again.error).toMatchObject({ code: 'DEPOSIT_ALREADY_CAPTURED', fields: { orderId: expect.any(String) } });
    expect((await releaseDeposit(shop, staff, rental)).error).toMatchObject({ code: 'DEPOSIT_ALREADY_CAPTURED' });
    const released = await held();
    await releaseDeposit(shop, staff, released);
    const late = await captureDeposit(shop, staff, released);
    expect(late.error).toMatchObject({ code: 'DEPOSIT_NOT_HELD', fields: { orderId: expect.any(String) } });
    expect(await holdsAtStripe(shop, released)).toMatchObject([{ status: 'canceled', amount_received: 0 }]);
  });

  test.each([
    ['an order that is none', { orderId: randomUUID() }, 'NOT_FOUND', 'orderId'],
    ['an order that is no id', { orderId: 'x' }, 'NOT_FOUND', 'orderId'],
    ['a deposit of another order', { depositId: randomUUID() }, 'NOT_FOUND', 'depositId'],
    ['nothing', { amount: 0 }, 'BAD_USER_INPUT', 'input.amount'],
    ['less than nothing', { amount: -1 }, 'BAD_USER_INPUT', 'input.amount'],
  ])('is refused for %s', async (_, input, code, field) => {
    const rental = await rent(shop, { startDate: '2026-12-03' });
    const { error } = await captureDeposit(shop, staff, rental, input);
    expect(error).toMatchObject({ code, fields: { [field.replace('input.', '')]: expect.any(String) } });
    expect(await holdsAtStripe(shop, rental)).toEqual([]);
  });

  test('can be tried again where Stripe rejected it while the sum is held', async () => {
    const rental = await held();
    const [hold] = await holdsAtStripe(shop, rental);
    const path = `/v1/payment_intents/${hold?.id}/capture`;
    // The request, and the job that it asks for, are at work at once.
    const rejection = { method: 'POST', path, kind: 'status', status: 400 } as const;
    shop.simulator.faults.failNext(rejection, rejection, rejection);
    await captureDeposit(shop, staff, rental);
    await eventually(async () =>
      expect(await depositOf(shop, rental, staff)).toMatchObject({ state: 'AUTHORIZED', capture: { state: 'FAILED' } }),
    );
    await lookAfter(shop);
    shop.simulator.faults.clear();
    expect(await kindsFor(rental)).toEqual(['DEPOSIT_EXPIRING']);
    expect(await captureDeposit(shop, staff, rental)).toMatchObject({
      deposit: { state: 'CAPTURED', capture: { state: 'DONE' } },
    });
  });

  test('costs a fee instead where the bank has let go of the sum: staff are told', async () => {
    const rental = await held();
    await pickUp(shop, staff, rental);
    await takeBack(shop, staff, rental);
    shop.simulator.bank.loseHold(await chargeOf(shop, rental));
    expect(await captureDeposit(shop, staff, rental)).toMatchObject({
      deposit: { state: 'EXPIRED', capture: { state: 'FAILED' }, amountCaptured: { amount: 0 } },
    });
    expect(await waitingFor(shop, staff, rental)).toMatchObject([
      { kind: 'DEPOSIT_EXPIRING', actions: expect.arrayContaining(['CHARGE_FEE']) },
    ]);
    await releaseDeposit(shop, staff, rental);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'RELEASED' });
    expect(await kindsFor(rental)).toEqual([]);
  });
});

describe('A capture that failed', () => {
  test('does not stand in the way of the next one, whichever clock is behind', async () => {
    const rental = await held();
    await pickUp(shop, staff, rental);
    shop.simulator.bank.loseHold(await chargeOf(shop, rental));
    at(shop, '2026-12-01T11:30:00Z');
    // The unit is out: the sum is held again.
    expect(await captureDeposit(shop, staff, rental)).toMatchObject({
      deposit: { state: 'AUTHORIZED', capture: { state: 'FAILED' } },
    });
    at(shop, '2026-12-01T11:29:00Z');
    expect(await captureDeposit(shop, staff, rental)).toMatchObject({
      deposit: { state: 'CAPTURED', capture: { state: 'DONE' }, amountCaptured: { amount: 5_000 } },
    });
  });
});

describe('What happens at Stripe', () => {
  test('settles the deposit: a hold that staff release there', async () => {
    const rental = await held();
    shop.simulator.dashboard.cancelPayment((await holdsAtStripe(shop, rental))[0]?.id ?? '');
    await eventually(async () => expect(await depositOf(shop, rental)).toMatchObject({ state: 'RELEASED' }));
  });

  test('settles the deposit: a hold that staff capture there', async () => {
    const rental = await held();
    shop.simulator.dashboard.capturePayment((await holdsAtStripe(shop, rental))[0]?.id ?? '', 7_000);
    await eventually(async () =>
      expect(await depositOf(shop, rental)).toMatchObject({ state: 'CAPTURED', amountCaptured: { amount: 7_000 } }),
    );
    const { payments, refunds } = await depositOrder(shop, rental.orderId, staff);
    expect(payments).toMatchObject([{ purpose: 'ORDER' }, { purpose: 'DEPOSIT', amount: { amount: 7_000 } }]);
    expect(refunds).toEqual([]);
  });

  test('is made good: a sum that the bank lets go of is held again', async () => {
    const rental = await held();
    shop.simulator.bank.expireHold(await chargeOf(shop, rental));
    await eventually(async () => expect(await statusesAtStripe(rental)).toEqual(['canceled', 'requires_capture']));
    await eventually(async () => expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' }));
    expect(await causesOf(rental)).toContain('DEPOSIT_EXPIRED');
  });
});

async function unitsOf({ orderId }: Rental): Promise<string[]> {
  const query = 'query ($id: ID!) { order(id: $id) { lines { units { unitId } } } }';
  type Data = { order: { lines: { units: { unitId: string }[] }[] } };
  const { data } = await shop.graphql<Data>(query, { id: orderId }, staff.token);
  return data?.order.lines.flatMap(({ units }) => units.map(({ unitId }) => unitId)) ?? [];
}

async function sessionOf({ orderId }: Rental): Promise<{ checkoutSessionId: string }> {
  const query = 'query ($id: ID!) { order(id: $id) { checkoutSessionId } }';
  const { data } = await shop.graphql<{ order: { checkoutSessionId: string } }>(query, { id: orderId }, staff.token);
  return data?.order ?? { checkoutSessionId: '' };
}

function isOfHold(path: string): boolean {
  return path.startsWith('/v1/payment_intents');
}
