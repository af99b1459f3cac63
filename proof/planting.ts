/** Plants bugs, one after the other, in a copy of the project, and sees whether the tests that should notice do. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { readArguments, runProgram, UsageError } from '../cli/program.js';
import { removeScratchFolder, scratchFolder } from '../src/platform/kernel/scratch-folder.js';

// All else is what the tests run on. `.env` may hold real keys.
const NOT_COPIED = ['node_modules', '.git', '.data', '.env', 'coverage', 'dist'];

export interface PlantedBug {
  name: string;
  file: string;
  /** Occurs once in the file. */
  right: string;
  wrong: string;
  /** Paths of test files, or their beginnings. */
  tests?: readonly string[];
  /** So many random schedules of `npm run proof -- chaos` instead. */
  schedules?: number;
}

/** Plants the bugs that the command line names by a part of their names, or all. `--check` only sees whether all fit. */
export async function plant(usage: string, bugs: readonly PlantedBug[]): Promise<void> {
  await runProgram(() => {
    const options = { check: { type: 'boolean', default: false } } as const;
    const { values, positionals } = readArguments(usage, options, Number.POSITIVE_INFINITY);
    if (values.check) checkPlaces(bugs);
    else plantEach(chosenBugs(usage, bugs, positionals));
  });
}

/** @throws UsageError for a name that no bug has: what is not planted must not look as if it had been caught */
function chosenBugs(usage: string, bugs: readonly PlantedBug[], wanted: readonly string[]): readonly PlantedBug[] {
  const unknown = wanted.filter((part) => !bugs.some(({ name }) => name.includes(part)));
  if (unknown.length > 0) throw new UsageError(`No bug is named "${unknown.join('", "')}". ${usage}`);
  return bugs.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
}

/**
 * Prints what becomes of each bug; a bug that nothing notices is a hole in the tests: exit code 1.
 *
 * @throws Error when tests fail without any bug: they would seem to catch each
 */
function plantEach(chosen: readonly PlantedBug[]): void {
  const copy = scratchFolder('planted');
  try {
    for (const name of fs.readdirSync('.').filter((name) => !NOT_COPIED.includes(name))) {
      fs.cpSync(name, path.join(copy, name), { recursive: true });
    }
    fs.symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
    const passing = new Set<string>();
    const missed = chosen.filter((bug) => {
      const command = commandFor(bug);
      const line = command.join(' ');
      if (!passing.has(line) && !passes(command, copy)) throw new Error(`Without any bug this fails: node ${line}`);
      passing.add(line);
      return !isCaught(bug, copy);
    });
    console.log(`caught ${chosen.length - missed.length} of ${chosen.length}`);
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    removeScratchFolder(copy);
  }
}

/** Code moves on, and a bug that fits it no longer shows nothing: exit code 1. */
function checkPlaces(bugs: readonly PlantedBug[]): void {
  const misfits = bugs.filter(({ file, right }) => !fits(fs.readFileSync(file, 'utf8'), right));
  for (const { name, file, right } of misfits) console.error(`${name}: ${file} does not hold once: ${right}`);
  if (misfits.length > 0) process.exitCode = 1;
  else console.log(`All ${bugs.length} bugs could be planted.`);
}

function fits(source: string, right: string): boolean {
  return source.split(right).length === 2;
}

function isCaught(bug: PlantedBug, copy: string): boolean {
  const { name, file, right, wrong } = bug;
  const target = path.join(copy, file);
  const source = fs.readFileSync(target, 'utf8');
  if (!fits(source, right)) throw new Error(`${file} does not hold once: ${right}`);
  fs.writeFileSync(
    target,
    source.replace(right, () => wrong),
  );
  const started = Date.now();
  const caught = !passes(commandFor(bug), copy);
  fs.writeFileSync(target, source);
  console.log(`${caught ? 'caught' : 'MISSED'}  ${name}  (${Math.round((Date.now() - started) / 1000)} s)`);
  return caught;
}

function passes(command: readonly string[], copy: string): boolean {
  return spawnSync(process.execPath, command, { cwd: copy, stdio: 'ignore' }).status === 0;
}

function commandFor({ tests, schedules }: PlantedBug): string[] {
  if (tests) return ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--bail', ...tests];
  return ['--conditions=comptoir-source', '--import', 'tsx', 'proof/chaos.ts', '--schedules', String(schedules ?? 0)];
}
