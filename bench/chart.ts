/** The chart of `npm run bench -- report`: CPU an operation of comptoir and of its floor, as an SVG for both schemes. */
import type { OperationResult, SideFigures } from './figures.js';

const WIDTH = 760;
const PADDING = 24;
const BARS_LEFT = 172;
// Right of the bars is room for the figure of the longest, and for the ratio.
const BARS_RIGHT = 610;
const HEADER = 92;
const GROUP = 68;
const BAR = 20;
const BAR_GAP = 4;
const FOOTER = 62;
const GRID_LINES = 5;

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #1f2937 }
  .card { fill: #ffffff; stroke: #e5e7eb }
  .title { font-size: 16px; font-weight: 600 }
  .name { font-weight: 600 }
  .quiet { fill: #6b7280; font-size: 12px }
  .grid { stroke: #eef0f3 }
  .axis { stroke: #cbd5e1 }
  .floor { fill: #94a3b8 }
  .graphql { fill: #cfd8e3 }
  .comptoir { fill: #4f46e5 }
  .ratio { font-size: 18px; font-weight: 650; fill: #4338ca }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6e9ef }
    .card { fill: #12161d; stroke: #2a313c }
    .quiet { fill: #9aa4b2 }
    .grid { stroke: #1f2630 }
    .axis { stroke: #475569 }
    .floor { fill: #7b8798 }
    .graphql { fill: #4a5564 }
    .comptoir { fill: #8b8cf9 }
    .ratio { fill: #a5a6ff }
  }`;

interface Part {
  style: 'floor' | 'graphql' | 'comptoir';
  microseconds: number;
}

/** @param results comptoir first, then its floors, which are drawn as one bar of several parts */
export function drawChart(results: readonly OperationResult[], machine: string): string {
  const longest = Math.max(...results.flatMap((result) => barsOf(result).map(total)));
  const step = niceStep(longest / GRID_LINES);
  const end = Math.ceil(longest / step) * step;
  const scale = (microseconds: number) => (microseconds / end) * (BARS_RIGHT - BARS_LEFT);
  const height = HEADER + results.length * GROUP + FOOTER;
  const groups = results.map((result, index) => drawGroup(result, HEADER + index * GROUP, scale));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title description">
<title id="title">CPU time of the server for one operation: comptoir beside its floor</title>
<desc id="description">${results.map(describe).join(' ')}</desc>
<style>${STYLE}
</style>
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>
<text class="title" x="${PADDING}" y="34">CPU time of the server for one operation, in microseconds</text>
${drawLegend()}
${drawGrid({ end, step, bottom: height - FOOTER }, scale)}
${groups.join('\n')}
<text class="quiet" x="${WIDTH - PADDING}" y="${height - 14}" text-anchor="end">${escapeText(machine)}</text>
</svg>
`;
}

/** A bar for the floor, and below it one for comptoir. */
function barsOf({ sides: [ours, ...floors] }: OperationResult): Part[][] {
  const partOf = (style: Part['style'], side: SideFigures | undefined) => {
    return { style, microseconds: side?.figures.serverUs ?? 0 };
  };
  const floorParts = floors.map((side, index) => partOf(index === 0 ? 'floor' : 'graphql', side));
  return [floorParts, [partOf('comptoir', ours)]];
}

function total(bar: readonly Part[]): number {
  return bar.reduce((sum, { microseconds }) => sum + microseconds, 0);
}

function drawGroup(result: OperationResult, top: number, scale: (microseconds: number) => number): string {
  const bars = barsOf(result).map((bar, index) => drawBar(bar, top + index * (BAR + BAR_GAP), scale));
  const middle = top + BAR + BAR_GAP / 2;
  const ratio = result.ratio === null ? '' : `${result.ratio.median.toFixed(1)} ×`;
  return `<text class="name" x="${BARS_LEFT - 16}" y="${middle + 4}" text-anchor="end">${escapeText(result.operation)}</text>
${bars.join('\n')}
<text class="ratio" x="${WIDTH - PADDING}" y="${middle + 3}" text-anchor="end">${ratio}</text>
<text class="quiet" x="${WIDTH - PADDING}" y="${middle + 19}" text-anchor="end">the floor</text>`;
}

function drawBar(bar: readonly Part[], top: number, scale: (microseconds: number) => number): string {
  let left = BARS_LEFT;
  const parts = bar.map(({ style, microseconds }) => {
    const width = scale(microseconds);
    const part = `<rect class="${style}" x="${left.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${BAR}"/>`;
    left += width;
    return part;
  });
  const figure = Math.round(total(bar)).toLocaleString('en');
  return `${parts.join('')}<text x="${(left + 8).toFixed(1)}" y="${top + 15}">${figure}</text>`;
}

function drawLegend(): string {
  const entries = [
    ['floor', 'least code, same durable work', 228],
    ['graphql', 'Apollo and type-graphql alone', 228],
    ['comptoir', 'comptoir, all protections on', 0],
  ] as const;
  let left = PADDING;
  return entries
    .map(([style, text, width]) => {
      const entry = `<rect class="${style}" x="${left}" y="49" width="11" height="11" rx="2"/><text class="quiet" x="${left + 17}" y="59">${text}</text>`;
      left += width;
      return entry;
    })
    .join('\n');
}

function drawGrid(
  { end, step, bottom }: { end: number; step: number; bottom: number },
  scale: (microseconds: number) => number,
): string {
  const lines: string[] = [];
  for (let at = 0; at <= end; at += step) {
    const x = (BARS_LEFT + scale(at)).toFixed(1);
    const style = at === 0 ? 'axis' : 'grid';
    lines.push(`<line class="${style}" x1="${x}" x2="${x}" y1="${HEADER - 8}" y2="${bottom - 12}"/>`);
    lines.push(`<text class="quiet" x="${x}" y="${bottom + 4}" text-anchor="middle">${at.toLocaleString('en')}</text>`);
  }
  return lines.join('\n');
}

/** 1, 2 or 5 times a power of ten, at least as large. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return power * ([1, 2, 5].find((digit) => digit * power >= atLeast) ?? 10);
}

/** For those who do not see it. */
function describe(result: OperationResult): string {
  const [floor = 0, ours = 0] = barsOf(result).map((bar) => Math.round(total(bar)));
  return escapeText(`${result.operation}: comptoir ${ours}, floor ${floor} microseconds.`);
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
