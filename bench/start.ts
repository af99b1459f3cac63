/**
 * `npm run bench -- start [--all]`: how long the demo takes to open, and how much memory the API takes idle;
 * with --all also the test run and what an installation takes on disk.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { readArguments, runProgram } from '../cli/program.js';
import { freePort } from '../src/platform/database/free-port.js';
import { scratchFolder } from '../src/platform/kernel/scratch-folder.js';
import { benchEnvironment } from './sides.js';

const STARTS = 3;
// Long enough for what was loaded at the start to be collected.
const IDLE_MS = 5_000;

await runProgram(async () => {
  const { all } = readArguments('Usage: npm run bench -- start [--all]', { all: { type: 'boolean' } }).values;
  const directory = scratchFolder('bench');
  const environment = {
    ...process.env,
    PORT: String(await freePort()),
    STRIPE_SIMULATOR_PORT: String(await freePort()),
    DEMO_DATA_DIRECTORY: directory,
  };
  print('demo, first start to the banner', 's', await secondsToOpen(environment));
  for (let start = 1; start <= STARTS; start += 1) {
    print(`demo, later start ${start}`, 's', await secondsToOpen(environment));
  }
  print('API process, idle', 'MB RSS', await idleMegabytes(environment));
  if (all) await measureInstallation(directory);
});

async function secondsToOpen(environment: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const demo = spawn('npm', ['run', 'demo'], { env: environment, detached: true });
  await outputContains(demo, 'comptoir is open');
  const seconds = (performance.now() - started) / 1000;
  await stop(demo);
  return seconds;
}

/** The production build on its own, in production, as it runs beside a database and Stripe. */
async function idleMegabytes(environment: NodeJS.ProcessEnv): Promise<number> {
  execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
  const api = spawn(process.execPath, ['dist/main.js'], {
    detached: true,
    env: {
      ...environment,
      ...benchEnvironment,
      // Idle, it asks nobody anything: neither needs to be there.
      DATABASE_URL: 'postgresql://127.0.0.1:1/none',
    },
  });
  await outputContains(api, 'Server listening');
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(api.pid)], { encoding: 'utf8' });
  await stop(api);
  return Number(kilobytes) / 1024;
}

async function measureInstallation(directory: string): Promise<void> {
  const started = performance.now();
  execFileSync('npm', ['test'], { stdio: ['ignore', 'ignore', 'inherit'] });
  print('npm test', 's', (performance.now() - started) / 1000);
  for (const parameters of [['ci'], ['ci', '--omit=dev']]) {
    const target = path.join(directory, parameters.join(''));
    fs.mkdirSync(target);
    for (const file of ['package.json', 'package-lock.json']) fs.copyFileSync(file, path.join(target, file));
    fs.cpSync('packages', path.join(target, 'packages'), { recursive: true, filter: isManifestOrFolder });
    execFileSync('npm', parameters, { cwd: target, stdio: 'ignore' });
    const [kilobytes] = execFileSync('du', ['-sk', 'node_modules'], { cwd: target, encoding: 'utf8' }).split('\t');
    print(`npm ${parameters.join(' ')}`, 'MB', Number(kilobytes) / 1024);
  }
}

/** What npm reads of the packages of this repository. */
function isManifestOrFolder(source: string): boolean {
  return path.basename(source) === 'package.json' || fs.statSync(source).isDirectory();
}

async function outputContains(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(text)) resolve();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.once('exit', () => reject(new Error(`The process ended early:\n${output}`)));
  });
}

/** As Ctrl-C does: to the whole process group. */
async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  if (child.pid) process.kill(-child.pid, 'SIGINT');
  await exited;
}

function print(what: string, unit: string, value: number): void {
  console.log(`${what.padEnd(36)} ${value.toFixed(1).padStart(7)} ${unit}`);
}
