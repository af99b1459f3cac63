/** A handful of chaos schedules with every test run, and proof that the checks of the invariants can fail. */
// type-graphql's decorators look for it as soon as a class is declared, so it comes before all else.
import { CalendarBudget } from '../../src/modules/inventory/calendar-budget.js';
import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { AttentionList } from '../../proof/chaos/invariants/attention-checks.js';
import { findViolations } from '../../proof/chaos/invariants/invariants.js';
import type { Violation } from '../../proof/chaos/invariants/violation.js';
import { checkInvariants } from '../../proof/chaos/process-invariants.js';
import { Random } from '../../proof/chaos/random.js';
import { runSchedule } from '../../proof/chaos/schedule.js';
import type { ShopProcess } from '../../proof/chaos/shop-process.js';
import { receive, runJobOnce } from '../../proof/chaos/steps/machine-steps.js';
import { answerChallenge, control, payWith, sessionsOf } from '../../proof/chaos/stripe-side.js';
import { World } from '../../proof/chaos/world.js';
import { connect } from '../../src/connect.js';
import { AttentionKind } from '../../src/modules/attention/attention-kind.js';
import { CaptureReason } from '../../src/modules/deposits/deposit.entity.js';
import { FeeKind } from '../../src/modules/fees/fee.entity.js';
import { FeeChargeTo } from '../../src/modules/fees/fee-charge-to.js';
import { RefundRequestReason } from '../../src/modules/payments/refund-reason.js';
import { RefundedGoods } from '../../src/modules/refunds/refund-line.entity.js';
import { addDays, calendarDateAt } from '../../src/platform/kernel/calendar-date.js';
import { checkoutInput } from '../support/checkout.js';
import { addEquipment } from '../support/shop.js';
import { testDatabaseUrl } from '../support/test-database.js';

const FIRST_SEED = 20_261_123;
const SEEDS = Array.from({ length: 30 }, (_, index) => FIRST_SEED + index);

let orm: MikroORM;

beforeAll(async () => {
  orm = await connect(await testDatabaseUrl());
  await emptyTables();
});

afterAll(async () => {
  await emptyTables();
  await orm.close();
});

/** Jobs and some checks see the whole database: what others left half done is none of this test's business. */
async function emptyTables(): Promise<void> {
  await orm.em
    .fork()
    .execute(
      'truncate orders, payments, refunds, disputes, inbox_events, bookings, product_stocks, stripe_accounts cascade',
    );
}

describe('random schedules', () => {
  test.each(SEEDS)('violate no invariant (seed %i)', async (seed) => {
    const { violations, trace } = await runSchedule(seed, orm);
    // The story in the failure's message; `npm run proof -- chaos --seed` tells it again.
    expect(violations.length === 0 ? [] : trace).toEqual([]);
  });

  test('take the same steps again from the same seed', async () => {
    await emptyTables();
    const first = await runSchedule(FIRST_SEED, orm);
    await emptyTables();
    const again = await runSchedule(FIRST_SEED, orm);
    expect(again.tally).toEqual(first.tally);
  });
});

