/** A part of `npm run check`: finds the words that comments, messages and documents avoid, each with file and line. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readArguments, runProgram } from '../cli/program.js';

const USAGE = 'Usage: node --import tsx scripts/words.ts';

/** People are "they"; the rest has a plainer word. "told of" is found across the end of a comment's line as well. */
const AVOIDED = /\b(he|his|him|himself|whom|whoever|lest|told[\s*/]+of)\b/gi;

/** Files, and folders with a slash at their end, that may use the words, each for its reason. */
const ALLOWED = [
  // These name them.
  'scripts/words.ts',
  'test/words.test.ts',
  // The text of the MIT licence is fixed.
  'LICENSE',
  'packages/stripe-simulator/LICENSE',
  // npm writes it.
  'package-lock.json',
];

/** What .gitignore names, where there is no Git to ask. */
const IGNORED = new Set(['.git', '.data', '.env', 'coverage', 'dist', 'node_modules']);

await runProgram(() => {
  readArguments(USAGE, {});
  const files = (existsSync('.git') ? trackedFiles() : filesIn('')).filter(isSearched);
  const findings = files.flatMap((file) => findingsIn(file, readFileSync(file, 'utf8')));
  for (const finding of findings) console.error(finding);
  if (findings.length > 0) process.exitCode = 1;
  else console.log(`${files.length} files avoid the words that scripts/words.ts lists.`);
});

/** With new files that are not ignored, so that they are searched before they are committed. */
function trackedFiles(): string[] {
  const parameters = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', parameters, { encoding: 'utf8' }).split('\0');
  // Git also lists files that were deleted, until the deletion is staged.
  return files.filter((file) => file !== '' && existsSync(file));
}

/** For a tarball, or an image. @param folder empty, or with a slash at its end */
function filesIn(folder: string): string[] {
  return readdirSync(folder || '.', { withFileTypes: true })
    .filter(({ name }) => !IGNORED.has(name) && !name.endsWith('.log'))
    .flatMap((entry) => {
      if (entry.isDirectory()) return filesIn(`${folder}${entry.name}/`);
      return entry.isFile() ? [`${folder}${entry.name}`] : [];
    });
}

function isSearched(file: string): boolean {
  if (ALLOWED.some((allowed) => file === allowed || (allowed.endsWith('/') && file.startsWith(allowed)))) return false;
  // Images and other binary files have bytes that are zero.
  return !readFileSync(file).includes(0);
}

function findingsIn(file: string, text: string): string[] {
  return [...text.matchAll(AVOIDED)].map((match) => {
    const before = text.slice(0, match.index).split('\n');
    const line = text.split('\n')[before.length - 1]?.trim();
    return `${file}:${before.length}: ${match[0].replaceAll(/[\s*/]+/g, ' ')}: ${line}`;
  });
}
