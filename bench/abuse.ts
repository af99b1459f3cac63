/**
 * The part of `npm run bench -- limits` that abuses the API: how soon each abuse is rejected, and how it affects
 * others.
 */
import { abuseRequests } from '../test/platform/graphql/abuse-documents.js';
import { type LoadRequest, type Measured, printMeasured, sendAll } from './load.js';

const ATTEMPTS = 20;
const SHOWN = 5;

/** @param honest what others send meanwhile; `check` throws at an answer that is not theirs */
export async function measureAbuse(
  url: string,
  honest: readonly LoadRequest[],
  check: (body: string) => void,
): Promise<void> {
  // Once for the compilers.
  await rejectAll(url, 1);
  const alone = await sendAll(honest, 1, check);
  let isOver = false;
  const served: Measured[] = [];
  const others = (async () => {
    while (!isOver) served.push(await sendAll(honest.slice(0, 100), 1, check));
  })();
  const slowest = await rejectAll(url, ATTEMPTS);
  isOver = true;
  await others;
  console.log(
    `\n${slowest.length} kinds of abuse, ${ATTEMPTS} of each one after another; the slowest, in milliseconds`,
  );
  for (const { name, median, longest } of slowest.slice(0, SHOWN)) {
    console.log(
      `  ${name.padEnd(45)} median ${median.toFixed(1).padStart(5)}  longest ${longest.toFixed(1).padStart(6)}`,
    );
  }
  console.log('others, one after another: alone, and meanwhile');
  printMeasured('alone', [alone]);
  printMeasured('meanwhile', served);
}

interface Rejected {
  name: string;
  median: number;
  longest: number;
}

/** The slowest first. */
async function rejectAll(url: string, attempts: number): Promise<Rejected[]> {
  const rejected: Rejected[] = [];
  for (const [index, [name, { search = '', method, headers, body }]] of abuseRequests.entries()) {
    const times: number[] = [];
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      // From another address each time, so that it is not the rate limit that rejects.
      const from = { 'X-Forwarded-For': `10.1.${index}.${attempt}` };
      const started = performance.now();
      const answer = await fetch(`${url}${search}`, { method, headers: { ...headers, ...from }, body: body ?? null });
      const text = await answer.text();
      times.push(performance.now() - started);
      if (answer.status >= 500) throw new Error(`${name}: ${answer.status} ${text.slice(0, 500)}`);
    }
    times.sort((a, b) => a - b);
    rejected.push({ name, median: times[Math.floor(attempts / 2)] ?? 0, longest: times.at(-1) ?? 0 });
  }
  return rejected.sort((a, b) => b.longest - a.longest);
}