describe('the checks of the invariants', () => {
  let world: World;

  beforeEach(async () => {
    await emptyTables();
    world = await worldWithRefund();
  });
  afterEach(() => world.close());

  // Each breaks by hand what the code keeps.
  test.each([
    ['I13', "update order_lines set hold_state = 'HELD'"],
    ['I3', 'update product_stocks set on_hand = on_hand + 1'],
    [
      'I7',
      "insert into order_events (order_id, at, from_status, to_status, cause, actor) select id, created_at, 'PENDING', 'EXPIRED', 'planted', 'system' from orders",
    ],
    ['I1', "update orders set status = 'EXPIRED', paid_at = null"],
    ['I4', 'delete from payments'],
    ['I9', 'update orders set total_minor = total_minor + 1'],
    ['I2', 'update orders set refunded_minor = 1'],
    ['I6', 'delete from inbox_events'],
    ['order number', 'update orders set number = null'],
    ['I2', 'update refund_attempts set amount_minor = amount_minor + 1'],
    ['I2', "update refund_attempts set state = 'FAILED'"],
    ['I3', 'update order_lines set returned_quantity = 1'],
    ['I3', 'update order_lines set fulfilled_quantity = 0'],
    ['I3', 'delete from line_releases'],
    ['I3', 'update refund_lines set quantity = 2'],
    ['I13', "update order_lines set hold_state = 'RETURNED'"],
    ['I13', "update orders set fulfillment_status = 'CANCELED'"],
    ['I14', 'update refunds set claimed_minor = claimed_minor + 1'],
    ['I14', 'update refunds set claimed_minor = 1000000'],
    ['I14', "update refunds set state = 'SETTLED_ELSEWHERE'"],
    ['I14', "update refunds set state = 'PAID_OTHERWISE'"],
    ['I14', 'update payments set amount_minor = amount_minor - 1'],
    ['I14', 'update order_lines set refunded_minor = refunded_minor - 1'],
    ['I14', 'update refund_lines set quantity = 5'],
    ['I17', "update orders set refund_status = 'FULL', fulfillment_status = 'FULFILLED'"],
    ['I17', "update orders set dispute_status = 'LOST', fulfillment_status = 'FULFILLED'"],
  ])('report %s after: %s', async (invariant, breakIt) => {
    expect(await violationsIn(world)).toEqual([]);
    await world.entityManager().execute(breakIt);
    expect(invariantsOf(await violationsIn(world))).toContain(invariant);
  });

  test.each(['I12', 'I14'])('report %s when Stripe has made a refund twice', async (invariant) => {
    await repeatRefund(world);
    expect(invariantsOf(await violationsIn(world, { isQuiet: invariant === 'I14' }))).toContain(invariant);
  });

  test.each([
    `update refunds set state = 'FAILED'`,
    `update refunds set state = 'BLOCKED'`,
    `update orders set status = 'UNDER_REVIEW'`,
    `update orders set refund_status = 'FULL'`,
    `update orders set dispute_status = 'OPEN'`,
  ])('report I17 when nobody is told after: %s', async (breakIt) => {
    await world.entityManager().execute(breakIt);
    const told = await violationsIn(world);
    expect(told.filter(({ invariant }) => invariant === 'I17')).toEqual([]);
    const untold = await violationsIn(world, { attention: { list: async () => EMPTY_PAGE } });
    expect(untold.filter(({ invariant }) => invariant === 'I17')).toHaveLength(1);
  });

  test('report I17 when a refund that has arrived is said to have failed', async () => {
    const [refund] = await world.entityManager().execute<{ id: string }[]>('select id from refunds');
    const entry = { kind: AttentionKind.REFUND_FAILED, id: refund?.id ?? '', orderId: null, since: NEVER, dueAt: null };
    const list: AttentionList['list'] = async (_em, { kind }) =>
      kind === entry.kind ? { ...EMPTY_PAGE, items: [entry] } : EMPTY_PAGE;
    expect(invariantsOf(await violationsIn(world, { attention: { list } }))).toEqual(['I17']);
  });

  // Those of the processes proof, which sees the tables and Stripe from outside.
  test.each([
    ['I1', 'update product_stocks set on_hand = on_hand + 1'],
    ['I3', 'update order_lines set returned_quantity = 1'],
    ['I3', 'update order_lines set fulfilled_quantity = 0'],
    ['I3', 'delete from line_releases'],
    ['I13', "update order_lines set hold_state = 'RETURNED'"],
    ['I13', "update orders set fulfillment_status = 'CANCELED'"],
    ['I14', 'update refunds set claimed_minor = claimed_minor + 1'],
    ['I14', 'update refunds set claimed_minor = 1000000'],
    ['I14', "update refunds set state = 'FAILED'"],
    ['I14', 'update order_lines set refunded_minor = refunded_minor - 1'],
    ['I14', 'update refund_lines set quantity = 5'],
  ])('report %s from outside after: %s', async (invariant, breakIt) => {
    expect(await violationsFromOutside(world)).toEqual([]);
    await world.entityManager().execute(breakIt);
    expect(invariantsOf(await violationsFromOutside(world))).toContain(invariant);
  });

  test('report I12 and I14 from outside when Stripe has made a refund twice', async () => {
    await repeatRefund(world);
    expect(invariantsOf(await violationsFromOutside(world))).toEqual(expect.arrayContaining(['I12', 'I14']));
  });
});

