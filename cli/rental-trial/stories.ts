/** What is tried, a rental each, days of it in a minute: the demo's clock is moved on. */
import { addDays, startOfDay } from '../../src/platform/kernel/calendar-date.js';
import { formatMoney } from '../../src/platform/kernel/money.js';
import { CommandError } from '../program.js';
import type { Figures } from '../refund-trial/figures.js';
import { refund, type TrialApi } from '../refund-trial/shop.js';
import { call, type StripeApi } from '../refund-trial/stripe.js';
import type { Trial } from '../refund-trial/trial.js';
import { send } from '../running-server.js';
import { ALWAYS_ASKS, ASKS_ONCE, payByCard } from './buyer.js';
import {
  capture,
  chargeFee,
  openLink,
  pickUp,
  type RentedOrder,
  rejectsPickUp,
  rejectsSecondCapture,
  takeBack,
} from './rental.js';

const HOUR_MS = 3_600_000;
const DAYS_LATE = 3;

/** Where a rental is played, once it is paid. */
interface Scene {
  api: TrialApi;
  stripe: StripeApi;
  rented: RentedOrder;
  trial: Trial;
}

export interface Story {
  title: string;
  /** What it is paid with, and what is saved for the deposit. */
  card: string;
  play(scene: Scene): Promise<void>;
}

export const STORIES: readonly Story[] = [
  { title: 'Kept too long, and damaged', card: ASKS_ONCE, play: keptTooLong },
  { title: 'By a card whose bank always asks', card: ALWAYS_ASKS, play: alwaysAsked },
];

async function keptTooLong(scene: Scene): Promise<void> {
  await handOut(scene);
  await keep(scene);
  await settle(scene);
}

async function handOut({ api, stripe, rented, trial }: Scene): Promise<void> {
  const { depositMinor, currency } = rented;
  await trial.step('it is rented, and its card saved', async () => {}, asRented(rented));
  await trial.step('it does not leave before its deposit is held', () => rejectsPickUp(api, rented));
  await trial.step('the evening before, the deposit is held', () => moveTo(stripe, eveningBefore(rented)), {
    ...{ deposit: 'AUTHORIZED', held: formatMoney({ amount: depositMinor, currency }, 'en') },
    ...{ 'times held': 1, holds: 'HELD' },
  });
  await trial.step('on its first day it is picked up', () => pickUpOnFirstDay(api, stripe, rented), { unit: 'OUT' });
}

async function keep({ api, stripe, rented, trial }: Scene): Promise<void> {
  const { returnDate } = rented;
  let firstEnd = new Date();
  const aDayBeforeItsEnd = async () => {
    firstEnd = await heldUntil(api, rented);
    await moveTo(stripe, new Date(firstEnd.getTime() - 23 * HOUR_MS));
  };
  const pastItsEnd = async () => {
    const dayAfter = hourOf(rented, addDays(returnDate, 1), 12).getTime();
    await moveTo(stripe, new Date(Math.max(dayAfter, firstEnd.getTime() + HOUR_MS)));
  };
  const takeBackLate = async () => {
    await moveTo(stripe, hourOf(rented, addDays(returnDate, DAYS_LATE), 10));
    await takeBack(api, rented);
  };

  await trial.step('a day before the hold ends, another takes its place', aDayBeforeItsEnd, {
    ...{ 'times held': 2, holds: 'RELEASED + HELD' },
  });
  await trial.step('past the end of the first, it is held still, and the unit is not back', pastItsEnd, {
    attention: 'RENTAL_OVERDUE',
  });
  await trial.step(`${DAYS_LATE} days late it is back, damaged`, takeBackLate, {
    ...{ unit: 'BACK', attention: 'LATE_FEE_PROPOSED' },
  });
}

async function settle({ api, stripe, rented, trial }: Scene): Promise<void> {
  const { totalMinor, depositMinor, dayMinor, currency, returnDate } = rented;
  const money = (amount: number) => formatMoney({ amount, currency }, 'en');
  const half = Math.floor(depositMinor / 2);
  const feeMinor = DAYS_LATE * dayMinor;
  const [order, deposit, fee] = [`ORDER ${money(totalMinor)}`, `DEPOSIT ${money(half)}`, `FEE ${money(feeMinor)}`];
  const late = { kind: 'LATE', unitId: rented.unitId, amount: feeMinor, chargeTo: 'LINK' };
  const payFee = async (answer: 'complete' | 'fail') =>
    payByCard(await openLink(api, rented, 'fees'), ALWAYS_ASKS, answer);
  const daysLater = hourOf(rented, addDays(returnDate, DAYS_LATE + 2), 12);

  await trial.step('half of the deposit is captured, the rest released', () => capture(api, rented, half), {
    ...{ deposit: 'CAPTURED', held: money(0), 'held until': 'none', holds: 'RELEASED + TAKEN' },
    ...{ taken: money(half), payments: inOrder(order, deposit) },
  });
  await trial.step('no more of it can be', () => rejectsSecondCapture(api, rented));
  await trial.step('the late days are charged, by a link', () => chargeFee(api, rented, late), {
    ...{ fee: 'ACTION_REQUIRED', fees: `LATE ${money(feeMinor)}`, attention: 'FEE_UNPAID' },
  });
  await trial.step('the bank asks, and the buyer is not there', () => payFee('fail'));
  await trial.step('the buyer answers their bank', () => payFee('complete'), {
    ...{ fee: 'PAID', payments: inOrder(order, deposit, fee), attention: 'none' },
  });
  await trial.step('a day is refunded as goodwill', () => goodwill(api, rented), {
    ...{ refunded: money(dayMinor), 'refund status': 'PARTIAL' },
    refunds: `${money(dayMinor)} SUCCEEDED GOODWILL`,
  });
  await trial.step('two days later all of it stands', () => moveTo(stripe, daysLater));
}

