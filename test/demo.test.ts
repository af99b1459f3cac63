/** `npm run demo` and the commands that try it out, as processes: open, buy, refund, close, open again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { folderInMemory } from '../demo/database/memory.js';
import { readDatabaseUrl } from '../demo/database-url.js';
import { connect } from '../src/connect.js';
import { freePort } from '../src/platform/database/free-port.js';
import { scratchFolder } from '../src/platform/kernel/scratch-folder.js';
import { eventually } from './support/eventually.js';

// PostgreSQL, the simulator and the API start one after the other.
const START_MS = 120_000;

let dataDirectory: string;
let environment: NodeJS.ProcessEnv;
const programs: Program[] = [];

beforeAll(async () => {
  dataDirectory = scratchFolder('demo', folderInMemory());
  environment = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    PORT: String(await freePort()),
    STRIPE_SIMULATOR_PORT: String(await freePort()),
    DEMO_DATA_DIRECTORY: dataDirectory,
  };
});
afterAll(async () => {
  // A test that failed half way leaves its programs running.
  await Promise.all(
    programs.map(async (program) => {
      program.process.kill('SIGINT');
      await exitCodeOf(program);
    }),
  );
  // In a checkout that others may not enter, the database lives elsewhere, and the demo says where.
  const elsewhere = programs.flatMap((program) => /Its data is in ([^:\s]+):/.exec(program.output())?.[1] ?? []);
  for (const used of [dataDirectory, ...elsewhere]) fs.rmSync(used, { recursive: true, force: true });
});

interface Program {
  process: ChildProcess;
  output(): string;
}

function run(script: string, parameters: string[] = [], extra: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(process.execPath, ['--conditions=comptoir-source', '--import', 'tsx', script, ...parameters], {
    env: { ...environment, ...extra },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  const program = { process: child, output: () => text };
  programs.push(program);
  return program;
}

async function exitCodeOf({ process: child }: Program): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const [exitCode] = await once(child, 'exit');
  return exitCode as number | null;
}

async function openDemo(): Promise<Program> {
  const demo = run('demo/demo.ts', [], { LOG_LEVEL: 'info' });
  await eventually(() => expect(demo.output()).toContain('comptoir is open'), START_MS);
  return demo;
}

async function closeDemo(demo: Program): Promise<void> {
  demo.process.kill('SIGINT');
  expect(await exitCodeOf(demo)).toBe(0);
  expect(demo.output()).toContain('Stopped.');
}

/** How many orders are paid, and how many items are on offer. */
async function countsOf(demo: Program): Promise<{ orders: number; items: number }> {
  const staffToken = /Token of staff \(marie\):\s+(\S+)/.exec(demo.output())?.[1];
  const response = await fetch(`http://127.0.0.1:${environment.PORT}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${staffToken}` },
    body: JSON.stringify({ query: '{ orders(status: PAID) { nodes { id } } catalogue { nodes { id } } }' }),
  });
  const { data } = (await response.json()) as { data: Record<'orders' | 'catalogue', { nodes: unknown[] }> };
  return { orders: data.orders.nodes.length, items: data.catalogue.nodes.length };
}

/** What a mistake in a later version might do: captured deposits are stored as released. */
const FORGED_DEPOSITS = `create function forge() returns trigger language plpgsql as $$
    begin new.state := 'RELEASED'; return new; end $$;
  create trigger forge before update on deposits for each row when (new.state = 'CAPTURED') execute function forge()`;

async function inDatabase(sql: string): Promise<void> {
  const orm = await connect(readDatabaseUrl(dataDirectory) ?? '');
  await orm.em.fork().execute(sql);
  await orm.close();
}

