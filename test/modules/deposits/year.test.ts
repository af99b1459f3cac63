/** A year of a rental shop, on Stripe's clock: in the end every deposit is released or captured, and all money accounted for. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { addDays, type CalendarDate } from '../../../src/platform/kernel/calendar-date.js';
import {
  ASKING_CARD,
  at,
  captureDeposit,
  type DepositView,
  depositOf,
  depositOrder,
  lookAfter,
  openLink,
  payByCard,
  pickUp,
  type Rental,
  releaseDeposit,
  rent,
  takeBack,
} from '../../support/deposits.js';
import { newStaff, type Person, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';

const RENTALS = 200;
const FIRST_DAY = '2026-12-02';
const DAYS = 365;
// So long after its last day nothing of the year is open any more.
const AFTERWARDS_DAYS = 40;
const PLAIN_CARD = '4242424242424242';
const ASKS_ONCE = '4000002500003155';
const DEPOSIT_MINOR = 20_000;

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp({ DEPOSITS: 'on' }, { startsAt: '2026-12-01T08:00:00Z' });
  staff = await newStaff();
});
afterAll(() => shop.close());

// No event is delivered to a clock that jumps: they are read from Stripe's list, which goes back for a month.
const READ_EVERY_DAYS = 28;
const JOBS = ['read-missed-events', 'retry-events', 'issue-refunds', 'settle-fees'];
const MAX_MS = 900_000;

/** The same year each time: numbers from 0 to 1. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** How a rental goes, decided when it is made. */
interface Story {
  rental: Rental;
  startDate: CalendarDate;
  /** When the units come back; null where nobody fetches them. */
  backOn: CalendarDate | null;
  end: 'nothing' | 'capture' | 'release' | 'dashboardReleases' | 'dashboardCaptures';
  fee: 'none' | 'LATE' | 'CLEANING';
  isGoodwill: boolean;
}

const roll = dice(20_261_202);
const stories: Story[] = [];
const pick = <T>(choices: readonly T[]) => choices[Math.floor(roll() * choices.length)] as T;

test(
  `${RENTALS} rentals of a year`,
  async () => {
    for (let day = 0; day <= DAYS + AFTERWARDS_DAYS; day += 1) {
      const today = addDays(FIRST_DAY, day);
      at(shop, `${today}T09:00:00Z`);
      const dueByNow = Math.min(RENTALS, Math.floor(((day + 1) * RENTALS) / DAYS));
      while (stories.length < dueByNow) stories.push(await begin(today));
      await seeToWhatWaits();
      for (const story of stories) await live(story, today);
      at(shop, `${today}T18:00:00Z`);
      await lookAfter(shop);
      if (day % READ_EVERY_DAYS === 0) for (const job of JOBS) await shop.runJob(job);
    }
    expect(stories).toHaveLength(RENTALS);
    await expectAccountsToAgree();
  },
  MAX_MS,
);

async function begin(today: CalendarDate): Promise<Story> {
  const startDate = addDays(today, Math.floor(roll() * 20));
  // Most are over before the bank would let go of the sum; some have it renewed many times.
  const days = 1 + Math.floor(roll() * pick([4, 4, 4, 24]));
  const card = pick([PLAIN_CARD, PLAIN_CARD, ASKS_ONCE, ASKING_CARD]);
  const quantity = pick([1, 1, 2]);
  const rental = await rent(shop, { startDate, days, card, quantity, depositMinor: DEPOSIT_MINOR });
  const late = roll() < 0.25 ? 1 + Math.floor(roll() * 9) : 0;
  const backOn = roll() < 0.07 ? null : addDays(startDate, days - 1 + late);
  const end = pick(['nothing', 'nothing', 'nothing', 'capture', 'capture', 'release', ...IN_DASHBOARD] as const);
  const fee = late > 0 ? 'LATE' : pick(['none', 'none', 'none', 'CLEANING'] as const);
  return { rental, startDate, backOn, end, fee, isGoodwill: roll() < 0.1 };
}

const IN_DASHBOARD = ['dashboardReleases', 'dashboardCaptures'] as const;

/** What happens of a rental on a day. */
async function live({ rental, startDate, backOn, end, fee, isGoodwill }: Story, today: CalendarDate): Promise<void> {
  if (backOn === null) return;
  if (today === startDate) await handOut(rental);
  if (today !== backOn) return;
  expect(await takeBack(shop, staff, rental)).toBeUndefined();
  await conclude(rental, end);
  if (fee !== 'none') await chargeFee(rental, fee);
  if (isGoodwill) await refund(rental, { amount: 500 });
}

/** Buyers whose bank wants to ask them get the link from the shop. */
async function seeToWhatWaits(): Promise<void> {
  const query = '{ attention(first: 100) { nodes { deposit { payPath } } } }';
  type Waiting = { attention: { nodes: { deposit: { payPath: string | null } | null }[] } };
  const { data } = await shop.graphql<Waiting>(query, {}, staff.token);
  for (const { deposit } of data?.attention.nodes ?? []) await confirmByLink(deposit?.payPath ?? null);
}

