/** The commands of package.json: strict command lines, and errors as a line without a stack. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import { type StripeSimulator, startStripeSimulator } from '@comptoir/stripe-simulator';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { connect } from '../src/connect.js';
import { freePort } from '../src/platform/database/free-port.js';
import { explain } from '../src/platform/kernel/explained-error.js';
import { testEnvironment } from './support/test-app.js';
import { testDatabaseUrl } from './support/test-database.js';

interface Ended {
  code: number | null;
  output: string;
}

const { scripts } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** Commands that take no options of ours: they run other programs, or the one that is watched. */
const OTHERS = ['check', 'dev', 'prestart', 'start', 'test', 'build', 'demo'];
/** Their first word says which of many programs is meant; `--help` lists them. */
const DOORS = ['comptoir', 'bench', 'proof'];
const ours = (
  await Promise.all(
    Object.keys(scripts)
      .filter((name) => !OTHERS.includes(name))
      .map(async (name) => (DOORS.includes(name) ? [name, ...(await behind(name))] : [name])),
  )
).flat();

async function behind(door: string): Promise<string[]> {
  const { output } = await run(door, ['--help']);
  return [...output.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => `${door} ${name}`);
}

/** As npm runs it, without npm. @param command a script, and what follows it */
async function run(command: string, parameters: string[] = [], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const [name = '', ...words] = command.split(' ');
  const [program, ...given] = (scripts[name] ?? '').split(' ').filter((part) => !part.startsWith('--env-file'));
  expect(program).toBe('node');
  const child = spawn(process.execPath, [...given, ...words, ...parameters], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

test('The commands are those behind the doors as well', () => {
  expect(ours).toEqual(expect.arrayContaining(['comptoir migrate', 'bench webhook', 'proof planted-bugs']));
});

test.each(ours)('%s rejects an option that it does not know, and does nothing', async (name) => {
  const { code, output } = await run(name, ['--no-such-option']);
  expect(output).toContain('--no-such-option');
  expect(output).toContain('Usage:');
  expect(output).not.toContain('    at ');
  expect(code).toBe(2);
});

test('proof planted-bugs rejects a name that no bug has', async () => {
  const { code, output } = await run('proof planted-bugs', ['no such bug']);
  expect(output).toContain('No bug is named "no such bug"');
  expect(code).toBe(2);
});

describe('In a line they say', () => {
  const STACK = /^ {4}at /m;
  let complete: NodeJS.ProcessEnv;
  let simulator: StripeSimulator;

  beforeAll(async () => {
    simulator = await startStripeSimulator();
    const DATABASE_URL = `postgresql://shop:secret@127.0.0.1:${await freePort()}/shop`;
    complete = { ...testEnvironment, DATABASE_URL, STRIPE_API_URL: simulator.url, PORT: String(await freePort()) };
  });
  afterAll(() => simulator?.close());

  test.each([
    ['comptoir migrate', ['up']],
    ['comptoir migrate', ['down', '--database', 'shop']],
    ['comptoir migrate', ['pending']],
    ['migration:create', []],
    ['comptoir webhooks', ['list']],
    ['comptoir reconcile', []],
    ['demo', []],
    ['bench limits', ['--quick']],
  ])(
    '%s: that the database is down',
    async (name, parameters) => {
      const { code, output } = await run(name, parameters, complete);
      expect(output).toMatch(/No database can be reached at 127\.0\.0\.1:\d+.*DATABASE_URL/);
      expect(output).not.toContain('secret');
      expect(output).not.toMatch(STACK);
      expect(code).toBe(1);
    },
    60_000,
  );

  // A file where a folder should be rejects every user, root as well.
  test.each([
    ['demo', [], { DEMO_DATA_DIRECTORY: 'package.json/data' }, 'DEMO_DATA_DIRECTORY'],
    ['comptoir sbom', ['--out', 'package.json/sbom.json'], {}, 'package.json/sbom.json'],
    ['stripe:simulator', ['--port', '0', '--state-file', 'package.json/state'], {}, 'package.json/state'],
  ])(
    '%s: that a folder cannot be written',
    async (name, parameters, environment, named) => {
      const { code, output } = await run(name, parameters, { STRIPE_SIMULATOR_PORT: '0', ...environment });
      expect(output).toContain(named);
      expect(output).toContain('choose another');
      expect(output).not.toMatch(STACK);
      expect(code).toBe(1);
    },
    60_000,
  );

  test('stripe:simulator: that its port is busy', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as { port: number };
    const { code, output } = await run('stripe:simulator', ['--port', String(port)]);
    listener.close();
    expect(output.trim()).toBe(`Port ${port} is in use: stop what listens there, or choose another with --port.`);
    expect(code).toBe(1);
  });

  test.each(['try-checkout', 'try-refund', 'try-rental'])('comptoir %s: that something else answers', async (name) => {
    const elsewhere = createServer((socket) =>
      socket.resume().end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nOops'),
    );
    await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
    const { port } = elsewhere.address() as { port: number };
    const { code, output } = await run(`comptoir ${name}`, ['--url', `http://127.0.0.1:${port}/graphql`]);
    elsewhere.close();
    expect(output.trim()).toBe(`http://127.0.0.1:${port}/graphql responds with HTTP 502 without JSON: correct --url.`);
    expect(code).toBe(1);
  });

  test.each([
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'permission is denied'],
    ['ENOSPC', 'the disk is full'],
  ])('what the system calls %s', (code, words) => {
    const error = Object.assign(new Error(code), { code, syscall: 'open', path: '/srv/data' });
    expect(explain(new Error('while saving', { cause: error }))).toContain(`/srv/data cannot be used (open): ${words}`);
  });

  test('nothing of an error that nobody foresaw, whose stack is needed', () => {
    expect(explain(new TypeError('undefined is not a function'))).toBeNull();
  });
});

describe('comptoir migrate down', () => {
  const name = `revert_${process.pid}_${process.env.JEST_WORKER_ID}`;
  let url: string;
  let orm: MikroORM;

  beforeAll(async () => {
    const own = new URL(await testDatabaseUrl());
    own.pathname = `/${process.env.TEST_DATABASE_PREFIX}_${name}`;
    url = own.href;
    orm = await connect(url);
    await orm.schema.ensureDatabase();
    await orm.migrator.up();
  });
  afterAll(() => orm?.close());

  const applied = async () => (await orm.migrator.getExecuted()).length;

  test('rejects without the name of the database, and says what would be lost', async () => {
    const before = await applied();
    const database = new URL(url).pathname.slice(1);
    const unnamed = await run('comptoir migrate', ['down'], { DATABASE_URL: url });
    expect(unnamed.output).toContain(`"${database}", which holds 0 orders, 0 of them paid, and 0 events of Stripe`);
    expect(unnamed.output).toContain(`--database ${database}`);
    expect(unnamed.code).toBe(1);
    const other = await run('comptoir migrate', ['down', '--database', 'staging'], { DATABASE_URL: url });
    expect(other.output).toContain('It is not the database "staging".');
    expect(other.code).toBe(1);
    expect(await applied()).toBe(before);
  });

  test('reverts the last migration of the database that is named', async () => {
    const before = await applied();
    const database = new URL(url).pathname.slice(1);
    const { code, output } = await run('comptoir migrate', ['down', '--database', database], { DATABASE_URL: url });
    expect(output).toMatch(/^Reverted \S+\.$/m);
    expect(code).toBe(0);
    expect(await applied()).toBe(before - 1);
  });
});
