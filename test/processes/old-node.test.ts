/** On a Node that is too old, every program says so in one line and ends, instead of starting and failing later. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const fakedVersion = `Object.defineProperty(process.versions, 'node', { value: '20.19.0' })`;
const beforeEverything = ['--import', `data:text/javascript,${encodeURIComponent(fakedVersion)}`];

let directory: string;

beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'comptoir-build-'));
  execFileSync(process.execPath, ['scripts/build.js', path.join(directory, 'dist')]);
  fs.copyFileSync('package.json', path.join(directory, 'package.json'));
});
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

async function run(executable: string, parameters: string[]): Promise<{ exitCode: number; output: string }> {
  const child = spawn(executable, parameters, { env: { PATH: process.env.PATH } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, output };
}

const built = ['main', 'migration', 'comptoir'].map((name) => `dist/${name}.js`);
const sources = ['demo/demo.ts'];

test.each([...built, ...sources])('%s refuses to start', async (program) => {
  const isBuilt = built.includes(program);
  const parameters = isBuilt
    ? [path.join(directory, program)]
    : ['--conditions=comptoir-source', '--import', 'tsx', program];
  const { exitCode, output } = await run(process.execPath, [...beforeEverything, ...parameters]);
  expect(output).toMatch(/^.+ needs Node 24 or newer, and this is 20\.19\.0: see https:\S+\n$/);
  expect(exitCode).toBe(1);
});

test('What is started first is read by any Node that knows modules', () => {
  for (const program of [...built, 'dist/require-node.js']) {
    const code = fs.readFileSync(path.join(directory, program), 'utf8');
    // All else is behind the import that an old Node never comes to; nothing in these needs a newer syntax.
    expect(code).not.toMatch(/await|\?\.|\?\?|import .* from|#/);
  }
});

// Where the machine has an old Node beside ours, with that as well.
const folders = ['/usr/local/bin', '/usr/bin', ...(process.env.PATH ?? '').split(path.delimiter)];
const oldNode = folders
  .map((folder) => path.join(folder, 'node'))
  .find((file) => fs.existsSync(file) && majorOf(file) < 24);

function majorOf(executable: string): number {
  return Number(/^v(\d+)/.exec(execFileSync(executable, ['--version']).toString())?.[1]);
}

test.each(oldNode === undefined ? [] : built.map((program) => [program, oldNode]))(
  '%s refuses to start on the real %s',
  async (program, executable) => {
    const { exitCode, output } = await run(executable, [path.join(directory, program)]);
    expect(output).toMatch(/^comptoir needs Node 24 or newer, and this is \d+\.\d+\.\d+: see https:\S+\n$/);
    expect(exitCode).toBe(1);
  },
);
