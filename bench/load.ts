/** The load of the benchmarks that go through HTTP: so many requests in flight until all are answered. */
import { Agent, request } from 'node:http';
import { median } from './figures.js';

export interface LoadRequest {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string | number>;
  /** Empty for GET. */
  body: Buffer;
}

export interface Measured {
  perSecond: number;
  /** In milliseconds, as both that follow. */
  p50: number;
  p99: number;
}

/**
 * @param check throws at an answer that does not count
 * @throws Error at the first answer other than 200, or that `check` does not let pass
 */
export async function sendAll(
  requests: readonly LoadRequest[],
  inFlight: number,
  check: (body: string) => void = () => {},
): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
  const times: number[] = [];
  const waiting = [...requests];
  const started = performance.now();
  const sender = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const sent = performance.now();
      check(await send(next, agent));
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { perSecond: requests.length / seconds, p50: at(0.5), p99: at(0.99) };
}

export function printMeasured(name: string, rounds: readonly Measured[]): void {
  const of = (member: keyof Measured) => median(rounds.map((round) => round[member]));
  const times = `p50 ${of('p50').toFixed(1)} ms, p99 ${of('p99').toFixed(1)} ms`;
  console.log(`  ${name.padEnd(12)}${of('perSecond').toFixed(0).padStart(7)} /s  ${times}`);
}

function send({ method, url, headers, body }: LoadRequest, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method, headers: method === 'GET' ? headers : { ...headers, 'Content-Length': body.length }, agent },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(`The response was ${answer.statusCode}: ${text.slice(0, 500)}`));
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
