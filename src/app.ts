/** The composition root: builds the API from services, routes and jobs. */
// type-graphql's decorators look for it as soon as a class is declared, so it comes before all else.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import type { MikroORM } from '@mikro-orm/postgresql';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { TokenVerifier } from './auth/token-verifier.js';
import { CatalogueResolver } from './catalogue/catalogue.resolver.js';
import { CatalogueManagementResolver } from './catalogue/management.resolver.js';
import { CheckoutResolver } from './checkout/checkout.resolver.js';
import { QuoteResolver } from './checkout/quote.resolver.js';
import type { Config } from './config.js';
import { serializeError } from './database/describe-error.js';
import { createApolloServer } from './graphql/apollo-server.js';
import { graphqlRoute } from './graphql/graphql.route.js';
import { buildGraphQLSchema } from './graphql/schema.js';
import { healthRoute } from './health.route.js';
import { EquipmentStockResolver } from './inventory/stock.resolver.js';
import {
  EquipmentUnitResolver,
  OpeningDaysResolver,
  StockManagementResolver,
} from './inventory/stock-management.resolver.js';
import { JobRunner } from './jobs/job-runner.js';
import { metricsRoute } from './metrics.route.js';
import { OrderResolver } from './orders/orders.resolver.js';
import { RentalsResolver } from './orders/rentals.resolver.js';
import { PrivacyResolver } from './privacy/privacy.resolver.js';
import { OrderRefundsResolver } from './refunds/refunds.resolver.js';
import { buildServices, type Services } from './services.js';
import { type Clock, systemClock } from './shared/clock.js';
import { redact } from './shared/redaction.js';
import { stripeGateways } from './stripe/stripe-gateways.js';
import { WebhookVerifier } from './stripe/webhook-verifier.js';
import { WEBHOOK_PATH, webhookRoute } from './webhooks/webhook.route.js';
import { WebhookEventsResolver } from './webhooks/webhook-events.resolver.js';

// A basket of fifty lines with the longest texts stays below a third of it.
const BODY_LIMIT_BYTES = 100 * 1024;
// A client that needs longer to send a request is broken, or holds connections on purpose.
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5_000;
// Idle connections must not outlast a shutdown.
const KEEP_ALIVE_TIMEOUT_MS = 5_000;

export interface AppOptions {
  config: Config;
  /** Stays open when the app closes: it belongs to the caller. */
  orm: MikroORM;
  clock?: Clock;
  /** Where log lines go; standard output by default. */
  logTo?: { write(line: string): void };
}

/** Builds the API, ready to listen or to be injected into. */
export async function buildApp({ config, orm, clock = systemClock, logTo }: AppOptions): Promise<FastifyInstance> {
  const app = createHttpServer(config, logTo);
  const forkEntityManager = () => orm.em.fork();
  const jobs = new JobRunner({
    databaseUrl: config.databaseUrl,
    forkEntityManager,
    mayRun: () => services.account.isOurs(forkEntityManager()),
    logger: app.log,
  });
  const gateways = stripeGateways(config.stripe, clock, app.log);
  const services = buildServices({ config, clock, logger: app.log, jobs, ...gateways });

  const apollo = createApolloServer(await buildGraphQLSchema(resolversOf(services, config, clock)), config.production);
  await apollo.start();

  await app.register(cors, { origin: config.corsOrigins, methods: ['GET', 'POST'], maxAge: 600 });
  await app.register(healthRoute, { orm, clock, jobs });
  await app.register(metricsRoute, { registry: services.metrics });
  await app.register(webhookRoute, {
    verifier: new WebhookVerifier(config.stripe.webhookSecrets, clock),
    inbox: services.inbox,
    forkEntityManager,
  });
  await app.register(graphqlRoute, {
    apollo,
    tokens: new TokenVerifier(config.auth, clock),
    forkEntityManager,
    explorer: !config.production,
  });
  app.addHook('onReady', async () => jobs.start(services.jobs));
  app.addHook('onClose', async () => jobs.stop());
  // Runs once Fastify has answered every request in flight.
  app.addHook('onClose', async () => apollo.stop());
  return app;
}

/** Those that need services; the others are made where the schema is built. */
function resolversOf(services: Services, config: Config, clock: Clock): object[] {
  return [
    new CatalogueResolver(services.catalogue),
    new CatalogueManagementResolver(services.catalogueManagement),
    new StockManagementResolver(services.stockManagement),
    new EquipmentUnitResolver(services.stockManagement),
    new OpeningDaysResolver(services.openingDays),
    new EquipmentStockResolver(services.availability),
    new CheckoutResolver(services.checkout, config, clock),
    new QuoteResolver(services.quote),
    new RentalsResolver(services.rentals),
    new OrderResolver(services.orders, services.returnPage, services.cancellation, services.review, clock),
    new OrderRefundsResolver(services.refunds),
    new WebhookEventsResolver(services.webhookEvents),
    new PrivacyResolver(services.anonymisation, services.customerExport),
  ];
}

/** The webhook logs one line an event that says more; at hundreds of events a second, the others would cost a tenth. */
class QuietAboutEvents extends LogController {
  override isLogDisabled({ url }: { url?: string }): boolean {
    return url?.startsWith(WEBHOOK_PATH) ?? false;
  }
}

function createHttpServer(config: Config, logTo: AppOptions['logTo']): FastifyInstance {
  const app = fastify({
    logger: {
      level: config.logLevel,
      ...(logTo ? { stream: logTo } : {}),
      // No query string, which may hold what a buyer typed, and no address.
      serializers: { err: serializeError, req: ({ method, url }) => ({ method, path: url.split('?')[0] }) },
      // Over the finished line, so that no depth and no text escapes it.
      hooks: { streamWrite: redact },
    },
    logController: new QuietAboutEvents(),
    // Unique across restarts and processes, since people quote it to find the line in the log.
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
    forceCloseConnections: 'idle' as const,
  });
  // In our own words: the framework's would log the whole URL, query string included.
  app.setNotFoundHandler((request, reply) => {
    const error = { code: 'NOT_FOUND', message: 'There is nothing at this address.', requestId: request.id };
    return reply.code(404).send({ error });
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'A request failed');
    const message = status >= 500 ? 'Something went wrong on our side.' : error.message;
    const code = status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
    return reply.code(status).send({ error: { code, message, requestId: request.id } });
  });
  return app;
}
