/** Buyers: each has a plan, and retries like a good frontend until it gets a response. */
import type Stripe from 'stripe';
import { addDays, calendarDateAt } from '../../src/platform/kernel/calendar-date.js';
import { ApiClient, type BasketRequest, type Checkout, type CheckoutItem } from './api-client.js';
import { handleDeposit, handleFee, payAtPage } from './deposit-visits.js';
import { answerDispute } from './dispute-answers.js';
import type { Random } from './random.js';
import type { RunLog } from './run-log.js';
import { sleep } from './waiting.js';
import type { World } from './world.js';

const PAID_CARD = '4242424242424242';
const DECLINED_CARD = '4000000000000002';
const DISPUTED_CARD = '4000000000000259';
/** Its bank wants to ask the buyer, each time: without them nothing is held. */
const ASKING_CARD = '4000002760003184';
const DEBIT_THAT_SUCCEEDS = 'AT611904300234573201';
const DEBIT_THAT_FAILS = 'AT861904300235473202';
// Rentals lie so far ahead that delayed methods are offered for them, and so close together that they collide.
const FIRST_START_DAYS = 15;
const LAST_START_DAYS = 60;
const PAID_WITHIN_MS = 90_000;

interface Visit {
  world: World;
  runLog: RunLog;
  random: Random;
  client: ApiClient;
}

type Plan = (visit: Visit) => Promise<void>;

/** How often each plan is chosen, against the others. */
const PLANS: readonly [weight: number, name: string, plan: Plan][] = [
  [30, 'pays', pays],
  [10, 'is declined, then pays', declinedThenPays],
  [8, 'pays by debit', paysByDebit],
  [12, 'cancels', cancels],
  [8, 'pays while cancelling', paysWhileCancelling],
  [10, 'clicks many times at once', clicksManyTimes],
  [8, 'leaves before the answer', leaves],
  [6, 'replaces the order while paying', replacesWhilePaying],
  [4, 'pays two sessions of one order', paysTwice],
  [4, 'is refunded from the dashboard', isRefunded],
  [4, 'is refunded by staff', isRefundedByStaff],
  [3, 'disputes the payment', disputes],
  [6, 'rents with a deposit', rents],
  [4, 'is charged a fee', isCharged],
];

/** Buyers who come one after the other until they are stopped. */
export async function keepBuying(world: World, runLog: RunLog, random: Random, isOver: () => boolean): Promise<void> {
  const choices = PLANS.flatMap(([weight, name, plan]) => Array.from({ length: weight }, () => ({ name, plan })));
  for (let visits = 0; !isOver(); visits += 1) {
    const { name, plan } = random.pick(choices);
    await visit(world, runLog, random.fork(`${random.next()} ${visits}`), name, plan);
  }
}

/** One visit of a buyer who pays twice, for those who wait for a refund to be due. */
export async function buyTwice(world: World, runLog: RunLog, random: Random): Promise<void> {
  await visit(world, runLog, random, 'pays two sessions of one order', paysTwice);
}

/** One visit of a buyer who is refunded. */
export async function buyAndBeRefunded(world: World, runLog: RunLog, random: Random): Promise<void> {
  await visit(world, runLog, random, 'is refunded from the dashboard', isRefunded);
}

/** One visit of a buyer, and a refund by staff. */
export async function buyAndBeRefundedByStaff(world: World, runLog: RunLog, random: Random): Promise<void> {
  await visit(world, runLog, random, 'is refunded by staff', isRefundedByStaff);
}

/** One visit of a buyer who disputes, and an answer by staff. */
export async function buyAndDispute(world: World, runLog: RunLog, random: Random): Promise<void> {
  await visit(world, runLog, random, 'disputes the payment', disputes);
}

/** One visit of a buyer whose deposit is held, taken and released. */
export async function rentWithDeposit(world: World, runLog: RunLog, random: Random): Promise<void> {
  await visit(world, runLog, random, 'rents with a deposit', rents);
}