describe('the checks of disputes', () => {
  let world: World;

  beforeEach(async () => {
    await emptyTables();
    world = await worldWithDispute();
  });
  afterEach(() => world.close());

  const again = `insert into order_events (order_id, at, from_status, to_status, cause, note, actor)
    select order_id, created_at, 'PAID', 'PAID', 'DISPUTE_ANSWERED', id, 'system' from disputes`;
  test.each([
    ['I2', 'update disputes set submission_count = 0'],
    ['I2', "update disputes set provider_status = 'needs_response'"],
    ['I2', 'update disputes set due_by = null'],
    ['I2', 'update disputes set evidence = null'],
    ['I12', again],
    ['I12', again.replace('ANSWERED', 'ACCEPTED')],
  ])('report %s after: %s', async (invariant, breakIt) => {
    await answer(world, ({ running }, em, id) => running.disputes.submit(em, world.staff, id));
    expect(await violationsIn(world)).toEqual([]);
    expect(await violationsFromOutside(world)).toEqual([]);
    await world.entityManager().execute(breakIt);
    expect(invariantsOf(await violationsIn(world))).toContain(invariant);
    expect(invariantsOf(await violationsFromOutside(world))).toContain(invariant);
  });

  test('report I12 when Stripe was sent what nobody has submitted', async () => {
    const [{ id = '' } = {}] = (await world.stripe.disputes.list()).data;
    await world.stripe.disputes.update(id, { submit: true });
    await settle(world);
    expect(invariantsOf(await violationsIn(world))).toContain('I12');
  });

  test.each(['submitted', 'accepted'] as const)('report I12 when staff were told that it is %s', async (what) => {
    const [{ id = '' } = {}] = (await world.stripe.disputes.list()).data;
    if (what === 'submitted') world.staffHeard.submitted.set(id, 1);
    else world.staffHeard.accepted.add(id);
    expect(invariantsOf(await violationsIn(world))).toContain('I12');
    expect(invariantsOf(await violationsFromOutside(world))).toContain('I12');
  });

  test('report I17 while an answer is due that is not listed, and after one that still is', async () => {
    const untold = { attention: { list: async () => EMPTY_PAGE } };
    const isDue = /DISPUTE_RESPONSE_DUE .* is not on the attention list/;
    expect(await violationsIn(world)).toEqual([]);
    expect(await violationsIn(world, untold)).toContainEqual(
      expect.objectContaining({ invariant: 'I17', message: expect.stringMatching(isDue) }),
    );
    expect(await violationsFromOutside(world)).toEqual([]);
    expect(invariantsOf(await violationsFromOutside(world, untold))).toContain('I17');
    await answer(world, ({ running }, em, id) => running.disputes.accept(em, world.staff, id));
    expect(await violationsIn(world)).toEqual([]);
    await world.entityManager().execute("update disputes set provider_status = 'needs_response'");
    expect(invariantsOf(await violationsIn(world))).toContain('I17');
  });
});

