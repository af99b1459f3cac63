/** The composition root: the only place that builds services and hands them to each other. */
// type-graphql's decorators look for it as soon as a class is declared, so it comes before all else.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import type { MikroORM } from '@mikro-orm/postgresql';
import fastify, { type FastifyInstance } from 'fastify';
import { TokenVerifier } from './auth/token-verifier.js';
import { CatalogueResolver } from './catalogue/catalogue.resolver.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import { CatalogueManagementResolver } from './catalogue/management.resolver.js';
import { CatalogueManagementService } from './catalogue/management.service.js';
import { BasketService } from './checkout/basket.service.js';
import { CheckoutResolver } from './checkout/checkout.resolver.js';
import { CheckoutService } from './checkout/checkout.service.js';
import { OrderPlacement } from './checkout/order-placement.js';
import { QuoteResolver } from './checkout/quote.resolver.js';
import { QuoteService } from './checkout/quote.service.js';
import type { Config } from './config.js';
import { serializeError } from './database/describe-error.js';
import { createApolloServer } from './graphql/apollo-server.js';
import { graphqlRoute } from './graphql/graphql.route.js';
import { buildGraphQLSchema } from './graphql/schema.js';
import { healthRoute } from './health.route.js';
import { AvailabilityService } from './inventory/availability.service.js';
import { InventoryService } from './inventory/inventory.service.js';
import { OpeningDaysService } from './inventory/opening-days.service.js';
import { EquipmentStockResolver } from './inventory/stock.resolver.js';
import {
  EquipmentUnitResolver,
  OpeningDaysResolver,
  StockManagementResolver,
} from './inventory/stock-management.resolver.js';
import { StockManagementService } from './inventory/stock-management.service.js';
import { Ticker } from './jobs/ticker.js';
import { CancellationService } from './orders/cancellation.service.js';
import { OrderResolver } from './orders/orders.resolver.js';
import { OrdersService } from './orders/orders.service.js';
import { RentalsResolver } from './orders/rentals.resolver.js';
import { RentalsService } from './orders/rentals.service.js';
import { SettlementService } from './orders/settlement.service.js';
import { RefundsService } from './refunds/refunds.service.js';
import { type Clock, systemClock } from './shared/clock.js';
import { StripeGateway } from './stripe/stripe-gateway.js';
import { WebhookVerifier } from './stripe/webhook-verifier.js';
import { CheckoutSessionCompletedHandler } from './webhooks/handlers/checkout-session-completed.handler.js';
import { CheckoutSessionExpiredHandler } from './webhooks/handlers/checkout-session-expired.handler.js';
import { PaymentIntentPaymentFailedHandler } from './webhooks/handlers/payment-intent-payment-failed.handler.js';
import { InboxService } from './webhooks/inbox.service.js';
import { SessionSettler } from './webhooks/session-settler.js';
import { webhookRoute } from './webhooks/webhook.route.js';

// Money that has to go back leaves within seconds; a look at an empty list costs next to nothing.
const REFUNDS_EVERY_MS = 2_000;
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

  const catalogue = new CatalogueService(config.shop);
  const catalogueManagement = new CatalogueManagementService(config.shop, clock);
  const stockManagement = new StockManagementService(catalogueManagement, config.shop, clock);
  const openingDays = new OpeningDaysService();
  const availability = new AvailabilityService(openingDays, config.shop, clock);
  const inventory = new InventoryService();
  const baskets = new BasketService(catalogue, openingDays, config.shop);
  const gateway = new StripeGateway(config.stripe, app.log);
  const refunds = new RefundsService(gateway, clock, app.log);
  const settlement = new SettlementService(inventory, refunds, config.shop, clock);
  const cancellation = new CancellationService(settlement, gateway, clock);
  const placement = new OrderPlacement(
    baskets,
    inventory,
    availability,
    settlement,
    cancellation,
    gateway,
    config,
    clock,
  );
  const checkout = new CheckoutService(placement, settlement, cancellation, gateway, clock, app.log);
  const settler = new SessionSettler(settlement);
  const handlers = [
    new CheckoutSessionCompletedHandler(settler),
    new CheckoutSessionExpiredHandler(settler),
    new PaymentIntentPaymentFailedHandler(settlement),
  ];
  const inbox = new InboxService(handlers, config.stripe.livemode, clock, app.log);

  const schema = await buildGraphQLSchema([
    new CatalogueResolver(catalogue),
    new CatalogueManagementResolver(catalogueManagement),
    new StockManagementResolver(stockManagement),
    new EquipmentUnitResolver(stockManagement),
    new OpeningDaysResolver(openingDays),
    new EquipmentStockResolver(availability),
    new CheckoutResolver(checkout, config, clock),
    new QuoteResolver(new QuoteService(baskets, availability, config.shop, clock)),
    new RentalsResolver(new RentalsService(config.shop, clock)),
    new OrderResolver(new OrdersService(config.shop), cancellation, clock),
  ]);
  const apollo = createApolloServer(schema, config.production);
  await apollo.start();

  await app.register(cors, { origin: config.corsOrigins, methods: ['GET', 'POST'], maxAge: 600 });
  await app.register(healthRoute, { orm, clock });
  await app.register(webhookRoute, {
    verifier: new WebhookVerifier(config.stripe.webhookSecrets, clock),
    inbox,
    forkEntityManager,
  });
  await app.register(graphqlRoute, {
    apollo,
    tokens: new TokenVerifier(config.auth, clock),
    forkEntityManager,
    explorer: !config.production,
  });
  const refundTicker = new Ticker('issue-refunds', () => refunds.issueDue(orm.em), REFUNDS_EVERY_MS, app.log);
  app.addHook('onReady', async () => refundTicker.start());
  app.addHook('onClose', async () => refundTicker.stop());
  // Runs once Fastify has answered every request in flight.
  app.addHook('onClose', async () => apollo.stop());
  return app;
}

function createHttpServer(config: Config, logTo: AppOptions['logTo']): FastifyInstance {
  const app = fastify({
    logger: {
      level: config.logLevel,
      ...(logTo ? { stream: logTo } : {}),
      // No query string, which may hold what a buyer typed, and no address.
      serializers: { err: serializeError, req: ({ method, url }) => ({ method, path: url.split('?')[0] }) },
    },
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
