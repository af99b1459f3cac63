/** A part of `npm run check`: finds the words that comments, messages and documents avoid, each with file and line. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readArguments, runProgram } from '../cli/program.js';

const USAGE = 'Usage: node --import tsx scripts/words.ts';

interface AvoidedWords {
  words: readonly string[];
  /** Why, or what to write in their place. */
  instead: string;
}

/** Whole words, in either case; the blank between two of them may be the end of a comment's line. */
const AVOIDED: readonly AvoidedWords[] = [
  { words: ['he', 'his', 'him', 'himself'], instead: 'people are "they"' },
  { words: ['whom', 'whoever', 'lest'], instead: 'a plainer word' },
  { words: ['told of', 'tell of', 'tells of', 'hear of', 'hears of'], instead: 'report, receive' },
  { words: ['anew'], instead: 'again' },
  { words: ['in vain'], instead: 'failed, without success' },
  { words: ['in the same breath'], instead: 'in the same statement, at once' },
  { words: ['without a word'], instead: 'silently' },
  { words: ['spoken for'], instead: 'booked' },
];

/** Old names of things, which only history may use: records of decisions, migrations and the changelog. */
const RENAMED: readonly AvoidedWords[] = [
  { words: ['money news', 'moneyNews', 'money_news\\w*'], instead: 'payment sync' },
  { words: ['refund desk', 'RefundDesk'], instead: 'refund scheduler' },
  { words: ['verdicts?'], instead: 'decision, outcome' },
  { words: ['lost race', 'lostRace', 'lost a race'], instead: 'serialization failure' },
  { words: ['refresh-money', 'compare-with-stripe', 'anonymise-late-events'], instead: 'the job’s name' },
  { words: ['workOff', 'inTurn', 'RoundOutcome', 'RoundError'], instead: 'processBacklog, itemLimit, JobRun…' },
  { words: ['(?:MOST|LONGEST|LARGEST)_\\w+'], instead: 'MAX_…' },
  { words: ['(?:SHORTEST|SMALLEST|FEWEST)_\\w+'], instead: 'MIN_…' },
  { words: ['chronicles?'], instead: 'run log' },
  { words: ['weather'], instead: 'faults, fault injector' },
  { words: ['provocations?'], instead: 'fail-point scenarios' },
  { words: ['mailbox(?:es)?'], instead: 'webhook queue' },
  { words: ['canary', 'canaries'], instead: 'PII markers' },
];

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

const HISTORY = ['CHANGELOG.md', 'docs/decisions/', 'src/migrations/'];

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
  if (isOneOf(ALLOWED, file)) return false;
  // Images and other binary files have bytes that are zero.
  return !readFileSync(file).includes(0);
}

function isOneOf(places: readonly string[], file: string): boolean {
  return places.some((place) => file === place || (place.endsWith('/') && file.startsWith(place)));
}

function findingsIn(file: string, text: string): string[] {
  const avoided = isOneOf(HISTORY, file) ? AVOIDED : [...AVOIDED, ...RENAMED];
  return avoided.flatMap(({ words, instead }) =>
    [...text.matchAll(patternOf(words))].map((match) => {
      const before = text.slice(0, match.index).split('\n');
      const line = text.split('\n')[before.length - 1]?.trim();
      return `${file}:${before.length}: ${match[0].replaceAll(/[\s*/]+/g, ' ')} (${instead}): ${line}`;
    }),
  );
}

function patternOf(words: readonly string[]): RegExp {
  return new RegExp(`\\b(?:${words.join('|').replaceAll(' ', '[\\s*/]+')})\\b`, 'gi');
}
