/** The API as tests use it: on its file's own database, with the real SDK talking to a simulator of its own. */
import { randomUUID } from 'node:crypto';
import { type StripeSimulator, startStripeSimulator } from '@comptoir/stripe-simulator';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { FastifyInstance } from 'fastify';
import pLimit from 'p-limit';
import Stripe from 'stripe';
import { buildApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { connect } from '../../src/connect.js';
import { buildShop, type Shop } from '../../src/modules.js';
import { signDevelopmentToken } from '../../src/platform/auth/development-token.js';
import { connectToStripe } from '../../src/stripe-connection.js';
import { eventually } from './eventually.js';
import { plantedSecrets, watchErrors, watchedLog } from './pii-markers.js';
import { SHOP_TIME_ZONE } from './shop-time.js';
import { TestClock } from './test-clock.js';
import { testDatabaseUrl } from './test-database.js';

export const WEBHOOK_SECRET = plantedSecrets.STRIPE_WEBHOOK_SECRET;

export const testEnvironment = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'info',
  ...plantedSecrets,
  STRIPE_PUBLIC_KEY: 'pk_test_0123456789',
  AUTH_ISSUER: 'https://issuer.test',
  AUTH_AUDIENCE: 'comptoir-test',
  // Tests are in a hurry, from one address; those of the limits switch them on.
  RATE_LIMIT: 'off',
  SHOP_TIMEZONE: SHOP_TIME_ZONE,
};

/** What makes of it a shop in production, which keeps its limits. */
export const productionEnvironment = {
  NODE_ENV: 'production',
  RATE_LIMIT: 'on',
  CHECKOUT_RETURN_ORIGINS: 'https://shop.example',
};

interface GraphQLError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; fields?: Record<string, string>; requestId?: string; [detail: string]: unknown };
}

export interface GraphQLResult<Data> {
  status: number;
  data: Data | null | undefined;
  errors: GraphQLError[] | undefined;
}

