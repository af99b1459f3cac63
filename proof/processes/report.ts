/** What a run prints: what was done, how long recovery took, and which invariants hold. */

import type { Findings } from '../chaos/process-invariants.js';
import { KILL_POINTS } from './kill-points.js';
import { ANY_MOMENT, killsAt } from './killer.js';
import type { RunLog } from './run-log.js';

const LOG_LINES = 12;
const VIOLATIONS_IN_FULL = 20;

export function printDone(runLog: RunLog, tables: readonly [string, number][]): void {
  console.log('\nWhat was done');
  for (const [what, count] of tables) printLine(what, count);
  for (const [what, count] of runLog.allCounts()) {
    if (!what.startsWith('kill at ')) printLine(what, count);
  }
  console.log('\nKills');
  for (const place of [...KILL_POINTS, ANY_MOMENT]) printLine(place, runLog.countOf(killsAt(place)));
  console.log('\nTimes in seconds: median, slowest, and how many');
  for (const [what, times] of runLog.allTimes()) {
    const median = times[Math.floor(times.length / 2)] ?? 0;
    console.log(
      `  ${what.padEnd(56)} ${seconds(median)} ${seconds(times.at(-1) ?? 0)} ${String(times.length).padStart(6)}`,
    );
  }
}

/** @param logLines those of the processes that name an order or an event */
export function printFindings(
  findings: Findings,
  others: readonly string[],
  logLines: (text: string) => string[],
): void {
  const { orders, sessions, events } = findings.looked;
  console.log(`\nInvariants, over ${orders} orders, ${sessions} sessions and ${events} events`);
  for (const { invariant, says } of findings.held) console.log(`  ${invariant.padEnd(4)}holds: ${says}`);
  for (const what of others) console.log(`  VIOLATED: ${what}`);
  for (const [index, { invariant, orderId, what }] of findings.violations.entries()) {
    console.log(`  ${invariant.padEnd(4)}VIOLATED: order ${orderId ?? '-'}: ${what}`);
    if (orderId === null || index >= VIOLATIONS_IN_FULL) continue;
    for (const line of logLines(orderId).slice(-LOG_LINES)) console.log(`        ${line}`);
  }
}

function printLine(what: string, count: number): void {
  console.log(`  ${what.padEnd(56)} ${String(count).padStart(8)}`);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(2).padStart(8);
}
