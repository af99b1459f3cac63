/** What benchmarks measure, how it is printed, and the ratio to the floor. */

interface Measure {
  heading: string;
  digits: number;
}

export const MEASURES = {
  serverUs: { heading: 'server, CPU µs', digits: 0 },
  databaseUs: { heading: 'PostgreSQL, CPU µs', digits: 0 },
  statements: { heading: 'SQL statements', digits: 1 },
  perSecond: { heading: 'a second', digits: 0 },
  p50Ms: { heading: 'p50, ms', digits: 1 },
  p99Ms: { heading: 'p99, ms', digits: 1 },
  startMs: { heading: 'ready after, ms', digits: 0 },
  startCpuMs: { heading: 'CPU until then, ms', digits: 0 },
  rssMb: { heading: 'memory at the start, MB', digits: 0 },
  peakMb: { heading: 'most under load, MB', digits: 0 },
  statementsPerMinute: { heading: 'statements a minute', digits: 0 },
  serverPercent: { heading: 'server, % of a core', digits: 2 },
  databasePercent: { heading: 'PostgreSQL, % of a core', digits: 2 },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof MEASURES;

/** Null is a figure that this machine cannot give. */
export type Figures = { [Name in MeasureName]?: number | null };

export interface SideFigures {
  side: string;
  figures: Figures;
}

/** One operation as all sides do it: comptoir first, then what it is compared with. */
export interface OperationResult {
  operation: string;
  sides: SideFigures[];
  /** Comptoir against its floors added up: the median, and the range over the rounds; null where it says nothing. */
  ratio: { of: MeasureName; median: number; lowest: number; highest: number } | null;
}

/** @param rounds of each side, in turn; the ratio is of those that were measured side by side */
export function summarize(
  operation: string,
  sides: readonly { side: string; rounds: readonly Figures[] }[],
  ratioOf: MeasureName | null = 'serverUs',
): OperationResult {
  const [ours, ...floors] = sides;
  const ratios =
    ratioOf === null
      ? []
      : (ours?.rounds ?? []).map((figures, round) => {
          const floor = floors.map(({ rounds }) => rounds[round]?.[ratioOf] ?? Number.NaN);
          return (figures[ratioOf] ?? Number.NaN) / floor.reduce((sum, figure) => sum + figure, 0);
        });
  const known = ratios.filter(Number.isFinite);
  const ratio = ratioOf !== null && known.length > 0 ? { of: ratioOf, ...spread(known) } : null;
  return { operation, sides: sides.map(({ side, rounds }) => ({ side, figures: medians(rounds) })), ratio };
}

function spread(values: readonly number[]) {
  return { median: median(values), lowest: Math.min(...values), highest: Math.max(...values) };
}

function medians(rounds: readonly Figures[]): Figures {
  const names = Object.keys(rounds[0] ?? {}) as MeasureName[];
  return Object.fromEntries(
    names.map((name) => {
      const known = rounds.map((figures) => figures[name]).filter((figure) => figure != null);
      return [name, known.length === 0 ? null : median(known)];
    }),
  );
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The measures that any of them has, in the order of the list. */
export function measuresOf(results: readonly OperationResult[]): MeasureName[] {
  const used = new Set(results.flatMap(({ sides }) => sides.flatMap(({ figures }) => Object.keys(figures))));
  return (Object.keys(MEASURES) as MeasureName[]).filter((name) => used.has(name));
}

export function formatFigure(name: MeasureName, value: number | null | undefined): string {
  if (value === undefined) return '';
  if (value === null || !Number.isFinite(value)) return '–';
  return value.toLocaleString('en', {
    minimumFractionDigits: MEASURES[name].digits,
    maximumFractionDigits: MEASURES[name].digits,
  });
}

export function printResult(result: OperationResult): void {
  const names = measuresOf([result]);
  const width = Math.max(...result.sides.map(({ side }) => side.length));
  console.log(`\n${result.operation.padEnd(width + 2)}  ${names.map((name) => MEASURES[name].heading).join('  ')}`);
  for (const { side, figures } of result.sides) {
    const cells = names.map((name) => formatFigure(name, figures[name]).padStart(MEASURES[name].heading.length));
    console.log(`  ${side.padEnd(width)}  ${cells.join('  ')}`);
  }
  if (result.ratio === null) return;
  const { of, median: middle, lowest, highest } = result.ratio;
  const range = `${lowest.toFixed(2)} to ${highest.toFixed(2)} over the rounds`;
  const compared = result.sides.slice(1).map(({ side }) => side);
  console.log(`  ${middle.toFixed(2)} × ${compared.join(' + ')} (${MEASURES[of].heading}; ${range})`);
}