/** One visit of a buyer whose bank wants to ask them: the deposit is held by its link. */
export async function rentAndBeAsked(world: World, runLog: RunLog, random: Random): Promise<void> {
  await visit(world, runLog, random, 'rents, and is asked by the bank', (one) => rent(one, ASKING_CARD));
}

/** One visit of a buyer whose saved card is charged a fee. */
export async function rentAndBeCharged(world: World, runLog: RunLog, random: Random): Promise<void> {
  await visit(world, runLog, random, 'rents, and is charged a fee', (one) => rent(one, PAID_CARD, true));
}

/** One visit of a buyer, and a fee. */
export async function buyAndBeCharged(world: World, runLog: RunLog, random: Random): Promise<void> {
  await visit(world, runLog, random, 'is charged a fee', isCharged);
}

async function visit(world: World, runLog: RunLog, random: Random, name: string, plan: Plan): Promise<void> {
  const buyerId = `buyer-${random.whole(0, 2 ** 40).toString(36)}`;
  const client = new ApiClient(world, buyerId, random);
  await plan({ world, runLog, random, client });
  runLog.count(`buyer ${name}`);
  runLog.count('requests that were sent again', client.repetitions);
}

async function pays(visit: Visit): Promise<void> {
  const checkout = await open(visit);
  if (checkout?.url == null) return;
  await payWithCard(visit, checkout.url, PAID_CARD);
  if (visit.random.chance(0.6)) await visit.client.returnPage(checkout.sessionId);
}

async function declinedThenPays(visit: Visit): Promise<void> {
  const checkout = await open(visit);
  if (checkout?.url == null) return;
  await payWithCard(visit, checkout.url, DECLINED_CARD);
  await visit.client.returnPage(checkout.sessionId);
  await payWithCard(visit, checkout.url, PAID_CARD);
}

async function paysByDebit(visit: Visit): Promise<void> {
  const checkout = await open(visit);
  if (checkout?.url == null) return;
  const iban = visit.random.pick([DEBIT_THAT_SUCCEEDS, DEBIT_THAT_SUCCEEDS, DEBIT_THAT_FAILS]);
  await submit(visit, checkout.url, { payment_method_type: 'sepa_debit', iban });
  await visit.client.returnPage(checkout.sessionId);
}

async function cancels(visit: Visit): Promise<void> {
  const checkout = await open(visit);
  if (checkout) await cancel(visit, checkout.order.id);
}

async function paysWhileCancelling(visit: Visit): Promise<void> {
  const checkout = await open(visit);
  if (checkout?.url == null) return;
  await Promise.all([cancel(visit, checkout.order.id), payWithCard(visit, checkout.url, PAID_CARD)]);
  await visit.client.returnPage(checkout.sessionId);
}

async function clicksManyTimes(visit: Visit): Promise<void> {
  const basket = { key: 'first', items: chooseItems(visit) };
  const checkouts = await Promise.all(Array.from({ length: 6 }, () => ask(visit, basket)));
  const opened = checkouts.find((checkout) => checkout !== null);
  if (opened?.url) await payWithCard(visit, opened.url, PAID_CARD);
}

async function leaves(visit: Visit): Promise<void> {
  const basket = { key: 'first', items: chooseItems(visit) };
  await visit.client.checkoutAndLeave(basket, visit.random.whole(1, 150));
}

/** The last piece of the buyer's own basket makes the two payments compete for the same goods. */
async function replacesWhilePaying(visit: Visit): Promise<void> {
  const items = chooseItems(visit);
  const first = await ask(visit, { key: 'first', items });
  if (first?.url == null) return;
  const replacement = { key: 'second', items, replacesOrderId: first.order.id };
  const paysAt = visit.random.whole(0, 60);
  const [second] = await Promise.all([
    ask(visit, replacement),
    sleep(paysAt).then(() => payWithCard(visit, first.url ?? '', PAID_CARD)),
  ]);
  if (second?.url) await payWithCard(visit, second.url, PAID_CARD);
}

