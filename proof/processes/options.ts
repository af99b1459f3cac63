/** The command line of `npm run proof -- processes`. */
import { randomInt } from 'node:crypto';
import { readArguments, wholeNumber } from '../../cli/program.js';
import { KILL_POINTS } from './kill-points.js';

const USAGE = `Usage: npm run proof -- processes [options]

Buyers shop at two API processes on one PostgreSQL and one Stripe simulator, while the processes are killed, the
database is stopped without a clean shutdown, and Stripe and its webhooks fail. Then everything is finished, and the
invariants are checked from the tables and from Stripe's lists. Exit code 1 when one does not hold.

  --kills NUMBER   how many processes are killed; from ${KILL_POINTS.length} on, each fail point is met at least once (default 200)
  --seed NUMBER    drives what buyers do, who is killed where, and what goes wrong (default: a random one)
  --keep           leaves the logs of the processes behind, whatever the outcome
  --help           this text

A seed repeats the choices, not the run: real processes, sockets and disks are never exactly as fast again.
From 100 kills on, what is left over is finished by the jobs' own schedule; below that the jobs are requested at once.`;

export interface ChaosOptions {
  kills: number;
  seed: number;
  keepLogs: boolean;
}

/** @throws UsageError for what cannot be understood */
export function readOptions(): ChaosOptions {
  const { kills, seed, keep } = readArguments(USAGE, {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    keep: { type: 'boolean', default: false },
  }).values;
  return { kills: wholeNumber('kills', kills), seed: wholeNumber('seed', seed), keepLogs: keep };
}
