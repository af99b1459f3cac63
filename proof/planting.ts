/** Plants bugs, one after the other, in a copy of the project, and sees whether the tests that should notice do. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { removeScratchFolder, scratchFolder } from '../src/platform/kernel/scratch-folder.js';
import { type PlantedBug, plantIn, removeFrom } from './bug-patches.js';

// All else is what the tests run on. `.env` may hold real keys.
const NOT_COPIED = ['node_modules', '.git', '.data', '.env', 'coverage', 'dist'];

/**
 * Prints what becomes of each bug; a bug that nothing notices is a hole in the tests: exit code 1.
 *
 * @throws Error when tests fail without any bug: they would seem to catch each
 */
export function plantEach(bugs: readonly PlantedBug[]): void {
  const copy = scratchFolder('planted');
  try {
    for (const name of fs.readdirSync('.').filter((name) => !NOT_COPIED.includes(name))) {
      fs.cpSync(name, path.join(copy, name), { recursive: true });
    }
    fs.symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
    const passing = new Set<string>();
    const missed = bugs.filter((bug) => {
      const command = commandFor(bug);
      const line = command.join(' ');
      if (!passing.has(line) && !passes(command, copy)) throw new Error(`Without any bug this fails: node ${line}`);
      passing.add(line);
      return !isCaught(bug, copy);
    });
    console.log(`caught ${bugs.length - missed.length} of ${bugs.length}`);
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    removeScratchFolder(copy);
  }
}

function isCaught(bug: PlantedBug, copy: string): boolean {
  plantIn(copy, bug);
  const started = Date.now();
  const caught = !passes(commandFor(bug), copy);
  removeFrom(copy, bug);
  console.log(`${caught ? 'caught' : 'MISSED'}  ${bug.name}  (${Math.round((Date.now() - started) / 1000)} s)`);
  return caught;
}

function passes(command: readonly string[], copy: string): boolean {
  // Goes with the copy: in that of the packages, the files of each copy would stay for ever.
  const env = { ...process.env, NODE_COMPILE_CACHE: path.join(copy, 'compiled') };
  return spawnSync(process.execPath, command, { cwd: copy, env, stdio: 'ignore' }).status === 0;
}

function commandFor({ tests, schedules }: PlantedBug): string[] {
  if (tests.length > 0) return ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--bail', ...tests];
  // The same ones each time: what they catch once, they catch again.
  const seeds = ['--schedules', String(schedules), '--seed', '1'];
  return ['--conditions=comptoir-source', '--import', 'tsx', 'proof/chaos.ts', ...seeds];
}
