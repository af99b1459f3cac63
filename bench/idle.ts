/**
 * `npm run bench -- idle`: what a process costs that nobody asks anything: the statements that PostgreSQL executes for it,
 * and the CPU of both, beside a server that only listens.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { runProgram } from '../cli/program.js';
import { cpuMicroseconds, postgresCpuMicroseconds, postmasterOf } from './cpu-time.js';
import { type Figures, summarize } from './figures.js';
import { publish, readBenchOptions } from './results.js';
import { type BenchShop, buildBoth, launchApi, launchFloor, onNewShop, type Side, stopSide } from './sides.js';
import { StatementCount } from './statement-count.js';

const options = readBenchOptions('idle');
// Whole minutes: the jobs' schedules are in minutes.
const MINUTES = options.isQuick ? 1 : 5;
// The first run of every job, and what was loaded at the start, is over by then.
const SETTLES_MS = 30_000;
const SHOWN = 10;

await runProgram(() =>
  onNewShop(
    async (shop, sides) => {
      await buildBoth();
      const statements = await StatementCount.of(shop.orm.em);
      const measured: { side: string; rounds: Figures[] }[] = [];
      for (const launch of [launchApi, launchFloor]) {
        const side = await launch(shop.environment);
        sides.push(side);
        measured.push({ side: side.name, rounds: [await measure(shop, side, statements)] });
        await stopSide(side);
      }
      await publish(options, shop.orm.em, [summarize('idle', measured, null)]);
    },
    { durable: true },
  ),
);

async function measure({ orm: { em } }: BenchShop, side: Side, statements: StatementCount | null): Promise<Figures> {
  await pause(SETTLES_MS);
  const postmaster = await postmasterOf(em);
  await statements?.restart();
  const used = () => ({ server: cpuMicroseconds(side.child.pid), database: postgresCpuMicroseconds(postmaster) });
  const before = used();
  await pause(MINUTES * 60_000);
  const after = used();
  const executed = (await statements?.readAll()) ?? null;
  if (side.kind === 'api') await printMostFrequent(statements);
  return {
    statementsPerMinute: executed === null ? null : executed / MINUTES,
    serverPercent: percentOfCore(before.server, after.server),
    databasePercent: percentOfCore(before.database, after.database),
  };
}

function percentOfCore(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : ((after - before) / (MINUTES * 60_000_000)) * 100;
}

async function printMostFrequent(statements: StatementCount | null): Promise<void> {
  console.log(`\nwhat is executed most while comptoir is idle, times in ${MINUTES} min`);
  for (const { calls, query } of (await statements?.mostFrequent(SHOWN)) ?? []) {
    console.log(`${String(calls).padStart(6)}  ${query.replaceAll(/\s+/g, ' ').trim().slice(0, 110)}`);
  }
}
