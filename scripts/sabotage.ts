/** Plants bugs, one after the other, in a copy of the project, and sees whether the tests that should notice do. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface PlantedBug {
  name: string;
  file: string;
  /** Occurs once in the file. */
  right: string;
  wrong: string;
  /** Paths of test files, or their beginnings. */
  tests?: readonly string[];
  /** So many random schedules of `npm run chaos` instead. */
  schedules?: number;
}

/** @param wanted parts of names; all bugs when empty. `--check` plants nothing, and says only whether all could be */
export function plant(bugs: readonly PlantedBug[], wanted: readonly string[]): void {
  if (wanted[0] === '--check') checkPlaces(bugs);
  else plantEach(bugs, wanted);
}

/** Prints what becomes of each bug; a bug that nothing notices is a hole in the tests: exit code 1. */
function plantEach(bugs: readonly PlantedBug[], wanted: readonly string[]): void {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'comptoir-planted-'));
  try {
    fs.chmodSync(copy, 0o755);
    for (const name of ['src', 'test', 'scripts', 'package.json', 'tsconfig.json', 'jest.config.js']) {
      fs.cpSync(name, path.join(copy, name), { recursive: true });
    }
    fs.symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
    const chosen = bugs.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
    const missed = chosen.filter((bug) => !isCaught(bug, copy));
    console.log(`caught ${chosen.length - missed.length} of ${chosen.length}`);
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
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
  const { status } = spawnSync(process.execPath, commandFor(bug), { cwd: copy, stdio: 'ignore' });
  fs.writeFileSync(target, source);
  const caught = status !== 0;
  console.log(`${caught ? 'caught' : 'MISSED'}  ${name}  (${Math.round((Date.now() - started) / 1000)} s)`);
  return caught;
}

function commandFor({ tests, schedules }: PlantedBug): string[] {
  if (tests) return ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--bail', ...tests];
  return ['--import', 'tsx', 'scripts/chaos.ts', '--schedules', String(schedules ?? 0)];
}