async function alwaysAsked({ api, stripe, rented, trial }: Scene): Promise<void> {
  const { totalMinor, depositMinor, dayMinor, currency, returnDate } = rented;
  const money = (amount: number) => formatMoney({ amount, currency }, 'en');
  const answerFor = async (of: 'deposits' | 'fees') => payByCard(await openLink(api, rented, of), ALWAYS_ASKS);
  const cleaning = { kind: 'CLEANING', amount: dayMinor, chargeTo: 'SAVED_CARD' };
  const takeBackInTime = async () => {
    await moveTo(stripe, hourOf(rented, returnDate, 16));
    await takeBack(api, rented);
  };

  await trial.step('it is rented, and its card saved', async () => {}, asRented(rented));
  await trial.step('the evening before, the bank refuses the deposit', () => moveTo(stripe, eveningBefore(rented)), {
    ...{ deposit: 'ACTION_REQUIRED', holds: 'REFUSED', attention: 'DEPOSIT_ACTION_REQUIRED' },
  });
  await trial.step('it does not leave without', () => rejectsPickUp(api, rented));
  await trial.step('the buyer opens its link, and answers their bank', () => answerFor('deposits'), {
    ...{ deposit: 'AUTHORIZED', held: money(depositMinor), attention: 'none' },
    ...{ 'times held': 1, holds: 'REFUSED + HELD' },
  });
  await trial.step('on its first day it is picked up', () => pickUpOnFirstDay(api, stripe, rented), { unit: 'OUT' });
  await trial.step('on its last day it is back, dirty', takeBackInTime, { unit: 'BACK' });
  await trial.step('the bank refuses the fee, too', () => chargeFee(api, rented, cleaning), {
    ...{ fee: 'ACTION_REQUIRED', fees: `CLEANING ${money(dayMinor)}`, attention: 'FEE_UNPAID' },
  });
  await trial.step('the buyer pays it by its link', () => answerFor('fees'), {
    ...{ fee: 'PAID', payments: inOrder(`ORDER ${money(totalMinor)}`, `FEE ${money(dayMinor)}`), attention: 'none' },
  });
  await trial.step(
    'a day later the deposit is released',
    () => moveTo(stripe, hourOf(rented, addDays(returnDate, 1), 17)),
    {
      ...{ deposit: 'RELEASED', held: money(0), 'held until': 'none', holds: 'REFUSED + RELEASED' },
    },
  );
}

async function pickUpOnFirstDay(api: TrialApi, stripe: StripeApi, rented: RentedOrder): Promise<void> {
  await moveTo(stripe, hourOf(rented, rented.startDate, 10));
  await pickUp(api, rented);
}

async function goodwill(api: TrialApi, rented: RentedOrder): Promise<void> {
  await refund(api, rented, { amount: rented.dayMinor, note: 'try-rental' });
}

/** Every figure that is expected, as it is once the rental is paid. */
function asRented({ totalMinor, currency }: RentedOrder): Figures {
  const nothing = formatMoney({ amount: 0, currency }, 'en');
  return {
    ...{ 'order status': 'PAID', deposit: 'SCHEDULED', held: nothing, 'times held': 0, holds: 'none', taken: nothing },
    ...{ unit: 'BOOKED', fee: 'none', fees: 'none', refunded: nothing, 'refund status': 'NONE', refunds: 'none' },
    ...{ payments: `ORDER ${formatMoney({ amount: totalMinor, currency }, 'en')}`, attention: 'none' },
  };
}

/** As the witnesses list them. */
function inOrder(...payments: string[]): string {
  return payments.toSorted().join(' + ');
}

async function heldUntil({ staff }: TrialApi, { id }: RentedOrder): Promise<Date> {
  const query = 'query Held($id: ID!) { order(id: $id) { deposits { heldUntil } } }';
  type Held = { order: { deposits: { heldUntil: string | null }[] } };
  const { order } = await send<Held>(staff, { query, variables: { id } });
  const until = order.deposits[0]?.heldUntil;
  if (!until) throw new CommandError('The deposit is held, and the API does not say until when.');
  return new Date(until);
}

/** Moves the simulator's clock, and the demo's with it, which cannot go back. */
async function moveTo(stripe: StripeApi, instant: Date): Promise<void> {
  await call(stripe, '/_simulator/clock', { body: JSON.stringify({ now: instant.toISOString() }) });
}

/** When deposits are held, for bookings of the day after. */
function eveningBefore(rented: RentedOrder): Date {
  return hourOf(rented, addDays(rented.startDate, -1), 18.25);
}

function hourOf({ timeZone }: RentedOrder, date: string, hour: number): Date {
  return new Date(startOfDay(date, timeZone).getTime() + hour * HOUR_MS);
}
