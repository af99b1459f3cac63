/** Deposits while processes die, answers get lost and people meet: one sum is held, one captured, the rest let go. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FailPoint, onFailPoint } from '../../../src/platform/kernel/fail-point.js';
import {
  ASKING_CARD,
  at,
  captureDeposit,
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
} from '../../support/deposits.js';
import { eventually } from '../../support/eventually.js';
import { newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const FIRST_DAY = '2026-12-03';
const EVENING = '2026-12-02T18:00:00Z';
// A day before the bank lets go of what was held in the evening.
const RENEWAL = '2026-12-06T12:10:00Z';
const ASKED: FailPoint = 'deposit: step stored';
const ANSWERED: FailPoint = 'deposit: Stripe answered';

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp({ DEPOSITS: 'on' }, { startsAt: '2026-12-01T11:00:00Z' });
  staff = await newStaff();
});
afterEach(() => {
  onFailPoint(null);
  shop.clock.reset();
  shop.stripeClock.reset();
  shop.simulator.faults.clear();
});
afterAll(() => shop.close());

async function held(): Promise<Rental> {
  const rental = await rent(shop, { startDate: FIRST_DAY, days: 20 });
  at(shop, EVENING);
  await lookAfter(shop);
  expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' });
  return rental;
}

async function refused(): Promise<Rental> {
  const rental = await rent(shop, { startDate: FIRST_DAY, days: 20, card: ASKING_CARD });
  at(shop, EVENING);
  await lookAfter(shop);
  expect(await depositOf(shop, rental)).toMatchObject({ state: 'ACTION_REQUIRED' });
  return rental;
}

/** What is done, and how it ends however often it had to be taken up. */
interface Operation {
  begin(): Promise<Rental>;
  act(rental: Rental): Promise<unknown>;
  deposit: object;
  atStripe: object[];
}

const HELD = { status: 'requires_capture', amount: 20_000 };
const LET_GO = { status: 'canceled', amount_received: 0 };
// Staff repeat a request whose answer was lost under the same key.
const KEY = { idempotencyKey: randomUUID() };

const operations: Record<string, Operation> = {
  'is held': {
    begin: () => rent(shop, { startDate: FIRST_DAY }),
    act: async () => {
      at(shop, EVENING);
      await lookAfter(shop);
    },
    deposit: { state: 'AUTHORIZED', amountHeld: { amount: 20_000 } },
    atStripe: [HELD],
  },
  'is renewed': {
    begin: held,
    act: async () => {
      at(shop, RENEWAL);
      await lookAfter(shop);
    },
    deposit: { state: 'AUTHORIZED', amountHeld: { amount: 20_000 } },
    atStripe: [LET_GO, HELD],
  },
  'is captured': {
    begin: held,
    act: (rental) => captureDeposit(shop, staff, rental, KEY),
    deposit: { state: 'CAPTURED', amountCaptured: { amount: 5_000 } },
    atStripe: [{ status: 'succeeded', amount_received: 5_000 }],
  },
  'is released': {
    begin: held,
    act: (rental) => releaseDeposit(shop, staff, rental),
    deposit: { state: 'RELEASED' },
    atStripe: [LET_GO],
  },
};

/** The process dies the n-th time that it comes there. */
function dieAt(point: FailPoint, time: number): void {
  let reached = 0;
  onFailPoint((name) => {
    if (name !== point) return;
    reached += 1;
    if (reached === time) throw new Error('the process died');
  });
}

/** What is left is done by a job, some minutes later. */
async function takeUp(): Promise<void> {
  onFailPoint(null);
  shop.clock.advanceMinutes(2);
  shop.stripeClock.advanceMinutes(2);
  await lookAfter(shop);
}

/** A job that was requested may be at work, and be cut off by the clock: then the next one goes on. */
async function ends(check: () => Promise<void>): Promise<void> {
  await eventually(async () => {
    await takeUp();
    await check();
  });
}

const expectEnd = (rental: Rental, operation: Operation) => ends(() => checkEnd(rental, operation));

async function checkEnd(rental: Rental, { deposit, atStripe }: Operation): Promise<void> {
  expect(await depositOf(shop, rental)).toMatchObject(deposit);
  expect(await holdsAtStripe(shop, rental)).toMatchObject(atStripe);
  const { payments, refunds } = await depositOrder(shop, rental.orderId, staff);
  const received = atStripe.flatMap((hold) => ('amount_received' in hold && hold.amount_received) || []);
  expect(payments.filter(({ purpose }) => purpose === 'DEPOSIT').map(({ amount }) => amount.amount)).toEqual(received);
  expect(refunds).toEqual([]);
}