describe('the checks of deposits, fees and withdrawals', () => {
  let world: World;

  beforeAll(async () => {
    await emptyTables();
    world = await worldWithDeposits();
  });
  afterAll(() => world.close());

  const settle =
    "set settled_at = now(), state = 'RELEASED', held_until = null, next_look_at = null, waiting_since = null";
  test.each([
    // A sum that is held for goods that are not wanted any more, or although the deposit is said to be over.
    ['I15', 'update bookings set active = false'],
    ['I15', `update deposits ${settle} where state = 'AUTHORIZED'`],
    ['I15', "update deposits set next_look_at = null, release_at = now() where state = 'AUTHORIZED'"],
    ['I15', "update deposits set release_requested_at = now() where state = 'AUTHORIZED'"],
    ['I15', "update deposits set state = 'RELEASED' where state = 'CAPTURED'"],
    ['I15', "update deposits set settled_at = null, state = 'EXPIRED' where state = 'CAPTURED'"],
    ['I15', 'update deposits set amount_minor = 100'],
    // What Stripe says, and the rows.
    ['I2', "update deposit_holds set state = 'EXPIRED' where state = 'HELD'"],
    ['I2', "update deposit_holds set state = 'HELD', end_requested_at = now() where state = 'REFUSED'"],
    ['I2', "update deposit_holds set received_minor = 1 where state = 'CAPTURED'"],
    ['I2', 'update deposit_holds set amount_minor = amount_minor + 1'],
    ['I2', "update payments set amount_minor = amount_minor + 1 where purpose = 'DEPOSIT'"],
    ['I2', "delete from payments where purpose = 'DEPOSIT'"],
    ['I2', "update fee_sessions set state = 'EXPIRED' where state = 'PAID'"],
    ['I2', "update fee_card_charges set state = 'REFUSED', refusal = 'x' where state = 'PAID'"],
    ['I2', "update payments set amount_minor = amount_minor + 1 where purpose = 'FEE'"],
    // Once, and for what staff asked for.
    ['I12', 'update deposit_captures set amount_minor = amount_minor + 1'],
    ['I12', "update deposit_captures set state = 'REQUESTED'"],
    ['I12', 'delete from deposit_captures'],
    // Money counts for what it came for.
    ['I4', "update payments set purpose = 'ORDER', state = 'RETURNED' where purpose = 'DEPOSIT'"],
    ['I4', "update payments set purpose = 'ORDER', state = 'RETURNED' where purpose = 'FEE'"],
    ['I4', "update payments set state = 'RETURNED' where purpose = 'FEE'"],
    [
      'I4',
      "update fees set state = 'ACTION_REQUIRED', payment_intent_id = null, settled_at = null where state = 'PAID'",
    ],
    ['I4', "update fees set state = 'ACTION_REQUIRED', settled_at = null where state = 'WAIVED'"],
    ['I3', 'update order_lines set withdrawn_quantity = 0'],
    ['I3', 'update order_lines set returned_quantity = 0 where withdrawn_quantity > 0'],
    ['I17', "update deposits set waiting_since = null where state = 'ACTION_REQUIRED'"],
    ['I17', "update deposits set waiting_since = now() where state = 'AUTHORIZED'"],
  ])('report %s after: %s', async (invariant, breakIt) => {
    expect(await violationsIn(world)).toEqual([]);
    expect(await violationsFromOutside(world)).toEqual([]);
    const em = world.entityManager();
    await em.begin();
    await em.execute(breakIt);
    expect(invariantsOf(await violationsIn(world, { em }))).toContain(invariant);
    expect(invariantsOf(await violationsFromOutside(world, { em }))).toContain(invariant);
    await em.rollback();
  });

  test('report I17 where an unpaid fee, a deposit that was refused, and a withdrawal are not listed', async () => {
    const untold = await violationsIn(world, { attention: { list: async () => EMPTY_PAGE } });
    expect(untold.map(({ message }) => message.replace(/ .*/, '')).toSorted()).toEqual([
      ...['DEPOSIT', 'FEE_UNPAID', 'WITHDRAWAL_REQUESTED'],
    ]);
  });

  // The last one: it changes what Stripe has.
  test('report I12 and I15 when Stripe holds a sum twice, or one that nobody asked for', async () => {
    const { data } = await world.stripe.paymentIntents.list({ limit: 100 });
    const held = data.find(({ status }) => status === 'requires_capture');
    const hold = async (metadata: Record<string, string>) =>
      world.stripe.paymentIntents.create({
        ...{ amount: 5_000, currency: 'eur', payment_method: 'pm_card_visa', confirm: true, capture_method: 'manual' },
        ...{ metadata, allowed_payment_method_types: ['card'] },
      } as never);
    await hold({ ...held?.metadata });
    expect(invariantsOf(await violationsIn(world))).toEqual(expect.arrayContaining(['I12', 'I15']));
    await hold({ ...held?.metadata, row_id: '00000000-0000-4000-8000-000000000000' });
    const strays = (await violationsFromOutside(world)).filter(({ what }) => what.includes('no row asked for'));
    expect(strays).toHaveLength(1);
  });
});

const NEVER = new Date(0);
const EMPTY_PAGE = { items: [], hasNextPage: false, hasPreviousPage: false, cursorOf: () => '' };
const PIECES = 4;

/**
 * One order of four pieces, paid by card, all events delivered: one is refunded and back in stock, one is handed over,
 * one is released, and one is still to be handed over.
 */
