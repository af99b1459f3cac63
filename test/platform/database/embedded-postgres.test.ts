/** The embedded PostgreSQL: keeps its data, and cleans up after a killed predecessor. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../demo/database/embedded-postgres.js';
import { folderInMemory } from '../../../demo/database/memory.js';
import { startScratchServer } from '../../../demo/database/scratch-server.js';
import { connect } from '../../../src/connect.js';
import { scratchFolder } from '../../../src/platform/kernel/scratch-folder.js';
import { eventually } from '../../support/eventually.js';

/** One for all: each test leaves it as a start finds it, and to create its data takes longer than the rest. */
const directory = scratchFolder('embedded', folderInMemory());
/** Where the servers really lived: elsewhere, where their user may not enter the checkout. */
const homes = new Set<string>();

afterAll(() => {
  for (const used of [directory, ...homes]) fs.rmSync(used, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory, durable: true });
  homes.add(server.directory);
  return server;
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const orm = await connect(url);
  try {
    return await orm.em.fork().execute<Row[]>(sql);
  } finally {
    await orm.close();
  }
}

test('A second start finds what the first stored', async () => {
  const first = await start();
  await query(first.urlOf('postgres'), 'create table kept as select 42 as answer');
  await first.stop();
  const second = await start();
  expect(await query(second.urlOf('postgres'), 'select answer from kept')).toEqual([{ answer: 42 }]);
  await second.stop();
});

test('A folder in use by a living process is rejected, naming the process', async () => {
  const server = await start();
  await expect(start()).rejects.toThrow(`in use by process ${process.pid}`);
  await server.stop();
});

test('A first start that was interrupted leaves nothing that the next one trips over', async () => {
  const { directory: home, stop } = await start();
  await stop();
  // Back to where a start that is killed half way leaves it: a password, and data without its name.
  fs.renameSync(path.join(home, 'data'), path.join(home, 'unfinished-1'));
  const server = await start();
  expect(await query(server.urlOf('postgres'), 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(fs.readdirSync(home)).not.toContain('unfinished-1');
  await server.stop();
});

test('A process that was given the number of a dead server is left alone', async () => {
  const first = await start();
  await first.stop();
  const innocent = spawn('sleep', ['60']);
  const lock = path.join(first.directory, 'data', 'postmaster.pid');
  fs.writeFileSync(lock, `${innocent.pid}\n`);
  // PostgreSQL itself decides whether the lock is stale; what matters here is who gets a signal.
  await start().then(
    (server) => server.stop(),
    () => {},
  );
  expect(innocent.signalCode).toBeNull();
  innocent.kill();
  fs.rmSync(lock, { force: true });
});

test('A server whose owner was killed is stopped, and the folder taken over with its data', async () => {
  const abandoned = await start();
  await query(abandoned.urlOf('postgres'), 'create table saved as select 42 as answer');
  // No process has this number: what a killed owner leaves behind.
  fs.writeFileSync(path.join(abandoned.directory, 'owner.pid'), '2147483646');
  const successor = await start();
  expect(await query(successor.urlOf('postgres'), 'select answer from saved')).toEqual([{ answer: 42 }]);
  await successor.stop();
});

test('Nobody gets in without the password', async () => {
  const server = await start();
  const url = new URL(server.urlOf('postgres'));
  url.password = 'guess';
  await expect(query(url.href, 'select 1')).rejects.toMatchObject({
    reason: expect.stringContaining('password authentication failed'),
  });
  await server.stop();
});

describe('A scratch server', () => {
  /** A process that starts one and never stops it, the first of a group of its own. */
  async function owner(): Promise<{ process: ChildProcess; folder: string; url: string }> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/support/scratch-server-owner.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = line.toString().trim();
    const [row] = await query<{ data_directory: string }>(url, 'show data_directory');
    return { process: child, folder: path.dirname(row?.data_directory ?? ''), url };
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('goes with its process at %s', async (signal) => {
    const { process: child, folder, url } = await owner();
    expect(fs.existsSync(folder)).toBe(true);
    // A terminal ends the whole group.
    process.kill(-(child.pid as number), signal);
    await once(child, 'exit');
    await eventually(async () => {
      await expect(query(url, 'select 1')).rejects.toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
      expect(fs.existsSync(folder)).toBe(false);
    });
  });

  test('that even its guard did not survive is removed by the next start', async () => {
    const { process: child, folder, url } = await owner();
    const running = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).stdout.split('\n');
    const guards = running.filter((line) => line.includes(`server-guard.ts ${folder}`)).map(Number.parseFloat);
    for (const pid of guards) process.kill(pid, 'SIGKILL');
    expect(guards).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const next = await startScratchServer(null, { inMemory: true });
    await expect(query(url, 'select 1')).rejects.toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
    expect(fs.existsSync(folder)).toBe(false);
    await next.stop();
  });
});
