/** A handful of chaos schedules with every test run, and proof that the checks of the invariants can fail. */
// type-graphql's decorators look for it as soon as a class is declared, so it comes before all else.
import { CalendarBudget } from '../../src/modules/inventory/calendar-budget.js';
import 'reflect-metadata';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { findViolations } from '../../proof/chaos/invariants/invariants.js';
import type { Violation } from '../../proof/chaos/invariants/violation.js';
import { Random } from '../../proof/chaos/random.js';
import { runSchedule } from '../../proof/chaos/schedule.js';
import { receive, runJobOnce } from '../../proof/chaos/steps/machine-steps.js';
import { pay, sessionsOf } from '../../proof/chaos/stripe-side.js';
import { World } from '../../proof/chaos/world.js';
import { connect } from '../../src/connect.js';
import { checkoutInput } from '../support/checkout.js';
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
  beforeEach(emptyTables);

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
  ])('report %s', async (invariant, breakIt) => {
    const world = await worldWithPaidOrder();
    try {
      expect(await violationsIn(world)).toEqual([]);
      await world.entityManager().execute(breakIt);
      const violated = (await violationsIn(world)).map((violation) => violation.invariant);
      expect(violated).toContain(invariant);
    } finally {
      await world.close();
    }
  });
});

/** One order, paid by card, all events delivered. */
async function worldWithPaidOrder(): Promise<World> {
  const world = await World.open(new Random(1), orm);
  world.isCalm = true;
  const [process] = world.processes;
  const [buyer] = world.buyers;
  if (process === undefined || buyer === undefined) throw new Error('The world is empty.');
  const items = [{ id: String(world.productIds[0]), type: 'PRODUCT', quantity: 1, days: 1 }] as const;
  const input = checkoutInput([...items]) as never;
  await process.running.checkout.createCheckoutSession(
    process.entityManager(),
    buyer,
    input,
    new CalendarBudget(async () => {}),
  );
  const [session] = await sessionsOf(world);
  if (session === undefined) throw new Error('Stripe has no session.');
  await pay(world, session);
  await world.collectMail();
  for (const delivery of world.webhookQueue.pending) await receive(process, delivery);
  for (const job of process.running.jobs) await runJobOnce(process, job);
  return world;
}

async function violationsIn(world: World): Promise<Violation[]> {
  const { stripe, initialStock, webhookQueue } = world;
  const acknowledgedEventIds = webhookQueue.acknowledged.map(({ event }) => event.id);
  return findViolations({ em: world.entityManager(), stripe, initialStock, acknowledgedEventIds }, { isQuiet: true });
}
