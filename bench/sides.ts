/** The sides of a benchmark over HTTP: the production build, and what it is compared with, each a process. */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StripeSimulator } from '@comptoir/stripe-simulator';
import type { MikroORM } from '@mikro-orm/postgresql';
import { freePort } from '../src/platform/database/free-port.js';
import { COUNTING_SETTINGS } from './statement-count.js';

const READY_WITHIN_MS = 30_000;
const POLL_EVERY_MS = 10;
const FLOOR_PROGRAM = 'dist/floor.js';

/** Of the API, in production; the database and Stripe are the benchmark's. */
export const benchEnvironment = {
  STRIPE_SECRET_KEY: 'sk_test_bench0123456789',
  STRIPE_PUBLIC_KEY: 'pk_test_bench0123456789',
  STRIPE_WEBHOOK_SECRET: 'whsec_bench0123456789',
  AUTH_JWT_SECRET: randomUUID(),
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'comptoir',
  NODE_ENV: 'production',
  CHECKOUT_RETURN_ORIGINS: 'http://localhost:3000',
  LOG_LEVEL: 'info',
};

export interface Side {
  /** What it can be asked for: everything, what `launchFloor` says, or GraphQL. */
  kind: 'api' | 'floor' | 'graphql';
  name: string;
  url: string;
  child: ChildProcess;
  /** More processes that do the same, where the work is shared. */
  peers?: readonly Side[];
}

/** An empty database and a Stripe, for all sides. */
export interface BenchShop {
  orm: MikroORM;
  simulator: StripeSimulator;
  /** Where both are, for the processes. */
  environment: { DATABASE_URL: string; STRIPE_API_URL: string };
}

/** @param measure adds the sides that it starts; they are stopped, and the database is dropped, however it ends */
export async function onNewShop(
  measure: (shop: BenchShop, sides: Side[]) => Promise<void>,
  { durable = false, clock }: { durable?: boolean; clock?: { now(): Date } } = {},
): Promise<void> {
  // What runs in a process is ended with this one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
  // Loaded here only: help, and a command line that is not understood, are answered at once.
  const { startStripeSimulator } = await import('@comptoir/stripe-simulator');
  const { startScratchServer } = await import('../demo/database/scratch-server.js');
  const { connect } = await import('../src/connect.js');
  const server = await startScratchServer(process.env.DATABASE_URL || null, { durable, settings: COUNTING_SETTINGS });
  const databaseUrl = server.urlOf(`comptoir_bench_${randomUUID().slice(0, 8)}`);
  const orm = await connect(databaseUrl);
  const simulator = await startStripeSimulator(clock === undefined ? {} : { clock });
  const sides: Side[] = [];
  try {
    await orm.schema.ensureDatabase();
    await orm.migrator.up();
    const environment = { DATABASE_URL: databaseUrl, STRIPE_API_URL: simulator.url };
    await measure({ orm, simulator, environment }, sides);
  } finally {
    await Promise.all(sides.map(stopSide));
    await simulator.close();
    // The first error is the one to tell.
    await orm.schema.dropDatabase().catch(() => {});
    await orm.close();
    await server.stop();
  }
}

/** Builds both, for `launchApi` and `launchFloor`. The floor comes after the API, whose build empties the folder. */
export async function buildBoth(): Promise<void> {
  buildApi();
  const { build } = await import('esbuild');
  await build({
    entryPoints: ['bench/floors/server.ts'],
    outfile: FLOOR_PROGRAM,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    packages: 'external',
    keepNames: true,
    logLevel: 'warning',
  });
}

function buildApi(): void {
  execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
}

/** Builds the API, and launches it. */
export function startApi(environment: Record<string, string>): Promise<Side> {
  buildApi();
  return launchApi(environment);
}

/** Builds and launches both. */
export async function startBoth({ environment }: BenchShop): Promise<{ api: Side; floor: Side }> {
  await buildBoth();
  return { api: await launchApi(environment), floor: await launchFloor(environment) };
}

/**
 * The production build as its image starts it, with all of its protections, logging as it does in production, to nowhere.
 * Each buyer has the address that they send.
 *
 * @param environment DATABASE_URL, STRIPE_API_URL…
 */
export async function launchApi(environment: Record<string, string>): Promise<Side> {
  const port = String(await freePort());
  const env = { ...process.env, ...benchEnvironment, TRUST_PROXY: '1', ...environment, PORT: port };
  const parameters = ['--enable-source-maps', 'dist/main.js'];
  const child = spawn(process.execPath, parameters, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return ready({ kind: 'api', name: 'comptoir', url: `http://127.0.0.1:${port}`, child });
}

/** `/checkout`, `/orders/ID` and the webhook on the database, and GraphQL alone. */
export async function launchFloor(environment: Record<string, string>): Promise<Side> {
  const port = String(await freePort());
  const child = fork(FLOOR_PROGRAM, {
    env: { ...process.env, ...benchEnvironment, ...environment, PORT: port },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return ready({ kind: 'floor', name: 'floor', url: `http://127.0.0.1:${port}`, child });
}

/** The same process, asked by GraphQL alone. */
export function graphqlOf(floor: Side): Side {
  return { ...floor, kind: 'graphql', name: 'Apollo and type-graphql alone' };
}

/** @throws Error when the side does not say within half a minute that it can work */
async function ready(side: Side): Promise<Side> {
  const kill = () => side.child.kill('SIGKILL');
  process.once('exit', kill);
  side.child.once('exit', () => process.removeListener('exit', kill));
  for (const started = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS))) {
    const answer = await fetch(`${side.url}/readyz`).catch(() => null);
    if (answer?.ok) return side;
    if (side.child.exitCode !== null) throw new Error(`${side.name} has ended.`);
    if (performance.now() - started < READY_WITHIN_MS) continue;
    throw new Error(`${side.name} is not ready: ${await answer?.text()}`);
  }
}

/** Another server of the same schema. @param script beside this one; once it listens, it sends its URL */
export async function startOther(name: string, script: string, environment: Record<string, string>): Promise<Side> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
    env: { ...process.env, ...benchEnvironment, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [url]: string[] = await once(child, 'message');
  if (url === undefined) throw new Error(`${script} sent no address.`);
  return { kind: 'graphql', name, url, child };
}

export async function stopSide({ child }: Side): Promise<void> {
  // Two sides may be one process.
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