/** Nothing in the shop opens a second session for an order; Stripe's dashboard, or a bug of ours, might. */
async function paysTwice(visit: Visit): Promise<void> {
  const { world, runLog } = visit;
  const checkout = await open(visit);
  if (checkout?.url == null || !(await payWithCard(visit, checkout.url, PAID_CARD))) return;
  const [order] = await world.database
    .rows<{ request: Stripe.Checkout.SessionCreateParams }>(
      'select stripe_request as request from orders where id = ?',
      [checkout.order.id],
    )
    .catch(() => []);
  if (!order) return;
  const parameters = {
    ...order.request,
    metadata: { ...order.request.metadata, second: 'yes' },
  };
  // No key: Stripe would repeat an error under it for ever, and a session that nobody pays does no harm.
  const session = await world.stripe.ask((sdk) => sdk.checkout.sessions.create(parameters));
  runLog.count('second sessions of an order');
  await payWithCard(visit, session.url ?? '', PAID_CARD);
}

async function isRefunded(visit: Visit): Promise<void> {
  const { world, runLog, random } = visit;
  const checkout = await open(visit);
  if (checkout?.url == null || !(await payWithCard(visit, checkout.url, PAID_CARD))) return;
  const session = await world.stripe.ask((sdk) =>
    sdk.checkout.sessions.retrieve(checkout.sessionId, { expand: ['payment_intent'] }),
  );
  const payment = session.payment_intent as Stripe.PaymentIntent;
  const amount = random.chance(0.5) ? payment.amount : random.whole(1, payment.amount);
  await world.stripe.refundCharge(String(payment.latest_charge), amount);
  runLog.count('refunds from the dashboard');
}

/** The same request twice at once, to whichever process: one claim, and the piece is on offer again once. */
async function isRefundedByStaff(visit: Visit): Promise<void> {
  const { world, runLog, random } = visit;
  const checkout = await open(visit);
  if (checkout?.url == null || !(await payWithCard(visit, checkout.url, PAID_CARD))) return;
  if ((await visit.client.returnPage(checkout.sessionId)) !== 'PAID') return;
  const lines = await world.database
    .rows<{ lineId: string }>('select id as "lineId" from order_lines where order_id = ?', [checkout.order.id])
    .catch(() => []);
  if (lines.length === 0) return;
  const ofLines = lines.map(({ lineId }) => ({ lineId, quantity: 1, goods: 'RETURN_TO_STOCK' }));
  const part = random.chance(0.7) ? { lines: ofLines } : { amount: random.whole(1, 900) };
  const input = { orderId: checkout.order.id, reason: 'GOODWILL', note: 'a note', idempotencyKey: 'first', ...part };
  const answers = await Promise.all(
    ['one', 'other'].map((name) => new ApiClient(world, `staff-${name}`, random, ['staff']).refund(input)),
  );
  const made = new Set(answers.flatMap((answer) => ('data' in answer ? answer.data : [])));
  if (made.size > 1) runLog.violations.push(`Order ${checkout.order.id} was refunded by one key ${made.size} times.`);
  for (const answer of answers) {
    runLog.count('code' in answer ? `refunds rejected: ${answer.code}` : 'refunds by staff, answered');
  }
}

/** Staff answer once the shop knows of it. */
async function disputes(visit: Visit): Promise<void> {
  const checkout = await open(visit);
  if (checkout?.url == null || !(await payWithCard(visit, checkout.url, DISPUTED_CARD))) return;
  visit.runLog.count('disputed payments');
  await answerDispute(visit, checkout.order.id);
}

async function rents(visit: Visit): Promise<void> {
  await rent(visit, visit.random.pick([PAID_CARD, PAID_CARD, ASKING_CARD]));
}

