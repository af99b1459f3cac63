/**
 * `npm run proof -- chaos --schedules N [--seed S] [--workers W]`: runs random schedules of requests, events, jobs, faults
 * and deaths against the real services, and checks the invariants after each. `npm run proof -- chaos --seed S` replays one
 * schedule, with its steps. Exit code 1 when anything was violated.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import os from 'node:os';
import { readArguments, runProgram, wholeNumber } from '../cli/program.js';
import type { ChaosDatabases } from './chaos/databases.js';
import type { Outcome } from './chaos/schedule.js';
import { addTally, type Tally } from './chaos/trace.js';

const SEED_LIMIT = 2 ** 31;
const PROGRESS_EVERY_MS = 5_000;
// Beyond these, the cause is hardly another one.
const FAILURES_SHOWN = 5;

const USAGE = `Usage:
  npm run proof -- chaos --schedules 1000 [--seed N] [--workers N]   random schedules, from a random seed unless one is given
  npm run proof -- chaos --seed N                                    plays one schedule again, and shows its steps`;

await runProgram(async () => {
  const text = { type: 'string' } as const;
  const { values } = readArguments(USAGE, { schedules: text, seed: text, workers: text });
  const schedules = countOf('schedules', values.schedules);
  const seed = countOf('seed', values.seed);
  const workers = countOf('workers', values.workers);
  if (seed !== null && schedules === null) await replay(seed);
  else await runMany(schedules ?? 1000, seed ?? randomInt(SEED_LIMIT), workers ?? defaultWorkers());
});

function countOf(name: string, value: string | undefined): number | null {
  return value === undefined ? null : wholeNumber(name, value);
}

function defaultWorkers(): number {
  return Math.max(1, Math.min(8, os.availableParallelism()));
}

/** Loaded here only: help, and a command line that is not understood, are answered at once. */
async function startDatabases(count: number): Promise<ChaosDatabases> {
  const databases = await import('./chaos/databases.js');
  return databases.startDatabases(count);
}

async function replay(only: number): Promise<void> {
  const { connect } = await import('../src/connect.js');
  const { runSchedule } = await import('./chaos/schedule.js');
  const databases = await startDatabases(1);
  try {
    const orm = await connect(databases.urls[0] ?? '');
    const outcome = await runSchedule(only, orm);
    await orm.close();
    for (const line of outcome.trace) console.log(line);
    if (outcome.violations.length > 0) process.exitCode = 1;
    console.log(outcome.violations.length === 0 ? 'Nothing was violated.' : 'Violated: see above.');
  } finally {
    await databases.stop();
  }
}

async function runMany(schedules: number, baseSeed: number, workerCount: number): Promise<void> {
  console.log(`${schedules} schedules from seed ${baseSeed}, ${workerCount} workers`);
  const databases = await startDatabases(workerCount);
  const startedAt = Date.now();
  const seeds = Array.from({ length: schedules }, (_, index) => (baseSeed + index) % SEED_LIMIT);
  const outcomes: Outcome[] = [];
  const progress = setInterval(() => {
    const elapsed = (Date.now() - startedAt) / 1000;
    const left = outcomes.length === 0 ? '?' : ((elapsed / outcomes.length) * (schedules - outcomes.length)).toFixed(0);
    console.log(`${outcomes.length} of ${schedules} in ${elapsed.toFixed(0)} s, about ${left} s left`);
  }, PROGRESS_EVERY_MS);
  try {
    await Promise.all(databases.urls.map((url) => work(url, seeds, outcomes)));
  } finally {
    clearInterval(progress);
    await databases.stop();
  }
  report(outcomes, (Date.now() - startedAt) / 1000);
}

/** Lets a process of its own run schedules until none is left. */
function work(url: string, seeds: number[], outcomes: Outcome[]): Promise<void> {
  const worker: ChildProcess = fork(new URL('./chaos-worker.ts', import.meta.url), [url]);
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code) => (seeds.length === 0 ? resolve() : reject(new Error(`A worker ended with ${code}.`))));
    worker.on('message', (message: Outcome | 'ready') => {
      if (message !== 'ready') outcomes.push(message);
      const next = seeds.shift();
      if (next === undefined) worker.disconnect();
      else worker.send(next);
    });
  });
}

function report(outcomes: readonly Outcome[], seconds: number): void {
  const total: Tally = {};
  for (const { tally } of outcomes) addTally(total, tally);
  const width = Math.max(...Object.keys(total).map((what) => what.length));
  for (const what of Object.keys(total).sort()) console.log(`  ${what.padEnd(width)}  ${total[what]}`);
  const failed = outcomes.filter(({ violations }) => violations.length > 0);
  for (const { seed: failedSeed, trace, violations } of failed.slice(0, FAILURES_SHOWN)) {
    console.log(`\nSeed ${failedSeed}:`);
    for (const line of trace) console.log(`  ${line}`);
    console.log(`  Replay it with: npm run proof -- chaos --seed ${failedSeed}`);
    for (const { invariant, message } of violations) console.log(`  ${invariant}: ${message}`);
  }
  console.log(
    `\n${outcomes.length} schedules in ${seconds.toFixed(1)} s, ${failed.length} of them violated an invariant.`,
  );
  if (failed.length > 0) {
    console.log(`Seeds: ${failed.map(({ seed: failedSeed }) => failedSeed).join(' ')}`);
    process.exitCode = 1;
  }
}