test('The demo opens, sells, closes, and after a restart still knows what it sold', async () => {
  const first = await openDemo();
  expect(first.output()).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: Server listening at /m);
  expect(first.output()).not.toContain('"level"');
  // With and without the path: people paste either.
  const unpaid = run('cli/try-checkout.ts', ['--url', `http://127.0.0.1:${environment.PORT}/graphql`]);
  expect(await exitCodeOf(unpaid)).toBe(0);
  const purchase = run('cli/try-checkout.ts', ['--pay', '--url', `http://127.0.0.1:${environment.PORT}`]);
  expect(await exitCodeOf(purchase)).toBe(0);
  expect(purchase.output()).toMatch(/Order \d{4}-\d{6} is PAID/);
  const counts = await countsOf(first);
  expect(counts).toMatchObject({ orders: 1, items: expect.any(Number) });
  await closeDemo(first);

  const second = await openDemo();
  expect(await countsOf(second)).toEqual(counts);

  const busy = run('demo/demo.ts', [], { DEMO_DATA_DIRECTORY: `${dataDirectory}-2`, STRIPE_SIMULATOR_PORT: '0' });
  expect(await exitCodeOf(busy)).toBe(1);
  expect(busy.output()).toContain(`Port ${environment.PORT} is in use`);
  expect(busy.output()).toContain('PORT');
  fs.rmSync(`${dataDirectory}-2`, { recursive: true, force: true });
  await closeDemo(second);
});

test('try-refund sees all sides agree, and exits with 1 where they do not', async () => {
  const demo = await openDemo();
  // With a halt of the machine's in mind: it ends as soon as they agree.
  const agreeing = run('cli/try-refund.ts', ['--within', '120']);
  expect({ code: await exitCodeOf(agreeing), output: agreeing.output() }).toMatchObject({ code: 0 });
  expect(agreeing.output()).toContain('All witnesses agree.');
  expect(agreeing.output()).not.toContain('FAILED');
  expect(agreeing.output()).toMatch(
    /^ok {6}the rest is refunded in the dashboard: .*attention REFUNDED_STILL_BOOKED$/m,
  );
  expect(agreeing.output()).toMatch(/^ok {6}what is still booked is released: .*attention none.*pieces taken 0/m);

  const controls = `http://127.0.0.1:${environment.STRIPE_SIMULATOR_PORT}/_simulator/webhooks`;
  await fetch(`${controls}/pause`, { method: 'POST' });
  const differing = run('cli/try-refund.ts', ['--within', '4']);
  expect(await exitCodeOf(differing)).toBe(1);
  // The API has not received what happened at Stripe.
  expect(differing.output()).toMatch(/^FAILED .*\brefunded: expected \S+, API \S+, charge at Stripe \S+/m);
  expect(differing.output()).toContain('ended early');
  expect(differing.output()).toContain('--within 120');
  // What was booked for it can be sold again.
  expect(differing.output()).toContain('its goods are on offer again');
  expect(differing.output()).not.toContain('still booked: releaseLine');
  await fetch(`${controls}/resume`, { method: 'POST' });
  await closeDemo(demo);
});

test('try-rental sees days of a rental agree, and exits with 1 where they do not', async () => {
  const demo = await openDemo();
  const agreeing = run('cli/try-rental.ts', ['--within', '120']);
  expect({ code: await exitCodeOf(agreeing), output: agreeing.output() }).toMatchObject({ code: 0 });
  expect(agreeing.output()).toContain('All witnesses agree.');
  expect(agreeing.output()).not.toContain('FAILED');
  expect(agreeing.output()).toMatch(/^ok {6}a day before the hold ends, .*times held 2, holds RELEASED \+ HELD$/m);
  expect(agreeing.output()).toMatch(/^ok {6}the buyer answers their bank: fee PAID, .*attention none$/m);
  expect(agreeing.output()).toMatch(/^ok {6}the evening before, .*deposit ACTION_REQUIRED, holds REFUSED, /m);
  expect(agreeing.output()).toMatch(/^ok {6}a day later the deposit is released: deposit RELEASED, /m);

  await inDatabase(FORGED_DEPOSITS);
  const differing = run('cli/try-rental.ts', ['--within', '4']);
  expect(await exitCodeOf(differing)).toBe(1);
  expect(differing.output()).toMatch(
    /^FAILED .*\bdeposit: expected CAPTURED, API RELEASED, timeline CAPTURED, holds at Stripe CAPTURED, database RELEASED/m,
  );
  expect(differing.output()).toContain('1 of 2 ended early');
  expect(differing.output()).toContain('its unit can be rented again');
  await inDatabase('drop function forge cascade');
  await closeDemo(demo);
});

