/** Planted bugs as patch files: what they say of themselves, whether they still apply, and how they are made again. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { CommandError } from '../cli/program.js';
import { removeScratchFolder, scratchFolder } from '../src/platform/kernel/scratch-folder.js';

const FOLDER = 'proof/bugs';
// So few that changes nearby do not matter; what a bug changes is rare enough to be found by itself.
const CONTEXT_LINES = 1;

export interface PlantedBug {
  /** Its file's, with the folder: `refunds/a-refund-is-issued-twice`. */
  name: string;
  patchFile: string;
  /** What the program does with it. */
  bug: string;
  /** Paths of test files, or their beginnings, of which some have to fail. */
  tests: readonly string[];
  /** So many random schedules of `npm run proof -- chaos` instead; zero for none. */
  schedules: number;
}

export function readBugs(): PlantedBug[] {
  const files = fs.readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.patch'));
  return files.sort().map((file) => readBug(path.join(FOLDER, file), file.replace(/\.patch$/, '')));
}

/** @throws CommandError for a patch that does not say what it breaks, and what notices */
function readBug(patchFile: string, name: string): PlantedBug {
  const { header } = partsOf(patchFile);
  const field = (key: string) => new RegExp(`^${key}: *(.+)$`, 'm').exec(header)?.[1]?.trim() ?? '';
  const bug = field('Bug');
  const tests = field('Tests')
    .split(/[\s,]+/)
    .filter(Boolean);
  const schedules = Number(field('Schedules'));
  if (bug === '' || (tests.length === 0) === !(schedules > 0)) {
    throw new CommandError(
      `${patchFile} has to begin with the line "Bug: …", and either "Tests: …" or "Schedules: …".`,
    );
  }
  return { name, patchFile, bug, tests, schedules };
}

/** The text that begins a patch file, and the difference itself. */
function partsOf(patchFile: string): { header: string; difference: string } {
  const text = fs.readFileSync(patchFile, 'utf8');
  const start = text.search(/^--- /m);
  if (start < 0) throw new CommandError(`${patchFile} holds no difference: a line that begins with "---" is missing.`);
  return { header: text.slice(0, start), difference: text.slice(start) };
}

export function canBePlanted(bug: PlantedBug): boolean {
  return applies(bug, '.', ['--check']);
}

/** @param root the folder of the project, or of a copy */
export function plantIn(root: string, bug: PlantedBug): void {
  if (!applies(bug, root)) throw new CommandError(`${bug.patchFile} does not apply: ${HOW_TO_MEND}`);
}

export function removeFrom(root: string, bug: PlantedBug): void {
  if (!applies(bug, root, ['--reverse'])) throw new Error(`${bug.patchFile} cannot be taken back.`);
}

export const HOW_TO_MEND =
  'npm run proof -- planted-bugs --refresh, or change it by hand so that it stays the same bug.';

/**
 * Writes the patch again, for the code as it is now. Where only the lines around the change are others, they are replaced.
 *
 * @returns false where the lines that it changes are others themselves
 */
export function refresh(bug: PlantedBug): boolean {
  const { header, difference } = partsOf(bug.patchFile);
  const files = [...difference.matchAll(/^\+\+\+ b\/(\S+)/gm)].map(([, file = '']) => file);
  if (!files.every((file) => fs.existsSync(file))) return false;
  const folder = scratchFolder('patches');
  try {
    for (const side of ['a', 'b']) {
      for (const file of files) fs.cpSync(file, path.join(folder, side, file));
    }
    const after = path.join(folder, 'b');
    const isFound = applies(bug, after) || (standsOnce(difference, files) && applies(bug, after, ['-C0']));
    if (!isFound) return false;
    fs.writeFileSync(bug.patchFile, header + differenceIn(folder));
    return true;
  } finally {
    removeScratchFolder(folder);
  }
}

/** Whether what is changed can be told from the rest without the lines around it. */
function standsOnce(difference: string, files: readonly string[]): boolean {
  const text = files.map((file) => fs.readFileSync(file, 'utf8')).join('\n');
  const removed = difference.match(/(?:^-(?!-- ).*\n)+/gm) ?? [];
  return removed.length > 0 && removed.every((lines) => text.split(lines.replace(/^-/gm, '')).length === 2);
}

/** Between the folders `a` and `b`, without what would change with every commit. */
function differenceIn(folder: string): string {
  const { stdout } = git(folder, ['diff', '--no-index', '--no-prefix', '--no-color', `-U${CONTEXT_LINES}`, 'a', 'b']);
  return stdout.replace(/^(?:diff --git|index) .*\n/gm, '').replace(/^(@@ [^@]+ @@).*$/gm, '$1');
}

function applies({ patchFile }: PlantedBug, root: string, options: readonly string[] = []): boolean {
  return git(root, ['apply', ...options, path.resolve(patchFile)]).status === 0;
}

/** Git as if there was no repository: inside one, it would skip files outside of the current folder. */
function git(folder: string, parameters: readonly string[]): { status: number | null; stdout: string } {
  const env = { ...process.env, GIT_DIR: path.resolve(folder, 'no-repository') };
  const { error, status, stdout } = spawnSync('git', parameters, { cwd: folder, env, encoding: 'utf8' });
  if (error) throw new CommandError('Planted bugs need the program git: install it.');
  return { status, stdout };
}
