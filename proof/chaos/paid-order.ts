/** An order that is paid, and maybe disputed, as a schedule begins: what follows has the whole schedule for itself. */
import { ItemType } from '../../src/modules/catalogue/item-type.js';
import type { CheckoutItemInput } from '../../src/modules/checkout/checkout.input.js';
import { HOLD_DEPOSITS } from '../../src/modules/deposits/deposit-schedule.service.js';
import { CalendarBudget } from '../../src/modules/inventory/calendar-budget.js';
import { SYNC_PAYMENTS } from '../../src/modules/payments/payment-sync-requests.js';
import { addDays, calendarDateAt } from '../../src/platform/kernel/calendar-date.js';
import { inputOf } from './steps/buyer-steps.js';
import { receive, runJobOnce } from './steps/machine-steps.js';
import { answerChallenge, openDispute, payWith, sessionsOf } from './stripe-side.js';
import type { World } from './world.js';

// Refunds of every other one take their time, or fail.
const CARDS = ['pm_card_visa', 'pm_card_visa', 'pm_card_pendingRefund', 'pm_card_refundFail'];
// The last two ask for the buyer: one each time, the other until it is saved.
const CARDS_TO_SAVE = [
  ...['pm_card_visa', 'pm_card_visa', 'pm_card_mastercard'],
  ...['pm_card_authenticationRequired', 'pm_card_authenticationRequiredOnSetup'],
];
const RENTS = 0.8;

// A rental that ends before a session could is not for sale any more.
const SESSION_MS = 45 * 60_000;

/** Its events are still to be delivered. @returns whether it is a rental with a deposit */
export async function openPaidOrder(world: World): Promise<boolean> {
  const { random } = world;
  const process = world.anyProcess();
  const buyer = random.pick(world.buyers);
  const items = itemsOf(world);
  const savesCard = world.hasDeposits && items.some(({ type }) => type === ItemType.EQUIPMENT);
  const terms = savesCard ? { acceptedTermsVersion: '2027-01' } : {};
  const input = { ...inputOf(world, { idempotencyKey: random.uuid() }), ...terms, items };
  const { running } = process;
  const budget = new CalendarBudget(async () => {});
  await running.checkout.createCheckoutSession(process.entityManager(), buyer, input, budget);
  const [session] = await sessionsOf(world, 'open');
  if (session === undefined) throw new Error('Stripe has no open session.');
  await payWith(world, session, random.pick(savesCard ? CARDS_TO_SAVE : CARDS));
  if (world.challenged.has(session.id)) await answerChallenge(world, session, true);
  await running.returnPage.findBySession(process.entityManager(), buyer, session.id);
  return savesCard;
}

/** The evening before the units leave, or at once. */
export async function holdDeposit(world: World): Promise<void> {
  const [first] = await world.ofPaidOrders<{ at: number }>(
    '(extract(epoch from d.next_look_at) * 1000)::float8 as at',
    'deposits d on d.order_id = o.id and d.next_look_at is not null',
  );
  if (first === undefined) return;
  world.moveClockTo(first.at);
  const process = world.anyProcess();
  const job = process.running.jobs.find(({ name }) => name === HOLD_DEPOSITS);
  if (job !== undefined) await runJobOnce(process, job);
}

/** The shop knows of the dispute, unless no event of Stripe's arrives at all. */
export async function disputePayment(world: World): Promise<void> {
  await openDispute(world);
  if (world.faultRates.webhooksAreLost) return;
  await world.collectMail();
  const process = world.anyProcess();
  for (const delivery of world.webhookQueue.pending) await receive(process, delivery);
  const job = process.running.jobs.find(({ name }) => name === SYNC_PAYMENTS);
  if (job !== undefined) await runJobOnce(process, job);
}

/** Several pieces, so that some can come back; and units, mostly of a rental that begins today. */
function itemsOf(world: World): CheckoutItemInput[] {
  const { random, clock, productIds, equipmentIds, initialStock, hasDeposits } = world;
  const product = random.pick(productIds);
  const most = Math.min(3, initialStock.get(product) ?? 1);
  const today = calendarDateAt(new Date(clock.now().getTime() + SESSION_MS), 'Europe/Paris');
  const pieces = { type: ItemType.PRODUCT, id: String(product), quantity: random.between(1, most), days: 1 };
  const units = {
    ...{ type: ItemType.EQUIPMENT, id: String(random.pick(equipmentIds)), quantity: 1, days: random.between(1, 3) },
    ...(hasDeposits ? { quantity: random.between(1, world.units), days: random.pick([1, 3, 12]) } : {}),
    startDate: addDays(today, random.pick([0, 0, 1])),
  };
  if (hasDeposits && random.chance(RENTS)) return [units];
  return random.pick([[{ ...pieces, startDate: null }], [units], [{ ...pieces, startDate: null }, units]]);
}