async function worldWithRefund(): Promise<World> {
  const world = await World.open(new Random(1), orm);
  world.isCalm = true;
  const [process] = world.processes;
  const [buyer] = world.buyers;
  if (process === undefined || buyer === undefined) throw new Error('The world is empty.');
  const product = world.productIds[0] ?? 0;
  await world.entityManager().execute('update product_stocks set on_hand = ? where product_id = ?', [PIECES, product]);
  world.initialStock.set(product, PIECES);
  const items = [{ id: String(product), type: 'PRODUCT', quantity: PIECES, days: 1 }] as const;
  const input = checkoutInput([...items]) as never;
  await process.running.checkout.createCheckoutSession(
    process.entityManager(),
    buyer,
    input,
    new CalendarBudget(async () => {}),
  );
  const [session] = await sessionsOf(world);
  if (session === undefined) throw new Error('Stripe has no session.');
  await payWith(world, session, 'pm_card_visa');
  await settle(world);
  await moveGoods(world);
  await settle(world);
  return world;
}

async function moveGoods(world: World): Promise<void> {
  const [process] = world.processes;
  const [line] = await world.paidLines();
  if (process === undefined || line === undefined) throw new Error('The order is not paid.');
  const { fulfillment, refundClaims } = process.running;
  const { id: lineId, orderId } = line;
  const key = { idempotencyKey: 'first', note: 'a note' };
  const [reason, goods] = [RefundRequestReason.GOODWILL, RefundedGoods.RETURN_TO_STOCK];
  const refunded = { lineId, quantity: 1, goods, receivedBack: false };
  const em = () => process.entityManager();
  await refundClaims.refundOrder(em(), world.staff, { ...key, orderId, reason, lines: [refunded] });
  await fulfillment.markFulfilled(em(), world.staff, { ...key, orderId, lines: [{ lineId, quantity: 1 }] });
  await fulfillment.releaseLine(em(), world.staff, { ...key, lineId, quantity: 1, receivedBack: false });
}

/** What is left of the payment is disputed, and evidence is staged. */
async function worldWithDispute(): Promise<World> {
  const world = await worldWithRefund();
  const [charge] = (await world.stripe.charges.list()).data;
  await control(world, `/charges/${charge?.id}/dispute`, {});
  await settle(world);
  await answer(world, ({ running }, em, id) => running.disputes.stageTexts(em, id, []));
  return world;
}

/**
 * Four rentals, all with a deposit: of one it is captured, of one it is held, of one the bank refuses it, and one is
 * withdrawn from. Four fees: paid, waived and open by their links, and paid by the saved card.
 */
async function worldWithDeposits(): Promise<World> {
  const world = await World.open(new Random(1), orm, true);
  world.isCalm = true;
  const [process] = world.processes;
  if (process === undefined) throw new Error('The world is empty.');
  const equipment = await addEquipment(orm, { units: 4, depositMinor: 20_000 });
  world.equipmentIds.push(equipment);
  const today = calendarDateAt(world.clock.now(), 'Europe/Paris');
  const captured = await rentIn(world, equipment, { startDate: today, card: 'pm_card_visa' });
  await rentIn(world, equipment, { startDate: today, card: 'pm_card_visa' });
  await rentIn(world, equipment, { startDate: today, card: 'pm_card_authenticationRequired' });
  const later = await rentIn(world, equipment, { startDate: addDays(today, 5), card: 'pm_card_visa' });
  const { deposits, fees, feeLinks, withdrawals } = process.running;
  const em = () => process.entityManager();
  const damage = { orderId: captured.orderId, amount: 5_000, reason: CaptureReason.DAMAGE, note: 'a dent' };
  await deposits.capture(em(), world.staff, { ...damage, idempotencyKey: 'first' });
  await withdrawals.withdraw(em(), captured.buyer, { orderId: later.orderId, confirm: true });
  const charge = (idempotencyKey: string, chargeTo = FeeChargeTo.LINK) =>
    fees.chargeFee(em(), world.staff, { ...damage, kind: FeeKind.CLEANING, amount: 900, idempotencyKey, chargeTo });
  await charge('by card', FeeChargeTo.SAVED_CARD);
  const [paid, waived] = [await charge('paid'), await charge('waived'), await charge('open')];
  await feeLinks.open(em(), paid.token, 'http://localhost:4000/api/pay/paid');
  const [page] = await sessionsOf(world, 'open');
  if (page) await payWith(world, page, 'pm_card_visa');
  await fees.waiveFee(em(), world.staff, waived.id, 'a note');
  await settle(world);
  return world;
}

