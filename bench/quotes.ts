/**
 * `npm run bench -- quotes [--quick]`: what the largest quote costs, over calendars that are full: 50 lines, each for a
 * hundred of 200 units that are never free together, with 280,000 bookings; and what others feel while eight clients
 * ask for it at once. Against the production build, limits on. The processor's time is read from /proc, on Linux only.
 */
import fs from 'node:fs';
import { Agent, request } from 'node:http';
import type { MikroORM } from '@mikro-orm/postgresql';
import { isQuickRun, runProgram } from '../cli/program.js';
import { demoToken } from '../demo/tokens.js';
import { calendarDateAt } from '../src/platform/kernel/calendar-date.js';
import { benchEnvironment, onNewShop, startApi } from './sides.js';

const isQuick = isQuickRun('bench -- quotes');
const LINES = 50;
const UNITS_A_LINE = isQuick ? 20 : 200;
const BOOKINGS_A_UNIT = 28;
/** One of them is free: so some unit is free every day, and never half of all. */
const DAYS_BETWEEN_STARTS = 27;
const ALONE = 3;
const AT_ONCE = 8;
const OTHERS_PAUSE_MS = 10;
const TICKS_A_SECOND = 100;

const QUOTE = `query ($items: [CheckoutItemInput!]!) {
  quote(items: $items) { isAvailable total { amount } lines { isAvailable available firstFreeDate } }
}`;
const OTHERS = 'query { catalogueItem(type: EQUIPMENT, id: 1) { name } }';
const today = calendarDateAt(new Date(), 'Europe/Paris');
const items = Array.from({ length: LINES }, (_, index) => ({
  id: String(index + 1),
  type: 'EQUIPMENT',
  quantity: UNITS_A_LINE / 2,
}));

let clients = 0;

interface Answer {
  /** `OK`, an error's code, the HTTP status, or that of the socket. */
  outcome: string;
  milliseconds: number;
}

await runProgram(() =>
  onNewShop(async ({ orm, environment }, sides) => {
    await seed(orm);
    const api = await startApi({ ...environment, TRUST_PROXY: '1' });
    sides.push(api);
    const url = `${api.url}/graphql`;
    const { pid = 0 } = api.child;
    const cpu = async () => ({ api: new Map([[pid, cpuOf(pid)]]), database: await cpuOfDatabase(orm) });
    // Once for the compilers and the connections.
    await ask(url, { query: QUOTE, items: items.slice(0, 5) });
    console.log(`\n${LINES} lines, ${LINES * UNITS_A_LINE} units, ${LINES * UNITS_A_LINE * BOOKINGS_A_UNIT} bookings`);
    for (let round = 0; round < ALONE; round += 1) {
      const before = await cpu();
      const { outcome, milliseconds } = await ask(url, { query: QUOTE, items });
      print(`one quote: ${outcome} in ${milliseconds.toFixed(0)} ms`, before, await cpu());
    }
    report('others, alone', await askOthers(url, new Promise((resolve) => setTimeout(resolve, 3_000))));
    const before = await cpu();
    const quotes = Promise.all(Array.from({ length: AT_ONCE }, () => ask(url, { query: QUOTE, items })));
    const others = await askOthers(url, quotes);
    report(`${AT_ONCE} quotes at once`, await quotes);
    report('others meanwhile', others);
    print('together', before, await cpu());
    const again: Answer[] = [];
    const token = await demoToken(benchEnvironment, 'a-buyer');
    for (let sent = 0; sent < 2 * AT_ONCE; sent += 1) again.push(await ask(url, { query: QUOTE, items, token }));
    report(`${2 * AT_ONCE} more of one signed-in buyer, from an address each`, again);
  }),
);

