/** `npm run bench -- NAME …`: the benchmarks. */
import { runNamedProgram } from '../cli/named-programs.js';
import { isQuickRun } from '../cli/program.js';
import { readBenchOptions } from './results.js';

const USAGE = `Usage: npm run bench -- NAME …
  checkout     a checkout of two products, beside the least code that stores the same order
  webhook      the event that makes an order paid, and the same event again, beside handwritten SQL
  return-page  orderBySession of a paid order, beside one join by hand
  processes    checkouts of two processes on one database, beside those of one
  idle         statements and CPU of a process that nobody asks anything
  start        time until the API is ready, its memory, time to the demo's banner; with --all also tests and installation
  report       writes saved results, or new ones, into docs/performance.md and its chart
  limits       what limits, headers and counters cost an ordinary request, and how soon abuse is rejected
  jobs         how long a backlog of overdue orders, or of events of other applications, takes
  outage       how long responses take, and recovery, when the database freezes or fails over silently
  growth       plans and times of lists and jobs at 1,000,000 orders, and what they make a purchase cost
  inventory    latency of availability and holds at 1,000 and 1,000,000 bookings
  quotes       processor time of the largest quote, and what others feel of eight at once
  simulator    session creations a second of the Stripe simulator, and its memory
NAME --help says more.`;

await runNamedProgram(USAGE, {
  checkout: withOptions('checkout', () => import('./checkout.js')),
  webhook: withOptions('webhook', () => import('./webhook.js')),
  'return-page': withOptions('return-page', () => import('./return-page.js')),
  processes: withOptions('processes', () => import('./processes.js')),
  idle: withOptions('idle', () => import('./idle.js')),
  start: () => import('./start.js'),
  report: () => import('./report.js'),
  limits: withOptions('limits', () => import('./limits.js')),
  jobs: () => import('./jobs.js'),
  outage: () => import('./outage.js'),
  growth: shortOrLong('growth', () => import('./growth.js')),
  inventory: withOptions('inventory', () => import('./inventory.js')),
  quotes: shortOrLong('quotes', () => import('./quotes.js')),
  simulator: shortOrLong('simulator', () => import('./simulator.js')),
});

/** Help, and a command line that is not understood, are answered before the benchmark is loaded. */
function withOptions(name: string, load: () => Promise<unknown>): () => Promise<unknown> {
  return () => {
    readBenchOptions(name);
    return load();
  };
}

/** Help, and a command line that is not understood, are answered before the benchmark is loaded. */
function shortOrLong(name: string, load: () => Promise<unknown>): () => Promise<unknown> {
  return () => {
    isQuickRun(`bench -- ${name}`);
    return load();
  };
}
