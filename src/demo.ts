/** The demo process: embedded PostgreSQL, Stripe simulator, a seeded shop and the API, with nothing to configure. */
import path from 'node:path';
import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.js';
import { type Config, ConfigError, loadConfig } from './config.js';
import { connect } from './database/connect.js';
import { startEmbeddedPostgres } from './database/embedded-postgres.js';
import { seedShop } from './database/seed.js';
import { banner } from './demo/banner.js';
import { DEFAULT_SIMULATOR_PORT, demoEnvironment, simulatorEnvironment } from './demo/environment.js';
import { startStripeSimulator } from './stripe-simulator/simulator.js';

type Environment = Record<string, string | undefined>;

const dataDirectory = path.resolve(process.env.DEMO_DATA_DIRECTORY || '.data');

// Declared up here, since the statements below need it as they run.
class PortInUseError extends Error {
  constructor(port: number, variable: string, cause: unknown) {
    super(`Port ${port} is in use: stop what listens there, or choose another with ${variable}.`, { cause });
  }
}

/** What has been started, to be stopped in the opposite order. */
const running: { name: string; stop(): Promise<unknown> }[] = [];

try {
  await start();
  closeWithGrace({ delay: 9_500, logger: false }, async ({ err }) => {
    if (err) console.error(err);
    console.log('\nStopping …');
    await stopEverything();
    console.log(`Stopped. The data stays in ${shown(dataDirectory)}; the next start goes on from there.`);
  });
} catch (error) {
  await stopEverything();
  console.error(`\n${explain(error)}`);
  process.exitCode = 1;
}

async function start(): Promise<void> {
  const environment: Environment = { ...demoEnvironment, ...withoutBlanks(process.env), NODE_ENV: 'development' };
  environment.DATABASE_URL ??= await startDatabase();
  const simulatorUrl = environment.STRIPE_SECRET_KEY ? null : await startSimulator(environment);
  const config = loadConfig(environment);
  await startApi(config);
  console.log(await banner(config, environment, simulatorUrl, shown(dataDirectory)));
}

async function startDatabase(): Promise<string> {
  console.log('Starting PostgreSQL …');
  const server = await startEmbeddedPostgres({ directory: path.join(dataDirectory, 'postgres'), durable: true });
  running.push({ name: 'PostgreSQL', stop: () => server.stop() });
  return server.urlOf('comptoir');
}

/** Takes the place of Stripe: sets the variables that lead the API to it. */
async function startSimulator(environment: Environment): Promise<string> {
  console.log('Starting the Stripe simulator …');
  Object.assign(environment, simulatorEnvironment);
  const port = simulatorPort(environment.STRIPE_SIMULATOR_PORT);
  const simulator = await startStripeSimulator({
    port,
    stateFile: path.join(dataDirectory, 'stripe-simulator.json'),
    webhookEndpoints: [
      {
        url: `http://127.0.0.1:${environment.PORT}/api/webhook/stripe/`,
        secret: simulatorEnvironment.STRIPE_WEBHOOK_SECRET,
      },
    ],
  }).catch(namePort(port, 'STRIPE_SIMULATOR_PORT'));
  running.push({ name: 'simulator', stop: () => simulator.close() });
  environment.STRIPE_API_URL = simulator.url;
  return simulator.url;
}

async function startApi(config: Config): Promise<void> {
  console.log('Starting the API …');
  const orm = await connect(config.databaseUrl);
  running.push({ name: 'database connections', stop: () => orm.close() });
  await orm.schema.ensureDatabase();
  await orm.migrator.up();
  await seedShop(orm.em.fork(), config.shop.currency);
  const app = await buildApp({ config, orm });
  running.push({ name: 'API', stop: () => app.close() });
  await app.listen({ host: config.host, port: config.port }).catch(namePort(config.port, 'PORT'));
}

async function stopEverything(): Promise<void> {
  for (const part of running.splice(0).reverse()) {
    await part.stop().catch((error: unknown) => console.error(`${part.name} did not stop cleanly:`, error));
  }
}

/** A path as people type it where they are. */
function shown(directory: string): string {
  return path.relative('.', directory) || '.';
}

/** Turns "address in use" into words that name the port and the variable that changes it. */
function namePort(port: number, variable: string): (error: unknown) => never {
  return (error) => {
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? new PortInUseError(port, variable, error) : error;
  };
}

function simulatorPort(text: string | undefined): number {
  const port = Number(text ?? DEFAULT_SIMULATOR_PORT);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new ConfigError(['STRIPE_SIMULATOR_PORT must be a port number']);
}

function withoutBlanks(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
}

function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof PortInUseError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
