/**
 * `npm run bench -- inventory [--quick]`: how long a look at availability, a search for a date and a hold take with
 * 1,000 and with 1,000,000 bookings, over 5,000 units; and how many contended holds a second there are.
 */
import { randomUUID } from 'node:crypto';
import { startStripeSimulator } from '@comptoir/stripe-simulator';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { isQuickRun, runProgram } from '../cli/program.js';
import { startScratchServer } from '../demo/database/scratch-server.js';
import { demoEnvironment, simulatorEnvironment } from '../demo/environment.js';
import { checkoutRequest } from '../demo/request.js';
import { demoToken } from '../demo/tokens.js';
import { buildApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { connect } from '../src/connect.js';
import { Equipment } from '../src/modules/catalogue/equipment.entity.js';
import { ItemType } from '../src/modules/catalogue/item-type.js';
import { AvailabilityService } from '../src/modules/inventory/availability.service.js';
import { CalendarBudget } from '../src/modules/inventory/calendar-budget.js';
import { HoldState } from '../src/modules/inventory/hold-state.js';
import { type GoodsLine, InventoryService } from '../src/modules/inventory/inventory.service.js';
import { OpeningDaysService } from '../src/modules/inventory/opening-days.service.js';
import { inTransaction } from '../src/platform/database/transaction.js';
import { addDays, calendarDateAt } from '../src/platform/kernel/calendar-date.js';
import { systemClock } from '../src/platform/kernel/clock.js';
import { DomainError } from '../src/platform/kernel/domain-error.js';

const isQuick = isQuickRun('bench -- inventory');
const KINDS = 500;
const UNITS_A_KIND = 10;
/** The kinds that are measured; all of the few bookings are theirs, so that both measurements see the same days. */
const MEASURED_KINDS = 20;
const FEW_BOOKINGS = 1_000;
const MANY_BOOKINGS = isQuick ? 50_000 : 1_000_000;
const LOADED_AT_ONCE = 50_000;
const ROUNDS = isQuick ? 100 : 400;
const CONTENDED_ATTEMPTS = 500;
const CONTENDERS = 20;

const shop = { currency: 'EUR', timeZone: 'Europe/Paris' };
const today = calendarDateAt(new Date(), shop.timeZone);
const day = { today, closures: { weekdays: new Set<number>(), dates: new Set<string>() }, earliestEnd: today };
const inventory = new InventoryService();
const unlimitedCalendars = () => new CalendarBudget(async () => {});
const availability = new AvailabilityService(new OpeningDaysService(), shop, systemClock);

await runProgram(async () => {
  const server = await startScratchServer(process.env.DATABASE_URL || null);
  const orm = await connect(server.urlOf(`comptoir_bench_${randomUUID().slice(0, 8)}`));
  try {
    await orm.schema.ensureDatabase();
    await orm.migrator.up();
    await measureAll(orm);
    await contendThroughApi(orm, server.urlOf('unused'));
  } finally {
    // The first error is the one to tell.
    await orm.schema.dropDatabase().catch(() => {});
    await orm.close();
    await server.stop();
  }
});

async function measureAll({ em }: MikroORM): Promise<void> {
  await stock(em);
  const few = await measure(em, FEW_BOOKINGS);
  await load(em, FEW_BOOKINGS, MANY_BOOKINGS);
  const many = await measure(em, MANY_BOOKINGS);
  console.log('\nmedian with the many, as a multiple of that with the few:');
  for (const [name, median] of Object.entries(many))
    console.log(`  ${name.padEnd(20)} ${(median / (few[name] ?? 1)).toFixed(2)}`);
  console.log('');
  await contend(em);
}

/** The kinds with their units, and the few bookings: in the weeks to come, of the kinds that are measured. */
async function stock(em: EntityManager): Promise<void> {
  const fork = em.fork();
  await fork.execute(
    `insert into equipment (name, price_per_day_minor, currency, turnaround_days)
     select 'Kind ' || n, 1000, 'EUR', 1 from generate_series(1, ?) n`,
    [KINDS],
  );
  await fork.execute(
    `insert into equipment_units (equipment_id, label) select e.id, 'U-' || n from equipment e, generate_series(1, ?) n`,
    [UNITS_A_KIND],
  );
  const perUnit = FEW_BOOKINGS / (MEASURED_KINDS * UNITS_A_KIND);
  await fork.execute(
    `insert into bookings (unit_id, order_line_id, period, return_date)
     select u.id, gen_random_uuid(), daterange(s.start, s.start + 3), s.start + 1
     from equipment_units u, generate_series(0, ? - 1) n, lateral (select ?::date + n * 6 + u.id % 3 as start) s
     where u.equipment_id <= ?`,
    [perUnit, today, MEASURED_KINDS],
  );
}

/** Years of history for every unit, behind the days that are measured; the constraint is in place all the while. */
async function load(em: EntityManager, from: number, to: number): Promise<void> {
  const started = performance.now();
  const perUnit = Math.ceil((to - from) / (KINDS * UNITS_A_KIND));
  const stepUnits = Math.max(1, Math.floor(LOADED_AT_ONCE / perUnit));
  for (let unit = 1; unit <= KINDS * UNITS_A_KIND; unit += stepUnits) {
    await em.fork().execute(
      `insert into bookings (unit_id, order_line_id, period, return_date)
       select u.id, gen_random_uuid(), daterange(s.start, s.start + 3), s.start + 1
       from equipment_units u, generate_series(1, ?) n, lateral (select ?::date - 3 - n * 4 as start) s
       where u.id between ? and ?`,
      [perUnit, today, unit, unit + stepUnits - 1],
    );
    const done = Math.min(unit + stepUnits - 1, KINDS * UNITS_A_KIND);
    const seconds = (performance.now() - started) / 1000;
    const share = done / (KINDS * UNITS_A_KIND);
    const left = ((seconds / share) * (1 - share)).toFixed(0);
    process.stdout.write(`\rloading ${Math.round(share * 100)} %, ${seconds.toFixed(0)} s, about ${left} s left   `);
  }
  await em.fork().execute('analyze bookings');
  process.stdout.write('\n');
}

async function measure(em: EntityManager, expected: number): Promise<Record<string, number>> {
  const [row] = await em.fork().execute<{ count: number }[]>('select count(*)::int as count from bookings');
  console.log(`\n${row?.count} bookings (about ${expected}), ${KINDS * UNITS_A_KIND} units, ${ROUNDS} rounds`);
  const kinds = await em.fork().find(Equipment, { id: { $lte: MEASURED_KINDS } });
  const kindOf = (round: number) => kinds[round % kinds.length] as Equipment;
  const to = addDays(today, 30);
  return {
    'availability, 31 days': await time('availability, 31 days', (round) =>
      availability.byDay(em.fork(), kindOf(round), { from: today, to }, unlimitedCalendars()),
    ),
    'next date': await time('next date', (round) =>
      availability.nextDate(em.fork(), kindOf(round), { quantity: 8, days: 2, from: null }, unlimitedCalendars()),
    ),
    hold: await time('hold', (round) => holdAndRollBack(em, kindOf(round).id, addDays(today, 3 + (round % 20)))),
  };
}

/** The hold as a checkout makes it, taken back so that every round finds the same calendar. */
async function holdAndRollBack(em: EntityManager, equipmentId: number, startDate: string): Promise<void> {
  const fork = em.fork();
  await fork.begin();
  await inventory.hold(fork, [rental(equipmentId, startDate)], day).catch((error: unknown) => {
    if (!(error instanceof DomainError)) throw error;
  });
  await fork.rollback();
}

function rental(equipmentId: number, startDate: string): GoodsLine {
  const holdState = HoldState.HELD;
  const days = 2;
  const returnDate = addDays(startDate, days - 1);
  const line = { id: randomUUID(), position: 0, type: ItemType.EQUIPMENT, itemId: equipmentId, quantity: 1 };
  return { ...line, days, startDate, returnDate, holdState };
}

/** Many at once for the same few units and overlapping days: most of them fail, and get the first free date. */
async function contend(em: EntityManager): Promise<void> {
  await race('holds by the service', async (attempt) => {
    const line = rental(KINDS, addDays(today, 400 + (attempt % 3)));
    const held = inTransaction(em, (transaction) => inventory.hold(transaction, [line], day));
    return held.then(
      () => true,
      (error: unknown) => {
        if (error instanceof DomainError) return false;
        throw error;
      },
    );
  });
}

/** The same through the API, each attempt by a buyer of its own; the winners open a session at the simulator. */
async function contendThroughApi(orm: MikroORM, url: string): Promise<void> {
  const simulator = await startStripeSimulator();
  const environment = {
    ...demoEnvironment,
    ...simulatorEnvironment,
    LOG_LEVEL: 'silent',
    STRIPE_API_URL: simulator.url,
  };
  const config = loadConfig({ ...environment, RATE_LIMIT: 'off', DATABASE_URL: url });
  const app = await buildApp({ config, orm });
  const tokens = await Promise.all(
    Array.from({ length: CONTENDED_ATTEMPTS }, (_, buyer) => demoToken(demoEnvironment, `buyer-${buyer}`)),
  );
  await race('checkouts through the API', async (attempt) => {
    const payload = checkoutRequest('http://localhost:3000');
    const items = [
      { id: KINDS - 1, type: 'EQUIPMENT', quantity: 1, days: 2, startDate: addDays(today, 400 + (attempt % 3)) },
    ];
    payload.variables.input.items = items;
    const headers = { authorization: `Bearer ${tokens[attempt % tokens.length]}` };
    const answer = await app.inject({ method: 'POST', url: '/graphql', headers, payload });
    const { errors } = answer.json<{ errors?: { extensions: { code: string } }[] }>();
    if (errors && errors[0]?.extensions.code !== 'NOT_AVAILABLE') throw new Error(JSON.stringify(errors));
    return !errors;
  });
  await app.close();
  await simulator.close();
}

/** `attempt` says whether it won. */
async function race(what: string, attempt: (number: number) => Promise<boolean>): Promise<void> {
  let begun = 0;
  let won = 0;
  const started = performance.now();
  const contender = async () => {
    while (begun < CONTENDED_ATTEMPTS) {
      begun += 1;
      if (await attempt(begun)) won += 1;
    }
  };
  await Promise.all(Array.from({ length: CONTENDERS }, contender));
  const perSecond = CONTENDED_ATTEMPTS / ((performance.now() - started) / 1000);
  const rate = `${perSecond.toFixed(0)} a second, ${won} won`;
  console.log(`${CONTENDED_ATTEMPTS} ${what}, ${CONTENDERS} at once for ${UNITS_A_KIND} units: ${rate}`);
}

async function time(name: string, work: (round: number) => Promise<unknown>): Promise<number> {
  for (let round = 0; round < ROUNDS / 10; round += 1) await work(round);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    await work(round);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  console.log(`  ${name.padEnd(24)} median ${at(0.5).toFixed(2)} ms, 95 % within ${at(0.95).toFixed(2)} ms`);
  return at(0.5);
}
