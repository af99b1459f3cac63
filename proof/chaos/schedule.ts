/** One schedule: a seed in, what went wrong out. */
// type-graphql's decorators look for it as soon as a class is declared, so it comes before all else.
import 'reflect-metadata';
import type { Fault } from '@comptoir/stripe-simulator';
import type { MikroORM } from '@mikro-orm/postgresql';
import { drawFromSeed } from './determinism.js';
import { checkStock } from './invariants/goods-checks.js';
import { findViolations } from './invariants/invariants.js';
import type { Violation } from './invariants/violation.js';
import { disputePayment, holdDeposit, openPaidOrder } from './paid-order.js';
import { comeToRest } from './quiet.js';
import { Random } from './random.js';
import { buyerSteps } from './steps/buyer-steps.js';
import { depositSteps } from './steps/deposit-steps.js';
import { disputeSteps } from './steps/dispute-steps.js';
import { feeSteps } from './steps/fee-steps.js';
import { goodsSteps } from './steps/goods-steps.js';
import { holdSteps } from './steps/hold-steps.js';
import { machineSteps } from './steps/machine-steps.js';
import { staffSteps } from './steps/staff-steps.js';
import type { Step } from './steps/step.js';
import { stripeSteps } from './steps/stripe-steps.js';
import { count, type Tally } from './trace.js';
import { World } from './world.js';

export interface Outcome {
  seed: number;
  violations: Violation[];
  trace: string[];
  tally: Tally;
}

// Enough for a few checkouts with all that may follow, and short enough to be read.
const MIN_TURNS = 15;
const MAX_TURNS = 32;
const MAX_TASKS = 4;
// Continuing a task is chosen more often than beginning one, or nothing would ever end.
const GO_ON_WEIGHT = 40;
// Counted after every turn, the stock alone takes a sixteenth of all time; at the end it is counted anyway.
const STOCK_IS_COUNTED = 0.3;

// Few of those that begin with a checkout get far beyond the payment: the other half begins there, and a refund that is
// claimed, made, failed and tried again takes its turns.
const STARTS_PAID = 0.5;
const TURNS_ONCE_PAID = 12;
// Rentals go on for days: until they have begun, a sum is held, renewed, taken or lost.
const TURNS_ONCE_RENTED = 20;
const STARTS_HELD = 0.4;
// Some of those begin with a dispute as well: it is answered by several steps, one after the other, before the bank
// decides.
const STARTS_DISPUTED = 0.4;

const besideSteps: readonly Step[] = [...depositSteps, ...holdSteps, ...feeSteps];

const allSteps: readonly Step[] = [
  ...buyerSteps,
  ...stripeSteps,
  ...machineSteps,
  ...staffSteps,
  ...goodsSteps,
  ...disputeSteps,
  ...besideSteps,
];

/** Where a rental is paid whose deposit is to be held, this is what happens most. */
const stepsOfRentals: readonly Step[] = [
  ...allSteps.filter((step) => !buyerSteps.includes(step) && !besideSteps.includes(step)),
  ...besideSteps.map(({ weight, take }) => ({ weight: 3 * weight, take })),
];

const FAULTS: readonly Fault[] = [
  { kind: 'reset-before-work' },
  { kind: 'reset-after-work' },
  { kind: 'status', status: 429, code: 'rate_limit' },
  { kind: 'status', status: 409 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 401 },
  { kind: 'status-after-work', status: 500 },
  { kind: 'status-after-work', status: 503 },
];