describe.each(Object.entries(operations))('A deposit %s once', (_, operation) => {
  test.each([ASKED, ANSWERED].flatMap((point) => [1, 2, 3, 4].map((time) => [point, time] as const)))(
    'where the process dies at “%s”, the time %i',
    async (point, time) => {
      const rental = await operation.begin();
      dieAt(point, time);
      await operation.act(rental).catch(() => {});
      await expectEnd(rental, operation);
    },
  );

  test.each([
    ['lost', { kind: 'reset-after-work' }],
    ['never asked for', { kind: 'reset-before-work' }],
    ['a server error, after the work', { kind: 'status-after-work', status: 500 }],
    ['a server error', { kind: 'status', status: 500 }],
    ['that the key is wrong', { kind: 'status', status: 401 }],
  ] as const)('where Stripe’s answer is %s', async (_answer, fault) => {
    const rental = await operation.begin();
    const anyOfThem = { method: 'POST', path: '/v1/payment_intents', ...fault } as const;
    const [hold] = await holdsAtStripe(shop, rental);
    const paths = hold ? [`/${hold.id}/cancel`, `/${hold.id}/capture`] : [];
    shop.simulator.faults.failNext(
      anyOfThem,
      ...paths.map((path) => ({ ...anyOfThem, path: `/v1/payment_intents${path}` })),
    );
    await operation.act(rental).catch(() => {});
    await expectEnd(rental, operation);
  });

  test('by several at once', async () => {
    const rental = await operation.begin();
    await Promise.all([operation.act(rental), operation.act(rental), lookAfter(shop)]);
    await expectEnd(rental, operation);
  });
});

/** What somebody else does while this process waits for Stripe's answer, the n-th time. */
function meanwhile(point: FailPoint, time: number, act: () => Promise<unknown>): void {
  let reached = 0;
  onFailPoint(async (name) => {
    if (name !== point) return;
    reached += 1;
    if (reached === time) await act();
  });
}

const EVERY_MOMENT = [ASKED, ANSWERED].flatMap((point) => [1, 2, 3, 4].map((time) => [point, time] as const));

describe('While a deposit is renewed', () => {
  test.each(EVERY_MOMENT)(
    'what staff capture is taken once, and nothing stays held: at “%s”, %i',
    async (point, time) => {
      const rental = await held();
      let error: unknown;
      meanwhile(point, time, async () => {
        error = (await captureDeposit(shop, staff, rental)).error;
      });
      at(shop, RENEWAL);
      await lookAfter(shop);
      await takeUp();
      expect(error).toBeUndefined();
      expect(await depositOf(shop, rental)).toMatchObject({ state: 'CAPTURED', amountCaptured: { amount: 5_000 } });
      const holds = await holdsAtStripe(shop, rental);
      expect(holds.filter(({ status }) => status === 'requires_capture')).toEqual([]);
      expect(holds.map(({ amount_received: received }) => received).filter(Boolean)).toEqual([5_000]);
    },
  );

  test.each(EVERY_MOMENT)('it is released if staff say so: at “%s”, %i', async (point, time) => {
    const rental = await held();
    meanwhile(point, time, () => releaseDeposit(shop, staff, rental));
    at(shop, RENEWAL);
    await lookAfter(shop);
    await ends(async () => {
      expect(await depositOf(shop, rental)).toMatchObject({ state: 'RELEASED' });
      expect((await holdsAtStripe(shop, rental)).every(({ status }) => status === 'canceled')).toBe(true);
    });
  });

  test.each(EVERY_MOMENT)('what the dashboard captures settles it: at “%s”, %i', async (point, time) => {
    const rental = await held();
    const [hold] = await holdsAtStripe(shop, rental);
    let isCaptured = false;
    meanwhile(point, time, async () => {
      const { status } = await stripeOf(shop).paymentIntents.retrieve(String(hold?.id));
      isCaptured = status === 'requires_capture';
      if (isCaptured) shop.simulator.dashboard.capturePayment(String(hold?.id), 3_000);
    });
    at(shop, RENEWAL);
    await lookAfter(shop);
    // The event of it comes too late to be taken: the deposit is looked at when it has to be renewed again.
    shop.clock.advanceMinutes(3 * 24 * 60 + 19 * 60);
    await ends(async () => {
      const capturable = (await holdsAtStripe(shop, rental)).filter(({ status }) => status === 'requires_capture');
      expect(capturable).toHaveLength(isCaptured ? 0 : 1);
      expect(await depositOf(shop, rental)).toMatchObject({
        ...{ state: isCaptured ? 'CAPTURED' : 'AUTHORIZED' },
        amountCaptured: { amount: isCaptured ? 3_000 : 0 },
      });
    });
  });
});

describe('While a deposit is captured', () => {
  test.each([ASKED, ANSWERED])('neither a release nor another capture comes between: at “%s”', async (point) => {
    const rental = await held();
    const errors: unknown[] = [];
    meanwhile(point, 1, async () => {
      errors.push((await releaseDeposit(shop, staff, rental)).error?.code);
      errors.push((await captureDeposit(shop, staff, rental)).error?.code);
    });
    await captureDeposit(shop, staff, rental);
    expect(errors).toEqual(['DEPOSIT_ALREADY_CAPTURED', 'DEPOSIT_ALREADY_CAPTURED']);
    await expectEnd(rental, operations['is captured'] as Operation);
  });
});

