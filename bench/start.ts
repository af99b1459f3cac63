/**
 * `npm run bench -- start`: how long the production build takes until it is ready, and its memory then and under load,
 * beside a server that does the same for one order; then how long the demo takes to open, and with --all also the test
 * run and what an installation takes on disk.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runProgram } from '../cli/program.js';
import { freePort } from '../src/platform/database/free-port.js';
import { scratchFolder } from '../src/platform/kernel/scratch-folder.js';
import { cpuMicroseconds, memoryMegabytes } from './cpu-time.js';
import { type Figures, summarize } from './figures.js';
import { sendAll } from './load.js';
import { firstProduct, seedProducts } from './orders.js';
import { IN_FLIGHT } from './recorder.js';
import { CheckoutRequests, checkOrder, checkSession, paidOrders, returnPages } from './requests.js';
import { publish, readStartOptions } from './results.js';
import { type BenchShop, buildBoth, launchApi, launchFloor, onNewShop, type Side, stopSide } from './sides.js';

const options = readStartOptions();
const STARTS = options.isQuick ? 3 : 7;
const DEMO_STARTS = 3;
// Long enough for what was loaded at the start to be collected.
const SETTLES_MS = 3_000;
const LOAD = options.isQuick ? 500 : 3_000;

await runProgram(async () => {
  await onNewShop(
    async (shop, sides) => {
      await seedProducts(shop.orm.em);
      await buildBoth();
      await publish(options, shop.orm.em, [await measureStarts(shop, sides)]);
    },
    { durable: true },
  );
  await measureDemo();
});

/** In turn, as all that is compared; the first of each fills the caches of the disk and does not count. */
async function measureStarts(shop: BenchShop, sides: Side[]) {
  const measured = [launchApi, launchFloor].map((launch) => ({ launch, side: '', rounds: [] as Figures[] }));
  for (let round = -1; round < STARTS; round += 1) {
    for (const entry of measured) {
      const started = performance.now();
      const side = await entry.launch(shop.environment);
      sides.push(side);
      const startMs = performance.now() - started;
      const serverMs = (cpuMicroseconds(side.child.pid) ?? Number.NaN) / 1_000;
      entry.side = side.name;
      const isLast = round === STARTS - 1;
      const memory = isLast ? await measureMemory(shop, side) : {};
      if (round >= 0) entry.rounds.push({ startMs, startCpuMs: serverMs, rssMb: null, peakMb: null, ...memory });
      await stopSide(side);
    }
  }
  return summarize('start', measured, 'startMs');
}

async function measureMemory(shop: BenchShop, side: Side): Promise<Figures> {
  const { em } = shop.orm;
  await pause(SETTLES_MS);
  const atStart = memoryMegabytes(side.child.pid);
  const checkouts = new CheckoutRequests(await firstProduct(em));
  await sendAll(await checkouts.of(side, randomUUID(), LOAD), IN_FLIGHT, checkSession);
  await sendAll(returnPages(side, await paidOrders(em, LOAD)), IN_FLIGHT, checkOrder);
  return { rssMb: atStart?.now ?? null, peakMb: memoryMegabytes(side.child.pid)?.peak ?? null };
}

async function measureDemo(): Promise<void> {
  const directory = scratchFolder('bench');
  const environment = {
    ...process.env,
    PORT: String(await freePort()),
    STRIPE_SIMULATOR_PORT: String(await freePort()),
    DEMO_DATA_DIRECTORY: directory,
  };
  console.log('');
  print('demo, first start to the banner', 's', await secondsToOpen(environment));
  for (let start = 1; start <= DEMO_STARTS; start += 1) {
    print(`demo, later start ${start}`, 's', await secondsToOpen(environment));
  }
  if (options.isWithInstallation) await measureInstallation(directory);
}

async function secondsToOpen(environment: NodeJS.ProcessEnv): Promise<number> {
  const started = performance.now();
  const demo = spawn('npm', ['run', 'demo'], { env: environment, detached: true });
  await outputContains(demo, 'comptoir is open');
  const seconds = (performance.now() - started) / 1000;
  await stop(demo);
  return seconds;
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
