/** The package as others get it: packed, installed in an empty folder, and run by the oldest Node that it promises. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { atEnd, eventually } from './support.js';

const PACKAGE = new URL('..', import.meta.url).pathname;
const INSTALLED = 'node_modules/@comptoir/stripe-simulator';
const MAX_BYTES = 2_000_000;
const OLDEST_MAJOR = 20;

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

let folder: string;
let packed: Packed;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stripe-simulator-package-'));
  const listed: Packed[] = JSON.parse(npm(PACKAGE, 'pack', '--json', '--pack-destination', folder));
  if (listed[0] === undefined) throw new Error('npm packed nothing.');
  packed = listed[0];
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  npm(folder, 'install', '--offline', '--no-audit', '--no-fund', `./${packed.filename}`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Without what npm tells the scripts that it runs, which would be taken for options. */
function npm(directory: string, ...parameters: string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  return execFileSync('npm', parameters, { cwd: directory, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The machine's own one, where that is old; else the one that runs the tests. */
function oldestNode(): string {
  const folders = ['/usr/local/bin', '/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
  const others = folders.map((directory) => join(directory, 'node')).filter((file) => existsSync(file));
  const [oldest] = [process.execPath, ...others]
    .map((executable) => ({ executable, major: majorOf(executable) }))
    .filter(({ major }) => major >= OLDEST_MAJOR)
    .sort((left, right) => left.major - right.major);
  return oldest?.executable ?? process.execPath;
}

function majorOf(executable: string): number {
  return Number(/^v(\d+)/.exec(execFileSync(executable, ['--version'], { encoding: 'utf8' }))?.[1]);
}

test('brings everything along, nothing else, and little of it', async () => {
  expect(packed.unpackedSize).toBeLessThan(MAX_BYTES);
  const tops = new Set(packed.files.map(({ path }) => path.split('/')[0]));
  expect([...tops].sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'dist', 'package.json']);
  expect((await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual(['@comptoir']);
  const { version } = JSON.parse(await readFile(join(folder, INSTALLED, 'package.json'), 'utf8'));
  expect(await readFile(join(folder, INSTALLED, 'CHANGELOG.md'), 'utf8')).toContain(`## [${version}]`);
  expect(await readFile(join(folder, INSTALLED, 'dist/third-party-licenses.txt'), 'utf8')).toMatch(/^zod \d/);
});

test('starts as a program on the oldest Node it promises', async () => {
  const child = spawn(oldestNode(), ['node_modules/.bin/stripe-simulator', '--port', '0'], { cwd: folder });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  atEnd(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const url = await eventually(() => /http:\/\/127\.0\.0\.1:\d+(?=\/v1)/.exec(output)?.[0]);
  const account = await fetch(`${url}/v1/account`, { headers: { authorization: 'Bearer sk_test_x' } });
  expect(await account.json()).toMatchObject({ object: 'account' });
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

test('is imported by programs on the oldest Node it promises', async () => {
  await writeFile(
    join(folder, 'use.js'),
    `import { StateFileError, signWebhook, startStripeSimulator } from '@comptoir/stripe-simulator';
     const simulator = await startStripeSimulator({ chaos: { requests: { status500: 1 } }, seed: 1 });
     const { status } = await fetch(simulator.url + '/v1/account');
     await simulator.close();
     console.log(status, simulator.requests().length, signWebhook('{}', ['whsec_x'], 1).length, StateFileError.name);`,
  );
  expect(execFileSync(oldestNode(), ['use.js'], { cwd: folder, encoding: 'utf8' })).toBe('500 1 71 StateFileError\n');
});

test('has types that need no other package, and all that its entry names', async () => {
  const directory = join(folder, 'typed');
  await mkdir(directory);
  await writeFile(
    join(directory, 'use.ts'),
    `import { type ChaosPlan, type Fault, type StripeSimulator, startStripeSimulator } from '@comptoir/stripe-simulator';
     const chaos: ChaosPlan = { deliveries: { duplicate: 0.1 } };
     const fault: Fault = { kind: 'status', status: 429, path: '/v1/refunds' };
     export const simulator: StripeSimulator = await startStripeSimulator({ chaos });
     simulator.faults.failNext(fault);
     simulator.restore(simulator.snapshot());
     // @ts-expect-error no such distribution
     simulator.chaos.set({ requests: { latency: { distribution: 'none', ms: 1 } } });`,
  );
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022'];
  const options = [...strict, '--skipLibCheck', 'false', 'use.ts'];
  const { stdout } = spawnSync(process.execPath, [compiler, ...options], { cwd: directory, encoding: 'utf8' });
  expect(stdout).toBe('');
});
