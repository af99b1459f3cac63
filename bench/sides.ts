/** The two sides of a benchmark over HTTP: the production build, and what it is compared with, each a process. */
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StripeSimulator } from '@comptoir/stripe-simulator';
import type { MikroORM } from '@mikro-orm/postgresql';
import { freePort } from '../src/platform/database/free-port.js';

const READY_WITHIN_MS = 30_000;

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
  name: string;
  url: string;
  child: ChildProcess;
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
  // Loaded here only: help, and a command line that is not understood, are answered at once.
  const { startStripeSimulator } = await import('@comptoir/stripe-simulator');
  const { startScratchServer } = await import('../demo/database/scratch-server.js');
  const { connect } = await import('../src/connect.js');
  const server = await startScratchServer(process.env.DATABASE_URL || null, { durable });
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

/**
 * The production build, logging as it does in production, to nowhere. @param environment DATABASE_URL, STRIPE_API_URL…
 */
export async function startApi(environment: Record<string, string>): Promise<Side> {
  execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
  const port = await freePort();
  const env = { ...process.env, ...benchEnvironment, ...environment, PORT: String(port) };
  const child = spawn(process.execPath, ['dist/main.js'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  for (const started = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const ready = await fetch(`${url}/readyz`).catch(() => null);
    if (ready?.ok) return { name: 'comptoir', url, child };
    if (performance.now() - started > READY_WITHIN_MS) throw new Error(`The API is not ready: ${await ready?.text()}`);
  }
}

/** @param script beside this one; once it listens, it sends its URL */
export async function startOther(name: string, script: string, environment: Record<string, string>): Promise<Side> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
    env: { ...process.env, ...benchEnvironment, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [url]: string[] = await once(child, 'message');
  if (url === undefined) throw new Error(`${script} sent no address.`);
  return { name, url, child };
}

export async function stopSide({ child }: Side): Promise<void> {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