async function seed(orm: MikroORM): Promise<void> {
  const fork = orm.em.fork();
  await fork.execute(
    `insert into equipment (name, price_per_day_minor, currency) select 'Kind ' || n, 10, 'EUR' from generate_series(1, ?) n`,
    [LINES],
  );
  await fork.execute(
    `insert into equipment_units (equipment_id, label) select e.id, 'U-' || n from equipment e, generate_series(1, ?) n`,
    [UNITS_A_LINE],
  );
  await fork.execute(
    `insert into bookings (unit_id, order_line_id, period, return_date)
     select u.id, gen_random_uuid(), daterange(s.start, s.start + ?), s.start + ?
     from equipment_units u, generate_series(0, ? - 1) n, lateral (select ?::date - u.id % ? + n * ? as start) s`,
    [
      DAYS_BETWEEN_STARTS - 1,
      DAYS_BETWEEN_STARTS - 2,
      BOOKINGS_A_UNIT,
      today,
      DAYS_BETWEEN_STARTS,
      DAYS_BETWEEN_STARTS,
    ],
  );
  await fork.execute('vacuum analyze');
}

/** Each request comes from an address of its own, so that no limit of addresses is in the way. */
async function ask(
  url: string,
  { query, token, ...variables }: { query: string; items?: object[]; token?: string | null },
  agent?: Agent,
): Promise<Answer> {
  clients += 1;
  const headers = {
    'Content-Type': 'application/json',
    'X-Forwarded-For': `10.${clients >> 16}.${(clients >> 8) & 255}.${clients & 255}`,
    ...(token ? { Authorization: `Bearer ${token}` } : {}),
  };
  const started = performance.now();
  const outcome = await new Promise<string>((resolve) => {
    const outgoing = request(url, { method: 'POST', headers, ...(agent ? { agent } : {}) }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => resolve(outcomeOf(answer.statusCode, Buffer.concat(chunks).toString())));
      answer.once('error', (error) => resolve(error.message));
    });
    outgoing.once('error', (error) => resolve(error.message));
    outgoing.end(JSON.stringify({ query, variables }));
  });
  return { outcome, milliseconds: performance.now() - started };
}

function outcomeOf(status: number | undefined, body: string): string {
  if (status !== 200) return `HTTP ${status}`;
  return JSON.parse(body).errors?.[0]?.extensions.code ?? 'OK';
}

/** One after the other, until something is over. */
async function askOthers(url: string, end: Promise<unknown>): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true });
  const answers: Answer[] = [];
  let isOver = false;
  const ended = end.then(() => {
    isOver = true;
  });
  while (!isOver) {
    answers.push(await ask(url, { query: OTHERS }, agent));
    await new Promise((resolve) => setTimeout(resolve, OTHERS_PAUSE_MS));
  }
  agent.destroy();
  await ended;
  return answers;
}

function report(what: string, answers: readonly Answer[]): void {
  const times = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(0);
  const counts = Map.groupBy(answers, ({ outcome }) => outcome);
  const outcomes = [...counts].map(([outcome, { length }]) => `${length} ${outcome}`).join(', ');
  console.log(`  ${what}: ${outcomes}; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`);
}

/** Seconds by process. */
interface Cpu {
  api: Map<number, number>;
  database: Map<number, number>;
}

function print(what: string, before: Cpu, after: Cpu): void {
  const spent = (side: keyof Cpu) =>
    [...after[side]].reduce((sum, [pid, seconds]) => sum + seconds - (before[side].get(pid) ?? 0), 0).toFixed(2);
  console.log(`  ${what}; CPU of the API ${spent('api')} s, of PostgreSQL ${spent('database')} s`);
}

/** Seconds that a process has computed for; 0 where there is no /proc, or no such process any more. */
function cpuOf(pid: number): number {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  } catch {
    return 0;
  }
}

/** Of connections that there still are: what was computed for others is not known. */
async function cpuOfDatabase({ em }: MikroORM): Promise<Map<number, number>> {
  const backends = await em
    .fork()
    .execute<{ pid: number }[]>('select pid from pg_stat_activity where datname = current_database()');
  return new Map(backends.map(({ pid }) => [pid, cpuOf(pid)]));
}
