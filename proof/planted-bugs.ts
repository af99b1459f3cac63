/**
 * `npm run proof -- planted-bugs [NAME…]`: plants one bug after the other, and shows that a test or a chaos run catches
 * each: what no bug makes fail proves nothing.
 */
import { readArguments, runProgram, UsageError } from '../cli/program.js';
import { canBePlanted, HOW_TO_MEND, type PlantedBug, readBugs, refresh } from './bug-patches.js';
import { plantEach } from './planting.js';

const USAGE = `Usage:
  npm run proof -- planted-bugs [NAME…]            parts of names as they are printed; all bugs without one
  npm run proof -- planted-bugs --check [NAME…]    only sees whether they can be planted
  npm run proof -- planted-bugs --refresh [NAME…]  writes their patches again, for the code as it is now`;

await runProgram(() => {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = readArguments(USAGE, { check: flag, refresh: flag }, Number.POSITIVE_INFINITY);
  if (values.check && values.refresh) throw new UsageError(`Either --check or --refresh. ${USAGE}`);
  const bugs = chosenBugs(readBugs(), positionals);
  if (values.check) report(bugs, canBePlanted, `${bugs.length} bugs could be planted.`);
  else if (values.refresh) report(bugs, refresh, `${bugs.length} patches are for the code as it is.`);
  else plantEach(bugs);
});

/** @throws UsageError for a name that no bug has: what is not planted must not look as if it had been caught */
function chosenBugs(bugs: readonly PlantedBug[], wanted: readonly string[]): readonly PlantedBug[] {
  const unknown = wanted.filter((part) => !bugs.some(({ name }) => name.includes(part)));
  if (unknown.length > 0) throw new UsageError(`No bug is named "${unknown.join('", "')}". ${USAGE}`);
  return bugs.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
}

/** Code moves on, and a bug that fits it no longer shows nothing: exit code 1. */
function report(bugs: readonly PlantedBug[], succeeds: (bug: PlantedBug) => boolean, success: string): void {
  const failed = bugs.filter((bug) => !succeeds(bug));
  for (const { patchFile, bug } of failed) console.error(`${patchFile} does not apply (${bug}): ${HOW_TO_MEND}`);
  if (failed.length > 0) process.exitCode = 1;
  else console.log(success);
}
