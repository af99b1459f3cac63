/** The composition root: builds the API from services, routes and jobs. */
// type-graphql's decorators look for it as soon as a class is declared, so it comes before all else.
import 'reflect-metadata';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { createApolloServer } from './api/apollo-server.js';
import { type ExplorerExample, explorerRoute } from './api/explorer.route.js';
import { graphqlRoute } from './api/graphql.route.js';
import { healthRoute } from './api/health.route.js';
import { metricsRoute } from './api/metrics.route.js';
import { readSafelist } from './api/safelist.js';
import { buildGraphQLSchema } from './api/schema.js';
import type { Config } from './config.js';
import { measureAttention } from './modules/attention/attention-metrics.js';
import { evidenceRoute } from './modules/disputes/evidence.route.js';
import { payRoute } from './modules/payments/pay.route.js';
import { WEBHOOK_PATH, webhookRoute } from './modules/webhooks/webhook.route.js';
import { buildShop } from './modules.js';
import { rejectBadTokens } from './platform/auth/authentication.route.js';
import { TokenVerifier } from './platform/auth/token-verifier.js';
import { createHttpServer, type LogTarget } from './platform/http/http-server.js';
import { JobRunner } from './platform/jobs/job-runner.js';
import { type Clock, systemClock } from './platform/kernel/clock.js';
import { createRateLimiter, unlimited } from './platform/rate-limits/rate-limiter.js';
import { RequestLimits } from './platform/rate-limits/request-limits.js';
import { WebhookVerifier } from './stripe/webhook-verifier.js';
import { connectToStripe } from './stripe-connection.js';

// Two checks: one long pause, as of a garbage collection, is no overload.
const OVERLOAD_PATIENCE_SECONDS = 2;

export interface AppOptions {
  config: Config;
  /** Stays open when the app closes: it belongs to the caller. */
  orm: MikroORM;
  clock?: Clock;
  /** What the end of tokens is compared with; `clock` by default. Who signs them has the time of the world. */
  tokenClock?: Clock;
  /** Where log lines go; standard output by default. */
  logTo?: LogTarget;
  /** How long the process has to be overloaded before GraphQL requests are rejected; infinite for never. */
  overloadPatienceSeconds?: number;
  /** Whether jobs also run by their schedule; they do by default. */
  runsSchedule?: boolean;
  /** What the demo adds to the API. */
  demo?: DemoParts;
}

export interface DemoParts {
  /** What the explorer opens with. */
  explorerExample: ExplorerExample | null;
  /** Pages from there may call the API, beside those of the configuration. */
  corsOrigins: RegExp;
  pages: FastifyPluginAsync;
  /** Calls back whenever the clock was moved: jobs' schedules are by the machine's. @returns what ends it */
  onClockMoved(listener: () => void): () => void;
}

/** Builds the API, ready to listen or to be injected into. */
export async function buildApp({
  config,
  orm,
  clock = systemClock,
  tokenClock = clock,
  logTo,
  overloadPatienceSeconds = OVERLOAD_PATIENCE_SECONDS,
  runsSchedule = true,
  demo,
}: AppOptions): Promise<FastifyInstance> {
  // Before anything is open that would have to be closed.
  const safelist = config.safelistPath === null ? null : readSafelist(config.safelistPath);
  const app = createHttpServer({ config, logTo, quietPath: WEBHOOK_PATH });
  const forkEntityManager = () => orm.em.fork();
  const stripe = connectToStripe({ config, clock, logger: app.log, forkEntityManager });
  const jobs = new JobRunner({
    databaseUrl: config.databaseUrl,
    forkEntityManager,
    mayRun: () => stripe.account.isOurs(),
    logger: app.log,
    runsSchedule,
  });
  const limiter = config.rateLimit ? createRateLimiter(config.redisUrl, app.log) : unlimited;
  const shop = buildShop({ config, clock, logger: app.log, jobRequests: jobs, ...stripe });

  measureAttention(shop.metrics, shop.attention, forkEntityManager, app.log);

  const apollo = createApolloServer({
    schema: await buildGraphQLSchema(shop.resolvers),
    production: config.production,
    safelist,
  });
  await apollo.start();

  const tokens = new TokenVerifier(config.auth, tokenClock, app.log);
  app.addHook(
    'onRequest',
    rejectBadTokens(tokens, (ip) => new RequestLimits(limiter, ip).countRequest()),
  );
  await app.register(healthRoute, { orm, clock, checks: [jobs, stripe.account, stripe.stripeClock] });
  await app.register(metricsRoute, {
    registry: shop.metrics,
    token: config.metricsToken,
    production: config.production,
  });
  await app.register(webhookRoute, {
    verifier: new WebhookVerifier(config.stripe.webhookSecrets, clock),
    inbox: shop.inbox,
    allowedAddresses: config.stripe.webhookAddresses,
    em: orm.em,
  });
  await app.register(evidenceRoute, { disputes: shop.disputes, tokens, limiter, forkEntityManager });
  await app.register(payRoute, { links: [shop.feeLinks, shop.depositLinks], forkEntityManager });
  await app.register(graphqlRoute, {
    apollo,
    tokens,
    forkEntityManager,
    limiter,
    overloadPatienceSeconds,
    sandbox: !config.production,
    corsOrigins: demo ? [...config.corsOrigins, demo.corsOrigins] : config.corsOrigins,
  });
  if (!config.production) await app.register(explorerRoute, { example: demo?.explorerExample ?? null });
  if (demo) await app.register(demo.pages);
  app.addHook('onReady', async () => {
    stripe.account.start();
    jobs.start(shop.jobs);
  });
  if (demo) runJobsWhereMoved(app, demo, jobs);
  app.addHook('onClose', async () => stripe.account.stop());
  app.addHook('onClose', async () => jobs.stop());
  // Runs once Fastify has answered every request in flight.
  app.addHook('onClose', async () => apollo.stop());
  app.addHook('onClose', async () => limiter.close());
  return app;
}

/** Moved by days, nobody waits ten minutes for what became due on the way. */
function runJobsWhereMoved(app: FastifyInstance, demo: DemoParts, jobs: JobRunner): void {
  const stop = demo.onClockMoved(() => {
    jobs.runAll().catch((error: unknown) => app.log.warn({ err: error }, 'Jobs are left to their schedules'));
  });
  app.addHook('onClose', async () => stop());
}