export async function runSchedule(seed: number, orm: MikroORM): Promise<Outcome> {
  const restore = drawFromSeed(seed);
  const world = await World.open(new Random(seed), orm);
  try {
    await play(world);
    await comeToRest(world);
    await judge(world);
    await forgetDeposits(world);
  } catch (error) {
    world.violated('unexpected error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await world.close();
    restore();
  }
  const { violations, trace, tally } = world;
  return { seed, violations, trace: trace.lines, tally };
}

async function play(world: World): Promise<void> {
  const startsPaid = world.random.chance(STARTS_PAID);
  const isRental = startsPaid && (await openPaidOrder(world));
  if (isRental && world.random.chance(STARTS_HELD)) await holdDeposit(world);
  if (startsPaid && !isRental && world.random.chance(STARTS_DISPUTED)) await disputePayment(world);
  const more = (startsPaid ? TURNS_ONCE_PAID : 0) + (isRental ? TURNS_ONCE_RENTED : 0);
  const turns = world.random.between(MIN_TURNS, MAX_TURNS) + more;
  for (let turn = 0; turn < turns && world.violations.length === 0; turn += 1) {
    await takeTurn(world, isRental ? stepsOfRentals : allSteps);
  }
}

/** Continues a task, or begins a new one. */
async function takeTurn(world: World, steps: readonly Step[]): Promise<void> {
  const { random, scheduler, clock } = world;
  const ready = scheduler.ready(clock.now().getTime());
  const goOn: Step = {
    weight: ready.length === 0 ? 0 : GO_ON_WEIGHT * Math.min(ready.length, 2),
    take: () => resumeOne(world),
  };
  const wake = scheduler.nextWake();
  const waitOn: Step = {
    weight: wake === null ? 0 : GO_ON_WEIGHT / 4,
    take: () => {
      world.moveClockTo(wake ?? 0);
      return true;
    },
  };
  const beginning = scheduler.alive.length >= MAX_TASKS ? [] : steps;
  const choices = [goOn, waitOn, ...beginning];
  for (let attempt = 0; attempt < 10; attempt += 1) if (await random.pickWeighted(choices).take(world)) return;
}

async function resumeOne(world: World): Promise<boolean> {
  const { random, scheduler, simulator, clock } = world;
  const ready = scheduler.ready(clock.now().getTime());
  if (ready.length === 0) return false;
  const task = random.pick(ready);
  // Faults hit what this task asks in this turn, and nothing that the schedule itself asks of Stripe.
  if (random.chance(world.faultRates.stripeFaults)) {
    const fault = random.pick(FAULTS);
    // The SDK repeats a request by itself when its connection was reset: only the second time reaches the shop.
    simulator.faults.failNext(...(random.chance(0.7) ? [fault, fault] : [fault]));
    count(world.tally, `fault: ${fault.kind}${'status' in fault ? ` ${fault.status}` : ''}`);
    world.trace.add(`Stripe: ${JSON.stringify(fault)} for the next request of this turn`);
  }
  world.trace.add(`${task.process}: ${task.name} continues from "${task.place}"`);
  await scheduler.resume(task);
  simulator.faults.clear();
  if (random.chance(STOCK_IS_COUNTED)) await checkStockNow(world);
  return true;
}

/** What else must hold at every moment is kept by the database, or written where nothing is ever removed. */
async function checkStockNow(world: World): Promise<void> {
  for (const { invariant, message } of await checkStock(world.entityManager(), world.initialStock)) {
    world.violated(invariant, message);
  }
}

async function judge(world: World): Promise<void> {
  const orders = await world.orders();
  for (const { status } of orders) count(world.tally, `final status: ${status}`);
  await countEnds(
    world,
    orders.map(({ id }) => id),
  );
  const found = await findViolations(
    {
      em: world.entityManager(),
      stripe: world.stripe,
      orderIds: orders.map(({ id }) => id),
      initialStock: world.initialStock,
      acknowledgedEventIds: world.webhookQueue.acknowledged.map(({ event }) => event.id),
      attention: world.anyProcess().running.attention,
      staffHeard: world.staffHeard,
      capturedInDashboard: world.capturedInDashboard,
      now: world.clock.now(),
    },
    { isQuiet: true },
  );
  for (const { invariant, message, orderId } of found) world.violated(invariant, message, orderId);
}

/** Deposits of units that are out are looked after for ever: the job of the next schedule is not to. */
async function forgetDeposits(world: World): Promise<void> {
  const em = world.entityManager();
  await em.execute('delete from deposit_captures');
  await em.execute('delete from deposit_holds');
  await em.execute('delete from deposits');
  await em.execute('delete from fee_sessions');
  await em.execute('delete from fee_card_charges');
  await em.execute('delete from fees');
}

/** How often the rarer ends were reached: a generator that never gets there tests nothing. */
async function countEnds(world: World, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  const ends = await world.entityManager().execute<{ what: string }[]>(
    `select 'payment: ' || state as what from payments where order_id in (?)
     union all select 'refund: ' || state || case when is_ours then ', ours' when claimed_minor is not null then ', claimed' else '' end from refunds where order_id in (?)
     union all select 'attempt: ' || state from refund_attempts where refund_id in (select id from refunds where order_id in (?))
     union all select 'goods: ' || fulfillment_status from orders where status = 'PAID' and id in (?)
     union all select 'dispute: ' || state from disputes where order_id in (?)
     union all select 'event: ' || state from inbox_events where order_id in (?)
     union all select 'deposit: ' || state from deposits where order_id in (?)
     union all select 'hold: ' || h.state || ', ' || h.kind from deposit_holds h join deposits d on d.id = h.deposit_id where d.order_id in (?)
     union all select 'deposit capture: ' || c.state from deposit_captures c join deposits d on d.id = c.deposit_id where d.order_id in (?)
     union all select 'fee: ' || state from fees where order_id in (?)
     union all select 'fee session: ' || s.state from fee_sessions s join fees f on f.id = s.fee_id where f.order_id in (?)
     union all select 'card charge: ' || c.state from fee_card_charges c join fees f on f.id = c.fee_id where f.order_id in (?)
     union all select 'payment of a fee: ' || state from payments where purpose = 'FEE' and order_id in (?)
     union all select 'withdrawal' || case when closed_at is null then '' else ', closed' end from withdrawals where order_id in (?)`,
    Array.from({ length: 14 }, () => orderIds),
  );
  for (const { what } of ends) count(world.tally, what);
}