/** From today on: the deposit is held at once. */
async function rent(visit: Visit, card: string, isCharged = visit.random.chance(0.3)): Promise<void> {
  const { world, runLog, random, client } = visit;
  const startDate = calendarDateAt(new Date(), 'Europe/Paris');
  const rented = {
    id: world.goods.withDeposit,
    type: 'EQUIPMENT',
    quantity: 1,
    days: random.whole(2, 4),
    startDate,
  } as const;
  const checkout = await ask(visit, { key: 'first', items: [rented] });
  if (checkout?.url == null) return;
  const isPaid = await payAtPage(checkout.url, card);
  runLog.count(isPaid ? 'payments taken by Stripe' : 'payments declined or too late');
  if (!isPaid || (await client.returnPage(checkout.sessionId)) !== 'PAID') return;
  // To the card that was saved.
  if (isCharged) await handleFee(visit, checkout.order.id);
  await handleDeposit(visit, checkout.order.id);
}

async function isCharged(visit: Visit): Promise<void> {
  const checkout = await open(visit);
  if (checkout?.url == null || !(await payWithCard(visit, checkout.url, PAID_CARD))) return;
  if ((await visit.client.returnPage(checkout.sessionId)) === 'PAID') await handleFee(visit, checkout.order.id);
}

/** A checkout that is sometimes asked for once more after it was answered: the answer has to be the same. */
async function open(visit: Visit): Promise<Checkout | null> {
  const basket = { key: 'first', items: chooseItems(visit) };
  const checkout = await ask(visit, basket);
  if (checkout !== null && visit.random.chance(0.25)) await ask(visit, basket);
  return checkout;
}

async function ask({ client, runLog }: Visit, basket: BasketRequest): Promise<Checkout | null> {
  const startedAt = Date.now();
  const answer = await client.checkout(basket);
  if ('code' in answer) {
    runLog.count(`checkouts rejected: ${answer.code}`);
    return null;
  }
  runLog.count('checkouts answered');
  runLog.time('checkout answered, repetitions included', Date.now() - startedAt);
  runLog.session(client.buyerId, basket.key, answer.data.sessionId);
  return answer.data;
}

async function cancel({ client, runLog }: Visit, orderId: string): Promise<void> {
  const answer = await client.cancel(orderId);
  if ('data' in answer) runLog.cancelledOrders.add(orderId);
  runLog.count('data' in answer ? 'orders cancelled by buyers' : `cancellations rejected: ${answer.code}`);
}

/** @returns whether Stripe took the payment */
async function payWithCard(visit: Visit, url: string, cardNumber: string): Promise<boolean> {
  return submit(visit, url, { card_number: cardNumber });
}

async function submit({ runLog }: Visit, url: string, fields: Record<string, string>): Promise<boolean> {
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
    signal: AbortSignal.timeout(PAID_WITHIN_MS),
  });
  await response.text();
  const isTaken = response.status === 303;
  runLog.count(isTaken ? 'payments taken by Stripe' : 'payments declined or too late');
  return isTaken;
}

function chooseItems({ world, random }: Visit): CheckoutItem[] {
  const { products, withDeposit } = world.goods;
  const equipment = [...world.goods.equipment.keys()].filter((id) => id !== withDeposit);
  const today = calendarDateAt(new Date(), 'Europe/Paris');
  const product = (id: number): CheckoutItem => ({ id, type: 'PRODUCT', quantity: random.whole(1, 3) });
  const rental = (id: number): CheckoutItem => ({
    id,
    type: 'EQUIPMENT',
    quantity: random.whole(1, 2),
    days: random.whole(1, 4),
    startDate: addDays(today, random.whole(FIRST_START_DAYS, LAST_START_DAYS)),
  });
  const [unlimited = 0, ...limited] = products.keys();
  const candidates = [
    () => [product(unlimited)],
    () => [product(random.pick(limited))],
    () => [rental(random.pick(equipment))],
    () => [product(random.pick(limited)), product(unlimited), rental(random.pick(equipment))],
  ];
  return random.pick([...candidates, candidates[0] ?? (() => [])])();
}
