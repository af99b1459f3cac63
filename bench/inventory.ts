/**
 * `npm run bench -- inventory`: what a look at availability, a search for a date and a hold take with 1,000 and with
 * 1,000,000 bookings, over 5,000 units, beside a statement by hand for each; and how many contended holds a second there
 * are.
 */
import { randomUUID } from 'node:crypto';
import { startStripeSimulator } from '@comptoir/stripe-simulator';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { runProgram } from '../cli/program.js';
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
import { postgresCpuMicroseconds, postmasterOf } from './cpu-time.js';
import { type Figures, type OperationResult, summarize } from './figures.js';
import { InventoryFloor } from './inventory-floor.js';
import { publish, readBenchOptions } from './results.js';
import { COUNTING_SETTINGS, StatementCount } from './statement-count.js';

const options = readBenchOptions('inventory');
const KINDS = 500;
const UNITS_A_KIND = 10;
/** The kinds that are measured; all of the few bookings are theirs, so that both measurements see the same days. */
const MEASURED_KINDS = 20;
const FEW_BOOKINGS = 1_000;
const MANY_BOOKINGS = options.isQuick ? 50_000 : 1_000_000;
const LOADED_AT_ONCE = 50_000;
const ROUNDS = options.isQuick ? 100 : 400;
const BLOCKS = 3;
const CONTENDED_ATTEMPTS = 500;
const CONTENDERS = 20;
const TURNAROUND_DAYS = 1;

interface Bench {
  em: EntityManager;
  floor: InventoryFloor;
  statements: StatementCount | null;
  postmaster: number | null;
}

const shop = { currency: 'EUR', timeZone: 'Europe/Paris' };
const today = calendarDateAt(new Date(), shop.timeZone);
const day = { today, closures: { weekdays: new Set<number>(), dates: new Set<string>() }, earliestEnd: today };
const inventory = new InventoryService();
const unlimitedCalendars = () => new CalendarBudget(async () => {});
const availability = new AvailabilityService(new OpeningDaysService(), shop, systemClock);

await runProgram(async () => {
  const server = await startScratchServer(process.env.DATABASE_URL || null, { settings: COUNTING_SETTINGS });
  const databaseUrl = server.urlOf(`comptoir_bench_${randomUUID().slice(0, 8)}`);
  const orm = await connect(databaseUrl);
  try {
    await orm.schema.ensureDatabase();
    await orm.migrator.up();
    await measureAll(orm, databaseUrl);
    await contendThroughApi(orm, server.urlOf('unused'));
  } finally {
    // The first error is the one to tell.
    await orm.schema.dropDatabase().catch(() => {});
    await orm.close();
    await server.stop();
  }
});

async function measureAll({ em }: MikroORM, databaseUrl: string): Promise<void> {
  await stock(em);
  const floor = await InventoryFloor.connect(databaseUrl);
  const bench = { em, floor, statements: await StatementCount.of(em), postmaster: await postmasterOf(em) };
  const few = await measure(bench, FEW_BOOKINGS);
  await load(em, FEW_BOOKINGS, MANY_BOOKINGS);
  const many = await measure(bench, MANY_BOOKINGS);
  await floor.close();
  await publish(options, em, [...few, ...many]);
  console.log('\np50 with the many, as a multiple of that with the few:');
  for (const [index, { operation, sides }] of many.entries()) {
    const growth = (sides[0]?.figures.p50Ms ?? Number.NaN) / (few[index]?.sides[0]?.figures.p50Ms ?? Number.NaN);
    console.log(`  ${operation.padEnd(48)} ${growth.toFixed(2)}`);
  }
  console.log('');
  await contend(em);
}

/** The kinds with their units, and the few bookings: in the weeks to come, of the kinds that are measured. */
async function stock(em: EntityManager): Promise<void> {
  const fork = em.fork();
  await fork.execute(
    `insert into equipment (name, price_per_day_minor, currency, turnaround_days)
     select 'Kind ' || n, 1000, 'EUR', ? from generate_series(1, ?) n`,
    [TURNAROUND_DAYS, KINDS],
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

async function measure(bench: Bench, expected: number): Promise<OperationResult[]> {
  const { em, floor } = bench;
  const [row] = await em.fork().execute<{ count: number }[]>('select count(*)::int as count from bookings');
  console.log(`\n${row?.count} bookings (about ${expected}), ${KINDS * UNITS_A_KIND} units, ${ROUNDS} rounds`);
  const kinds = await em.fork().find(Equipment, { id: { $lte: MEASURED_KINDS } });
  const kindOf = (round: number) => kinds[round % kinds.length] as Equipment;
  const to = addDays(today, 30);
  const startOf = (round: number) => addDays(today, 3 + (round % 20));
  const many = `${expected.toLocaleString('en')} bookings`;
  const wanted = { quantity: 8, days: 2, from: null };
  return [
    await compare(bench, `availability of 31 days, ${many}`, {
      comptoir: (round) => availability.byDay(em.fork(), kindOf(round), { from: today, to }, unlimitedCalendars()),
      floor: (round) => floor.freeByDay(kindOf(round).id, today, to),
    }),
    await compare(bench, `next date, ${many}`, {
      comptoir: (round) => availability.nextDate(em.fork(), kindOf(round), wanted, unlimitedCalendars()),
      floor: (round) => floor.nextDate(kindOf(round).id, today, { quantity: 8, days: 2 + TURNAROUND_DAYS }),
    }),
    await compare(bench, `hold, ${many}`, {
      comptoir: (round) => holdAndRollBack(em, kindOf(round).id, startOf(round)),
      floor: (round) => floor.hold(kindOf(round).id, startOf(round), 2 + TURNAROUND_DAYS),
    }),
  ];
}

type Work = (round: number) => Promise<unknown>;

/** In turn, and once before it counts. CPU is that of this process, where both run. */
async function compare(bench: Bench, operation: string, work: Record<'comptoir' | 'floor', Work>) {
  const measured = Object.entries(work).map(([side, run]) => ({ side, run, rounds: [] as Figures[] }));
  for (let block = -1; block < BLOCKS; block += 1) {
    for (const { run, rounds } of measured) {
      const figures = await time(bench, run);
      if (block >= 0) rounds.push(figures);
    }
  }
  return summarize(operation, measured);
}

async function time({ statements, postmaster }: Bench, work: Work): Promise<Figures> {
  await statements?.restart();
  const times: number[] = [];
  const cpu = process.cpuUsage();
  const database = postgresCpuMicroseconds(postmaster);
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    await work(round);
    times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(cpu);
  const databaseAfter = postgresCpuMicroseconds(postmaster);
  const executed = (await statements?.read()) ?? null;
  times.sort((a, b) => a - b);
  return {
    serverUs: (user + system) / ROUNDS,
    databaseUs: database === null || databaseAfter === null ? null : (databaseAfter - database) / ROUNDS,
    statements: executed === null ? null : executed / ROUNDS,
    p50Ms: times[Math.floor(ROUNDS * 0.5)] ?? null,
    p99Ms: times[Math.floor(ROUNDS * 0.99)] ?? null,
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