test('A demo whose clock was moved by months goes on from there, also after a restart', async () => {
  const before = await openDemo();
  const body = JSON.stringify({ seconds: 100 * 86_400 });
  const controls = `http://127.0.0.1:${environment.STRIPE_SIMULATOR_PORT}/_simulator/clock`;
  const headers = { 'content-type': 'application/json' };
  await fetch(`${controls}/advance`, { method: 'POST', headers, body });
  // Tokens from before are by the time of the world.
  const { orders, items } = await countsOf(before);
  await closeDemo(before);

  const after = await openDemo();
  const { now } = (await (await fetch(controls)).json()) as { now: string };
  expect(Date.parse(now) - Date.now()).toBeGreaterThan(100 * 86_400_000 - 60_000);
  const purchase = run('cli/try-checkout.ts', ['--pay']);
  expect({ code: await exitCodeOf(purchase), output: purchase.output() }).toMatchObject({ code: 0 });
  expect(await countsOf(after)).toEqual({ orders: orders + 1, items });
  expect((await fetch(`http://127.0.0.1:${environment.PORT}/readyz`)).status).toBe(200);
  await closeDemo(after);
});

test('Ctrl-C while it starts leaves nothing running', async () => {
  const demo = run('demo/demo.ts');
  await eventually(() => expect(demo.output()).toContain('Starting the API'), START_MS);
  await closeDemo(demo);
  await expect(fetch(`http://127.0.0.1:${environment.STRIPE_SIMULATOR_PORT}/_simulator/health`)).rejects.toThrow();
  expect(fs.existsSync(path.join(dataDirectory, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
});

test('A second Ctrl-C ends it at once, and leaves no PostgreSQL running', async () => {
  const demo = await openDemo();
  demo.process.kill('SIGINT');
  await eventually(() => expect(demo.output()).toContain('Stopping'));
  demo.process.kill('SIGINT');
  await exitCodeOf(demo);
  await eventually(() =>
    expect(fs.existsSync(path.join(dataDirectory, 'postgres', 'data', 'postmaster.pid'))).toBe(false),
  );
});

test.each([
  ['PORT', 'abc', 'PORT must be a port number'],
  ['STRIPE_SIMULATOR_PORT', '70000', 'STRIPE_SIMULATOR_PORT must be a port number'],
])('A %s of %s is rejected in words', async (variable, value, message) => {
  const demo = run('demo/demo.ts', [], { [variable]: value });
  expect(await exitCodeOf(demo)).toBe(1);
  expect(demo.output()).toContain(message);
  expect(demo.output()).not.toContain('    at ');
});

test('A busy port of the simulator is named with its variable', async () => {
  const listener = createServer().listen(Number(environment.STRIPE_SIMULATOR_PORT), '127.0.0.1');
  await once(listener, 'listening');
  const demo = run('demo/demo.ts');
  expect(await exitCodeOf(demo)).toBe(1);
  expect(demo.output()).toContain(`Port ${environment.STRIPE_SIMULATOR_PORT} is in use`);
  expect(demo.output()).toContain('STRIPE_SIMULATOR_PORT');
  listener.close();
});

test.each([
  ['try-checkout', ['--pay']],
  ['try-refund', []],
  ['try-rental', []],
])('%s says what is wrong, and exits with 1, when no server is there', async (name, parameters) => {
  const attempt = run(`cli/${name}.ts`, parameters, { PORT: String(await freePort()) });
  expect(await exitCodeOf(attempt)).toBe(1);
  expect(attempt.output()).toContain('ECONNREFUSED');
  expect(attempt.output()).toContain('npm run demo starts a server');
});
