/** The demo process: embedded PostgreSQL, Stripe simulator, a seeded shop and the API, with nothing to configure. */
import '../src/platform/kernel/require-node.js';
import fs from 'node:fs';
import path from 'node:path';
import { StateFileError, startStripeSimulator } from '@comptoir/stripe-simulator';
import closeWithGrace from 'close-with-grace';
import pretty from 'pino-pretty';
import type { DemoParts } from '../src/app.js';
import { type Config, ConfigError, loadConfig } from '../src/config.js';
import { systemClock } from '../src/platform/kernel/clock.js';
import { ExplainedError, explain } from '../src/platform/kernel/explained-error.js';
import { PortInUseError } from '../src/platform/kernel/port-in-use-error.js';
import { banner } from './banner.js';
import { startEmbeddedPostgres } from './database/embedded-postgres.js';
import { demoDataDirectory, forgetDatabaseUrl, keepDatabaseUrl } from './database-url.js';
import { DemoClock } from './demo-clock.js';
import { demoPagesRoute } from './demo-pages.route.js';
import { DEFAULT_SIMULATOR_PORT, demoEnvironment, simulatorEnvironment, withoutBlanks } from './environment.js';
import { checkoutRequest, returnOrigin } from './request.js';
import { demoToken } from './tokens.js';

// Stands for the embedded database while the configuration is checked, before anything is started.
const DATABASE_TO_COME = 'postgresql://127.0.0.1/comptoir';
// Database, Stripe and API share one machine with whatever else its owner runs on it.
const OVERLOAD_PATIENCE_SECONDS = 30;

type Environment = Record<string, string | undefined>;

const environment: Environment = { ...demoEnvironment, ...withoutBlanks(process.env), NODE_ENV: 'development' };
const dataDirectory = demoDataDirectory(environment);
// People read it; production writes JSON.
const logTo = pretty({ sync: true, singleLine: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' });
// The machine's where there is no simulator.
const clock = new DemoClock();
/** What has been started, to be stopped in the opposite order. */
const running: { name: string; stop(): Promise<unknown> }[] = [];

const starting = start();
// Listens from the first moment on: Ctrl-C while it starts must leave nothing behind either.
const grace = closeWithGrace({ delay: 9_500, logger: false }, async ({ err }) => {
  if (err) console.error(err);
  console.log('\nStopping …');
  await starting.catch(() => {});
  await stopEverything();
  console.log(`Stopped. The data stays in ${shown(dataDirectory)}; the next start continues with it.`);
});

try {
  await starting;
} catch (error) {
  grace.uninstall();
  await stopEverything();
  console.error(`\n${inWords(error)}`);
  process.exitCode = 1;
}

async function start(): Promise<void> {
  const withSimulator = environment.STRIPE_SECRET_KEY === undefined;
  if (withSimulator) Object.assign(environment, simulatorEnvironment);
  const { port } = loadConfig({ DATABASE_URL: DATABASE_TO_COME, ...environment });
  prepareDataDirectory();
  environment.DATABASE_URL ??= await startDatabase();
  if (withSimulator) environment.STRIPE_API_URL = await startSimulator(port);
  const config = loadConfig(environment);
  await startApi(config);
  const simulatorUrl = withSimulator ? environment.STRIPE_API_URL : undefined;
  console.log(await banner(config, environment, simulatorUrl ?? null, shown(dataDirectory)));
}

function prepareDataDirectory(): void {
  try {
    fs.mkdirSync(dataDirectory, { recursive: true });
    fs.accessSync(dataDirectory, fs.constants.W_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw new ExplainedError(
      `The data cannot be kept in ${dataDirectory} (${reason}): choose another folder with DEMO_DATA_DIRECTORY.`,
    );
  }
}

async function startDatabase(): Promise<string> {
  console.log('Starting PostgreSQL …');
  const wanted = path.join(dataDirectory, 'postgres');
  const server = await startEmbeddedPostgres({ directory: wanted, durable: true });
  running.push({ name: 'PostgreSQL', stop: () => server.stop() });
  if (server.directory !== wanted) {
    console.log(`  Its data is in ${server.directory}: it does not run as root, and others may not enter ${wanted}.`);
  }
  const url = server.urlOf('comptoir');
  keepDatabaseUrl(dataDirectory, url);
  running.push({ name: 'database URL', stop: async () => forgetDatabaseUrl(dataDirectory) });
  return url;
}

/** Takes the place of Stripe, and calls the webhook of the API that is to listen on the given port. */
async function startSimulator(apiPort: number): Promise<string> {
  console.log('Starting the Stripe simulator …');
  const port = simulatorPort(environment.STRIPE_SIMULATOR_PORT);
  const simulator = await startStripeSimulator({
    port,
    receiverClock: clock,
    keepsClock: true,
    stateFile: path.join(dataDirectory, 'stripe-simulator.json'),
    webhookEndpoints: [
      {
        url: `http://127.0.0.1:${apiPort}/api/webhook/stripe/`,
        secret: simulatorEnvironment.STRIPE_WEBHOOK_SECRET,
      },
    ],
  }).catch(PortInUseError.naming(port, 'STRIPE_SIMULATOR_PORT'));
  running.push({ name: 'simulator', stop: () => simulator.close() });
  clock.follow(simulator.clock);
  return simulator.url;
}

async function startApi(config: Config): Promise<void> {
  console.log('Starting the API …');
  // Loaded here only: what is wrong with the environment, or with a port, is told at once.
  const { connect } = await import('../src/connect.js');
  const { buildApp } = await import('../src/app.js');
  const { seedShop } = await import('./seed.js');
  const orm = await connect(config.databaseUrl);
  running.push({ name: 'database connections', stop: () => orm.close() });
  await orm.schema.ensureDatabase();
  await orm.migrator.up();
  await seedShop(orm.em.fork(), config.shop.currency);
  const demo = await demoParts(config);
  const app = await buildApp({
    ...{ config, orm, logTo, demo, clock },
    // An identity provider, and the commands that sign tokens for the demo, have the time of the machine.
    tokenClock: systemClock,
    overloadPatienceSeconds: OVERLOAD_PATIENCE_SECONDS,
  });
  running.push({ name: 'API', stop: () => app.close() });
  await app.listen({ host: config.host, port: config.port }).catch(PortInUseError.naming(config.port, 'PORT'));
}

async function demoParts(config: Config): Promise<DemoParts> {
  const buyer = await demoToken(environment, 'alice');
  const staff = await demoToken(environment, 'marie', ['staff']);
  const request = checkoutRequest(returnOrigin(config));
  const headers = buyer === null ? {} : { authorization: `Bearer ${buyer}` };
  return {
    explorerExample: { ...request, headers },
    // Frontends in development listen on whatever port their tools choose.
    corsOrigins: /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/,
    pages: (app) => demoPagesRoute(app, { token: staff }),
    onClockMoved: (listener) => clock.onMoved(listener),
  };
}

async function stopEverything(): Promise<void> {
  for (const part of running.splice(0).reverse()) {
    await part.stop().catch((error: unknown) => console.error(`${part.name} did not stop cleanly:`, error));
  }
}

function simulatorPort(text: string | undefined): number {
  const port = Number(text ?? DEFAULT_SIMULATOR_PORT);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new ConfigError(['STRIPE_SIMULATOR_PORT must be a port number']);
}

/** A path as people type it where they are. */
function shown(directory: string): string {
  return path.relative('.', directory) || '.';
}

/** The simulator stands alone, and explains its errors by itself. */
function inWords(error: unknown): string {
  if (error instanceof StateFileError) return error.message;
  return explain(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
}