export interface TestApp {
  app: FastifyInstance;
  orm: MikroORM;
  simulator: StripeSimulator;
  /** The API's clock. */
  clock: TestClock;
  /** Stripe's clock, which decides when sessions expire. */
  stripeClock: TestClock;
  /** Every line the API has logged so far. */
  log: string[];
  /** Sends an operation; the token makes the viewer, none is anonymous. */
  graphql<Data>(query: string, variables?: object, token?: string): Promise<GraphQLResult<Data>>;
  /** The services of another process on the same database. */
  services: Shop;
  /** One run of a job, now, by the API's clock. */
  runJob(name: string, options?: { concurrency?: number }): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param environment what differs from `testEnvironment`
 * @param options.overloadPatienceSeconds infinite by default: the machine that runs the tests may halt for a moment
 * @param options.startsAt the instant, on a day in Paris, at which both clocks start; now by default
 * @param options.runsSchedule off by default: a run that the clock begins may do first what the test is about to do
 */
export async function startTestApp(
  environment: Record<string, string> = {},
  {
    overloadPatienceSeconds = Number.POSITIVE_INFINITY,
    runsSchedule = false,
    startsAt,
  }: { overloadPatienceSeconds?: number; runsSchedule?: boolean; startsAt?: string } = {},
): Promise<TestApp> {
  const clocks = { api: new TestClock(startsAt), stripe: new TestClock(startsAt) };
  // Quick repetitions: tests wait for the second delivery, not for a minute to pass.
  const simulator = await startStripeSimulator({
    clock: clocks.stripe,
    receiverClock: new TestClock(startsAt),
    retryDelaysMs: [50, 100, 200, 400, 800],
  });
  try {
    const options = { overloadPatienceSeconds, runsSchedule };
    const place = startsAt === undefined ? {} : { SHOP_TIMEZONE: 'Europe/Paris' };
    return await startOn(simulator, clocks, { ...place, ...environment }, options);
  } catch (error) {
    // A test may be about why it does not start.
    await simulator.close();
    throw error;
  }
}

async function startOn(
  simulator: StripeSimulator,
  { api: clock, stripe: stripeClock }: { api: TestClock; stripe: TestClock },
  environment: Record<string, string>,
  options: { overloadPatienceSeconds: number; runsSchedule: boolean },
): Promise<TestApp> {
  const config = loadConfig({
    ...testEnvironment,
    DATABASE_URL: await testDatabaseUrl(),
    STRIPE_API_URL: simulator.url,
    ...environment,
  });
  const orm = await connect(config.databaseUrl);
  // The file's database may have served other simulators, whose account is another.
  await orm.em.fork().execute('delete from stripe_accounts');
  const log: string[] = [];
  const app = await buildApp({ config, orm, clock, logTo: watchedLog(log), ...options });
  watchErrors(app);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  await eventually(async () => {
    const { reason, warning } = (await app.inject('/readyz')).json<{ reason?: string; warning?: string }>();
    if (reason?.startsWith('the job queue') || warning?.includes('the Stripe account of the key'))
      throw new Error(reason);
  });
  simulator.addWebhookEndpoint({ url: `${url}/api/webhook/stripe/`, secret: WEBHOOK_SECRET });
  const logger = app.log;
  const services = buildShop({
    config,
    clock,
    logger,
    jobRequests: { request: async () => {} },
    ...connectToStripe({ config, clock, logger, forkEntityManager: () => orm.em.fork() }),
  });
  return {
    services,
    async runJob(name, { concurrency = 8 } = {}) {
      const job = services.jobs.find((candidate) => candidate.name === name);
      if (!job) throw new Error(`There is no job ${name}.`);
      await services.account.isOurs();
      await runsAreOver(orm, name);
      await job.runOnce(orm.em.fork(), { signal: new AbortController().signal, itemLimit: pLimit(concurrency) });
      await runsAreOver(orm, name);
    },
    app,
    orm,
    simulator,
    clock,
    stripeClock,
    log,
    graphql: (query, variables, token) => sendOperation(app, query, variables, token),
    async close() {
      // The API first: its runs of jobs end with Stripe still there.
      await app.close();
      await simulator.close();
      await orm.close();
    },
  };
}

/** Stripe's own SDK: what happens at Stripe without the shop, as in the dashboard. */
export function stripeOf({ simulator: { host, port } }: TestApp): Stripe {
  return new Stripe(testEnvironment.STRIPE_SECRET_KEY, { host, port, protocol: 'http', telemetry: false });
}

/** Of those that were requested: one may have claimed what the test's own run is about. */
async function runsAreOver(orm: MikroORM, name: string): Promise<void> {
  await eventually(async () => {
    const runs = await orm.em.fork().execute(`select id from pgboss.job where name = ? and state = 'active'`, [name]);
    if (runs.length > 0) throw new Error(`A run of ${name} has not ended.`);
  });
}

/**
 * Another process of the same shop, as it were: on the same database, with the same Stripe, which sends it no events.
 */
export async function startSecondProcess(first: TestApp, environment: Record<string, string> = {}): Promise<TestApp> {
  const databaseUrl = await testDatabaseUrl();
  const config = loadConfig({
    ...testEnvironment,
    DATABASE_URL: databaseUrl,
    STRIPE_API_URL: first.simulator.url,
    ...environment,
  });
  const orm = await connect(databaseUrl);
  const log: string[] = [];
  const app = await buildApp({
    config,
    orm,
    clock: first.clock,
    logTo: watchedLog(log),
    overloadPatienceSeconds: Number.POSITIVE_INFINITY,
    runsSchedule: false,
  });
  watchErrors(app);
  await app.ready();
  return {
    ...first,
    app,
    orm,
    log,
    graphql: (query, variables, token) => sendOperation(app, query, variables, token),
    async close() {
      await app.close();
      await orm.close();
    },
  };
}

async function sendOperation<Data>(
  app: FastifyInstance,
  query: string,
  variables: object = {},
  token?: string,
): Promise<GraphQLResult<Data>> {
  const response = await app.inject({
    method: 'POST',
    url: '/graphql',
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    payload: { query, variables },
  });
  const { data, errors } = response.json<{ data?: Data | null; errors?: GraphQLError[] }>();
  return { status: response.statusCode, data, errors };
}

export interface Person {
  id: string;
  token: string;
}

/** Somebody nobody else in the run is. */
export async function newBuyer(): Promise<Person> {
  return person(`buyer-${randomUUID()}`, []);
}

export async function newStaff(): Promise<Person> {
  return person(`staff-${randomUUID()}`, ['staff']);
}

async function person(id: string, roles: string[]): Promise<Person> {
  const token = await signDevelopmentToken({
    secret: testEnvironment.AUTH_JWT_SECRET,
    issuer: testEnvironment.AUTH_ISSUER,
    audience: testEnvironment.AUTH_AUDIENCE,
    subject: id,
    roles,
    // Tests move the clock by months.
    lifetime: '2000d',
  });
  return { id, token };
}