/** The buyer opens the link that the shop has sent them, and agrees. */
async function confirmByLink(payPath: string | null): Promise<void> {
  if (payPath === null) return;
  const { status, url } = await openLink(shop, payPath);
  if (status !== 303) return;
  await payByCard(url, ASKING_CARD);
  await openLink(shop, payPath);
}

async function handOut(rental: Rental): Promise<void> {
  await lookAfter(shop);
  await confirmByLink((await depositOf(shop, rental)).payPath);
  expect(await depositOf(shop, rental)).toMatchObject({ state: 'AUTHORIZED' });
  expect(await pickUp(shop, staff, rental)).toBeUndefined();
}

async function conclude(rental: Rental, end: Story['end']): Promise<void> {
  const [held] = end.startsWith('dashboard') ? await capturable(rental) : [];
  if (end === 'capture') {
    const { deposit, error } = await captureDeposit(shop, staff, rental, { amount: 1_234 });
    expect(error).toBeUndefined();
    expect(deposit).toMatchObject({ state: 'CAPTURED', amountCaptured: { amount: 1_234 } });
  }
  if (end === 'release') expect((await releaseDeposit(shop, staff, rental)).error).toBeUndefined();
  if (end === 'dashboardReleases' && held) shop.simulator.dashboard.cancelPayment(held.id);
  if (end === 'dashboardCaptures' && held) shop.simulator.dashboard.capturePayment(held.id, 777);
}

async function chargeFee({ orderId, lineId }: Rental, kind: 'LATE' | 'CLEANING'): Promise<void> {
  const units = 'query ($id: ID!) { order(id: $id) { lines { id units { unitId } } } }';
  type Units = { order: { lines: { id: string; units: { unitId: string }[] }[] } };
  const { data } = await shop.graphql<Units>(units, { id: orderId }, staff.token);
  const unitId = data?.order.lines.find(({ id }) => id === lineId)?.units[0]?.unitId;
  const input = { orderId, kind, amount: 4_500, note: 'a year', idempotencyKey: randomUUID() };
  const charge = 'mutation ($input: ChargeFeeInput!) { chargeFee(input: $input) { fee { state payPath } } }';
  const whole = kind === 'LATE' ? { ...input, unitId } : input;
  type Fee = { chargeFee: { fee: { state: string; payPath: string | null } } };
  const charged = await shop.graphql<Fee>(charge, { input: whole }, staff.token);
  expect(charged.errors).toBeUndefined();
  await confirmByLink(charged.data?.chargeFee.fee.payPath ?? null);
}

async function refund({ orderId }: Rental, what: object): Promise<void> {
  const input = { orderId, reason: 'GOODWILL', note: 'a year', idempotencyKey: randomUUID(), ...what };
  const { errors } = await shop.graphql(
    'mutation ($input: RefundOrderInput!) { refundOrder(input: $input) { refund { id } } }',
    { input },
    staff.token,
  );
  expect(errors).toBeUndefined();
}

async function capturable(rental: Rental): Promise<Stripe.PaymentIntent[]> {
  const intents = await allIntents();
  return intents.filter(
    ({ status, metadata }) => status === 'requires_capture' && metadata.order_id === rental.orderId,
  );
}

async function allIntents(): Promise<Stripe.PaymentIntent[]> {
  const intents: Stripe.PaymentIntent[] = [];
  for await (const intent of stripeOf(shop).paymentIntents.list({ limit: 100 })) intents.push(intent);
  return intents;
}

/** What the shop has received and given back, by its own rows and by Stripe's objects. */
async function expectAccountsToAgree(): Promise<void> {
  const intents = await allIntents();
  expect(intents.filter(({ status }) => !['succeeded', 'canceled'].includes(status))).toEqual([]);
  let received = 0;
  let refunded = 0;
  const ends: Record<string, number> = {};
  for (const { rental, ...story } of stories) {
    const { deposits, payments, refunds } = await depositOrder(shop, rental.orderId, staff);
    const [deposit] = deposits as [DepositView];
    ends[deposit.state] = (ends[deposit.state] ?? 0) + 1;
    const taken = payments.filter(({ purpose }) => purpose === 'DEPOSIT');
    const takenMinor = taken.reduce((sum, { amount }) => sum + amount.amount, 0);
    expect(deposit).toMatchObject({ settledAt: expect.any(String), amountCaptured: { amount: takenMinor } });
    expect(deposit.state).toBe(takenMinor > 0 ? 'CAPTURED' : 'RELEASED');
    const expected = { capture: 1_234, dashboardCaptures: 777 } as Record<string, number>;
    expect(takenMinor).toBe(story.backOn === null ? 0 : (expected[story.end] ?? 0));
    received += payments.reduce((sum, { amount }) => sum + amount.amount, 0);
    refunded += refunds.length * 500;
    expect(refunds.map(({ reason }) => reason)).toEqual(story.isGoodwill && story.backOn ? ['GOODWILL'] : []);
  }
  expect(received).toBe(intents.reduce((sum, intent) => sum + intent.amount_received, 0));
  const { data } = await stripeOf(shop).refunds.list({ limit: 100 });
  expect(refunded).toBe(data.reduce((sum, { amount }) => sum + amount, 0));
  // Both ends were met, many times.
  expect(ends.CAPTURED).toBeGreaterThan(20);
  expect(ends.RELEASED).toBeGreaterThan(50);
}