async function rentIn(world: World, equipment: number, { startDate, card }: { startDate: string; card: string }) {
  const [process] = world.processes;
  const [buyer] = world.buyers;
  if (process === undefined || buyer === undefined) throw new Error('The world is empty.');
  const items = [{ id: String(equipment), type: 'EQUIPMENT', quantity: 1, days: 3, startDate }] as const;
  const input = { ...checkoutInput([...items]), acceptedTermsVersion: '2027-01' } as never;
  const { checkout } = process.running;
  const { id: orderId } = await checkout.createCheckoutSession(
    process.entityManager(),
    buyer,
    input,
    new CalendarBudget(async () => {}),
  );
  const [session] = await sessionsOf(world, 'open');
  if (session === undefined) throw new Error('Stripe has no session.');
  await payWith(world, session, card);
  if (world.challenged.has(session.id)) await answerChallenge(world, session, true);
  await settle(world);
  return { orderId, buyer };
}

/** As staff do, until the shop has read what became of it. */
async function answer(
  world: World,
  act: (process: ShopProcess, em: EntityManager, disputeId: string) => Promise<unknown>,
): Promise<void> {
  const process = world.anyProcess();
  const [{ id = '' } = {}] = (await world.stripe.disputes.list()).data;
  await act(process, process.entityManager(), id);
  await settle(world);
}

/** All events are delivered, and all jobs have run. */
async function settle(world: World): Promise<void> {
  const [process] = world.processes;
  for (let round = 0; round < 2; round += 1) {
    await world.collectMail();
    for (const delivery of world.webhookQueue.pending) if (process) await receive(process, delivery);
    for (const job of process?.running.jobs ?? []) if (process) await runJobOnce(process, job);
  }
}

/** As if it had been asked for under another key. */
async function repeatRefund({ stripe }: World): Promise<void> {
  const { data } = await stripe.refunds.list({ limit: 1 });
  const [made] = data;
  if (made === undefined) throw new Error('Stripe has no refund.');
  const { payment_intent: intent, amount, metadata } = made;
  await stripe.refunds.create({ payment_intent: String(intent), amount, metadata });
}

async function violationsIn(
  world: World,
  {
    isQuiet = true,
    attention = world.anyProcess().running.attention as AttentionList,
    em = world.entityManager(),
  } = {},
): Promise<Violation[]> {
  const { stripe, initialStock, webhookQueue } = world;
  const acknowledgedEventIds = webhookQueue.acknowledged.map(({ event }) => event.id);
  const { staffHeard, capturedInDashboard } = world;
  const told = { attention, staffHeard, capturedInDashboard };
  const subject = { em, stripe, initialStock, acknowledgedEventIds, ...told };
  return findViolations({ ...subject, now: world.clock.now() }, { isQuiet });
}

async function violationsFromOutside(
  world: World,
  { attention = world.anyProcess().running.attention as AttentionList, em = world.entityManager() } = {},
) {
  const { stripe, initialStock, webhookQueue } = world;
  const rows = <Row>(sql: string, parameters: readonly unknown[] = []) => em.execute<Row[]>(sql, [...parameters]);
  const prices = await rows<{ id: number; priceMinor: number }>(
    'select id, price_minor::int as "priceMinor" from products',
  );
  const days = await rows<{ id: number; pricePerDayMinor: number }>(
    'select id, price_per_day_minor::int as "pricePerDayMinor" from equipment',
  );
  const products = prices.map(
    ({ id, priceMinor }) => [id, { onHand: initialStock.get(id) ?? null, priceMinor }] as const,
  );
  const { violations } = await checkInvariants({
    ...{
      rows,
      em: em.fork({ keepTransactionContext: true }),
      stripe,
      staffHeard: world.staffHeard,
      now: world.clock.now(),
    },
    ...{ attention, capturedInDashboard: world.capturedInDashboard },
    ...{
      products: new Map(products),
      equipment: new Map(days.map((one) => [one.id, one])),
      cancelledOrders: new Set<string>(),
    },
    ...{ ambiguousKeys: [], logLines: () => [], secrets: [] },
    acknowledgedEvents: new Set(webhookQueue.acknowledged.map(({ event }) => event.id)),
  });
  return violations;
}

function invariantsOf(violations: readonly { invariant: string }[]): string[] {
  return violations.map(({ invariant }) => invariant);
}
