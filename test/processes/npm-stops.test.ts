/** The documented commands, through npm: with npm's pid one can stop what runs behind it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../src/platform/database/free-port.js';
import { testEnvironment } from '../support/test-app.js';
import { testDatabaseUrl } from '../support/test-database.js';

// The demo makes a database, and `npm start` a build, on a machine that may be busy.
const WITHIN_MS = 100_000;

let dataDirectory: string;
let npm: ChildProcess;
let output = '';

beforeAll(() => {
  dataDirectory = fs.mkdtempSync(path.join(os.tmpdir(), 'comptoir-npm-'));
  fs.chmodSync(dataDirectory, 0o755);
});
afterEach(() => {
  // The whole group: a test that failed must leave nothing running.
  if (npm.pid !== undefined && isAlive(-npm.pid)) process.kill(-npm.pid, 'SIGKILL');
});
afterAll(() => {
  const elsewhere = /Its data is in ([^:\s]+):/.exec(output)?.[1];
  for (const used of [dataDirectory, ...(elsewhere ? [elsewhere] : [])])
    fs.rmSync(used, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function patiently<T>(check: () => T | Promise<T>): Promise<T> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(100);
    }
  }
}

/** Runs the command in a process group of its own, and stops it by the pid of npm alone. */
async function stopByPid(command: string[], environment: Record<string, string>, url: string): Promise<void> {
  npm = spawn('npm', command, { detached: true, env: { PATH: process.env.PATH, HOME: os.homedir(), ...environment } });
  for (const stream of [npm.stdout, npm.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  await patiently(async () => {
    if (!(await fetch(url)).ok) throw new Error(output);
  });
  const exited = once(npm, 'exit');
  const pid = npm.pid ?? 0;
  npm.kill('SIGTERM');
  await exited;
  await patiently(() => expect(isAlive(-pid)).toBe(false));
  await expect(fetch(url)).rejects.toThrow();
}

test(
  'npm run stripe:simulator',
  async () => {
    const port = await freePort();
    const command = ['run', 'stripe:simulator', '--', '--port', String(port)];
    await stopByPid(command, {}, `http://127.0.0.1:${port}/`);
  },
  2 * WITHIN_MS,
);

test(
  'npm run demo',
  async () => {
    const port = await freePort();
    const environment = {
      PORT: String(port),
      STRIPE_SIMULATOR_PORT: String(await freePort()),
      DEMO_DATA_DIRECTORY: dataDirectory,
    };
    await stopByPid(['run', 'demo'], environment, `http://127.0.0.1:${port}/readyz`);
    expect(output).toContain('Stopped.');
  },
  2 * WITHIN_MS,
);

test(
  'npm start',
  async () => {
    const port = await freePort();
    const environment = { ...testEnvironment, DATABASE_URL: await testDatabaseUrl(), PORT: String(port) };
    await stopByPid(['start'], environment, `http://127.0.0.1:${port}/healthz`);
  },
  2 * WITHIN_MS,
);