describe('The link of a deposit', () => {
  test.each(['deposit: session stored', ANSWERED, ASKED] as const)(
    'leads to one page where the process dies at “%s”',
    async (point) => {
      const rental = await refused();
      const { payPath } = await depositOf(shop, rental);
      dieAt(point, 1);
      await openLink(shop, payPath);
      onFailPoint(null);
      await payByCard((await openLink(shop, payPath)).url, ASKING_CARD);
      // Stripe sends the buyer back there.
      expect(await openLink(shop, payPath)).toMatchObject({ status: 200, body: expect.stringContaining('is held') });
      expect(await holdsAtStripe(shop, rental)).toMatchObject([LET_GO, HELD]);
      expect(await pickUpAt(rental, '2026-12-03T08:00:00Z')).toBeUndefined();
    },
  );

  test.each(['deposit: session stored', ANSWERED] as const)(
    'leads nowhere where staff release the deposit meanwhile, at “%s”',
    async (point) => {
      const rental = await refused();
      const { payPath } = await depositOf(shop, rental);
      meanwhile(point, 1, () => releaseDeposit(shop, staff, rental));
      const { url } = await openLink(shop, payPath);
      await ends(async () => expect(await depositOf(shop, rental)).toMatchObject({ state: 'RELEASED' }));
      if (url) await payByCard(url, '4242424242424242');
      await takeUp();
      expect((await holdsAtStripe(shop, rental)).every(({ status }) => status === 'canceled')).toBe(true);
    },
  );

  test('leads to another page where nobody was given the one before until its time was over', async () => {
    const rental = await refused();
    const { payPath } = await depositOf(shop, rental);
    dieAt(ANSWERED, 1);
    await openLink(shop, payPath);
    onFailPoint(null);
    shop.clock.advanceMinutes(61);
    shop.stripeClock.advanceMinutes(61);
    await payByCard((await openLink(shop, payPath)).url, ASKING_CARD);
    expect(await openLink(shop, payPath)).toMatchObject({ status: 200, body: expect.stringContaining('is held') });
  });

  test('is used while the shop releases the deposit: the sum is let go', async () => {
    const rental = await refused();
    const { payPath } = await depositOf(shop, rental);
    const { url } = await openLink(shop, payPath);
    meanwhile(ASKED, 1, () => payByCard(url, ASKING_CARD));
    await releaseDeposit(shop, staff, rental);
    await ends(async () => {
      expect(await depositOf(shop, rental)).toMatchObject({ state: 'RELEASED' });
      expect(await holdsAtStripe(shop, rental)).toMatchObject([LET_GO, LET_GO]);
    });
  });
});

// Later than all else here: the simulator forgets keys by its clock, the oldest first.
describe('A hold whose outcome is not known', () => {
  test('for longer than Stripe keeps its key is looked up, and not asked for again', async () => {
    const rental = await rent(shop, { startDate: '2027-06-03', days: 20 });
    shop.simulator.faults.failNext({ method: 'POST', path: '/v1/payment_intents', kind: 'reset-after-work' });
    dieAt(ASKED, 2);
    at(shop, '2027-06-02T17:00:00Z');
    await lookAfter(shop).catch(() => {});
    // It was asked for, and the answer lost, by a process that is gone.
    await askAsTheProcessThatDied(rental);
    onFailPoint(null);
    shop.simulator.faults.clear();
    at(shop, '2027-06-03T17:30:00Z');
    await lookAfter(shop);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' });
    expect(await holdsAtStripe(shop, rental)).toMatchObject([HELD]);
  });

  test('and that was never made is made after all', async () => {
    const rental = await rent(shop, { startDate: '2027-06-03', days: 20 });
    dieAt(ASKED, 2);
    at(shop, '2027-06-02T17:00:00Z');
    await lookAfter(shop).catch(() => {});
    onFailPoint(null);
    expect(await holdsAtStripe(shop, rental)).toEqual([]);
    at(shop, '2027-06-03T17:30:00Z');
    await lookAfter(shop);
    expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' });
    expect(await holdsAtStripe(shop, rental)).toMatchObject([HELD]);
  });
});

async function askAsTheProcessThatDied({ orderId }: Rental): Promise<void> {
  const [hold] = await shop.orm.em
    .fork()
    .execute<{ id: string; request: object }[]>(
      `select h.id, h.request from deposit_holds h join deposits d on d.id = h.deposit_id where d.order_id = ?`,
      [orderId],
    );
  const options = { idempotencyKey: `comptoir-deposit-${hold?.id}`, maxNetworkRetries: 0 };
  await stripeOf(shop)
    .paymentIntents.create(hold?.request as never, options)
    .catch(() => {});
}

async function pickUpAt(rental: Rental, instant: string) {
  at(shop, instant);
  return pickUp(shop, staff, rental);
}
