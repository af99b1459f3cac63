/**
 * `npm run bench -- report [--quick] [FILE…]`: writes results into docs/performance.md and its chart. Without files that
 * `--save` has written, everything is measured first.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError, runProgram } from '../cli/program.js';
import { scratchFolder } from '../src/platform/kernel/scratch-folder.js';
import { drawChart } from './chart.js';
import { formatFigure, MEASURES, measuresOf, type OperationResult } from './figures.js';
import { readReportOptions, readResults, type SavedBenchmark, type SavedBenchmarks } from './results.js';

const DOCUMENT = 'docs/performance.md';
const CHART = 'docs/images/performance.svg';
const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';
const CHARTED = ['checkout', 'webhook', 'return-page'];
/** What the tables show, each of benchmarks that measure the same. */
const TABLES: readonly { heading: string; benchmarks: readonly string[] }[] = [
  { heading: 'Checkout, event and return page', benchmarks: CHARTED },
  { heading: 'Start and memory', benchmarks: ['start'] },
  { heading: 'Idle', benchmarks: ['idle'] },
  { heading: 'Rentals', benchmarks: ['inventory'] },
  { heading: 'Protections', benchmarks: ['limits'] },
];

await runProgram(() => {
  const { isQuick, files } = readReportOptions();
  const saved = files.length > 0 ? joined(files) : measureAll(isQuick);
  const tables = TABLES.flatMap(({ heading, benchmarks }) => {
    const known = benchmarks.flatMap((name) => saved[name] ?? []);
    return known.length === 0 ? [] : [tableOf(heading, known)];
  });
  const charted = CHARTED.flatMap((name) => saved[name]?.results ?? []);
  if (charted.some(({ ratio }) => ratio === null)) {
    throw new CommandError('Without CPU time there is nothing to draw: measure on Linux.');
  }
  writeBetweenMarkers(`${conditionsOf(Object.values(saved))}\n\n${tables.join('\n\n')}`);
  writeFileSync(CHART, drawChart(charted, Object.values(saved)[0]?.machine ?? ''));
  console.log(`${DOCUMENT} and ${CHART} are written.`);
});

/** Those of later files win. */
function joined(files: readonly string[]): SavedBenchmarks {
  const saved = Object.assign({}, ...files.map(readResults)) as SavedBenchmarks;
  if (TABLES.some(({ benchmarks }) => benchmarks.some((name) => name in saved))) return saved;
  throw new CommandError(`There are no results in ${files.join(', ')}: name files that --save has written.`);
}

/** Each in a process of its own, as they are run by hand. */
function measureAll(isQuick: boolean): SavedBenchmarks {
  const file = path.join(scratchFolder('bench'), 'results.json');
  for (const name of TABLES.flatMap(({ benchmarks }) => benchmarks)) {
    console.log(`\n=== ${name}`);
    const words = ['run', '--silent', 'bench', '--', name, ...(isQuick ? ['--quick'] : []), '--save', file];
    execFileSync('npm', words, { stdio: 'inherit' });
  }
  return readResults(file);
}

function conditionsOf(saved: readonly SavedBenchmark[]): string {
  const machines = [...new Set(saved.map(({ machine }) => machine))].join('; ');
  const days = [...new Set(saved.map(({ measuredOn }) => measuredOn.slice(0, 10)))].sort().join(', ');
  const quick = saved.some(({ isQuick }) => isQuick) ? ', by short runs (`--quick`), whose figures are rough' : '';
  return `Measured on ${days} on ${machines}${quick}.`;
}

function tableOf(heading: string, saved: readonly SavedBenchmark[]): string {
  const results = saved.flatMap((benchmark) => benchmark.results);
  const names = measuresOf(results);
  const headings = ['operation', '', ...names.map((name) => MEASURES[name].heading), '× the floor'];
  const rows = results.flatMap((result) =>
    result.sides.map(({ side, figures }, index) => [
      index === 0 ? `**${result.operation}**` : '',
      side,
      ...names.map((name) => formatFigure(name, figures[name])),
      index === 0 ? ratioOf(result) : '',
    ]),
  );
  const rule = headings.map((_, index) => (index < 2 ? '---' : '--:'));
  return `### ${heading}\n\n${[headings, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`;
}

function ratioOf({ ratio }: OperationResult): string {
  if (ratio === null) return '';
  const [middle, lowest, highest] = [ratio.median, ratio.lowest, ratio.highest].map((value) => value.toFixed(2));
  return `**${middle}** (${lowest}–${highest})`;
}

function writeBetweenMarkers(text: string): void {
  const document = readFileSync(DOCUMENT, 'utf8');
  const [before, measured = ''] = document.split(BEGIN);
  const [, after] = measured.split(END);
  if (after === undefined) throw new CommandError(`${DOCUMENT} has no ${BEGIN} and ${END}.`);
  writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
}
