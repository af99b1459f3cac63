/** A shop of `npm run bench -- growth`: the API in this process, so that its statements can be recorded. */
import { randomUUID } from 'node:crypto';
import { type StripeSimulator, signWebhook, startStripeSimulator } from '@comptoir/stripe-simulator';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { FastifyInstance } from 'fastify';
import pLimit from 'p-limit';
import Stripe from 'stripe';
import { demoEnvironment, simulatorEnvironment } from '../demo/environment.js';
import { checkoutRequest } from '../demo/request.js';
import { demoToken } from '../demo/tokens.js';
import { buildApp } from '../src/app.js';
import { type Config, loadConfig } from '../src/config.js';
import { connect } from '../src/connect.js';
import { buildShop, type Shop } from '../src/modules.js';
import { systemClock } from '../src/platform/kernel/clock.js';
import { connectToStripe } from '../src/stripe-connection.js';
import { recordAll, recordUntilWrite, type SentStatement } from './recorded-statements.js';

const RETURN_PAGE = `query ($sessionId: ID!) { orderBySession(sessionId: $sessionId) {
  id number status total { amount } paidAt lines { name quantity amount { amount } } customer { email } timeline { at to cause }
} }`;

interface Opened {
  databaseUrl: string;
  orm: MikroORM;
  app: FastifyInstance;
  services: Shop;
  simulator: StripeSimulator;
  config: Config;
}

export class GrowthShop {
  private constructor(private readonly opened: Opened) {}

  /** On a database of its own, which is created. */
  static async open(databaseUrl: string): Promise<GrowthShop> {
    const orm = await connect(databaseUrl);
    await orm.schema.ensureDatabase();
    await orm.migrator.up();
    const simulator = await startStripeSimulator();
    const environment = { ...demoEnvironment, ...simulatorEnvironment, LOG_LEVEL: 'silent', RATE_LIMIT: 'off' };
    const config = loadConfig({ ...environment, DATABASE_URL: databaseUrl, STRIPE_API_URL: simulator.url });
    const app = await buildApp({ config, orm, runsSchedule: false, overloadPatienceSeconds: Number.POSITIVE_INFINITY });
    await app.ready();
    const logger = app.log;
    const services = buildShop({
      config,
      clock: systemClock,
      logger,
      jobRequests: { request: async () => {} },
      ...connectToStripe({ config, clock: systemClock, logger, forkEntityManager: () => orm.em.fork() }),
    });
    await services.account.isOurs();
    return new GrowthShop({ databaseUrl, orm, app, services, simulator, config });
  }

  get databaseUrl(): string {
    return this.opened.databaseUrl;
  }

  get orm(): MikroORM {
    return this.opened.orm;
  }

  get services(): Shop {
    return this.opened.services;
  }

  async close(): Promise<void> {
    const { app, simulator, orm } = this.opened;
    await app.close();
    await simulator.close();
    // The first error is the one to tell.
    await orm.schema.dropDatabase().catch(() => {});
    await orm.close();
  }

  /** The statements that a query sends. @throws Error where it fails */
  async recordQuery(query: string, variables: object, viewer: Viewer): Promise<SentStatement[]> {
    return recordUntilWrite(() => this.ask(query, variables, viewer));
  }

  /** The statements with which a job looks for its work, and what it reads of the first items. */
  async recordJob(name: string): Promise<SentStatement[]> {
    const job = this.services.jobs.find((candidate) => candidate.name === name);
    if (job === undefined) throw new Error(`There is no job ${name}.`);
    const run = { signal: new AbortController().signal, itemLimit: pLimit(1) };
    return recordUntilWrite(() => job.runOnce(this.orm.em.fork(), run));
  }

  /** A checkout, its event and its return page. @returns for how many milliseconds each waited for the database */
  async purchase(): Promise<Record<string, number>> {
    const buyer = { id: `buyer-${randomUUID()}`, roles: [] };
    const { query, variables } = checkoutRequest('http://localhost:3000');
    const items = [1, 2].map((nth) => ({ id: 600 + nth, type: 'PRODUCT', quantity: nth, days: 1 }));
    let session = { sessionId: '', url: '' };
    const checkout = await recordAll(async () => {
      const input = { ...variables.input, items };
      const data = await this.ask<{ createCheckoutSession: typeof session }>(query, { input }, buyer);
      session = data.createCheckoutSession;
    });
    const event = await this.pay(session.url);
    const webhook = await recordAll(() => this.deliver(event));
    const returnPage = await recordAll(() => this.ask(RETURN_PAGE, { sessionId: session.sessionId }, buyer));
    return { checkout: sumOf(checkout), event: sumOf(webhook), 'return page': sumOf(returnPage) };
  }

  private async pay(url: string): Promise<Stripe.Event> {
    const { simulator, config } = this.opened;
    const card = new URLSearchParams({ card_number: '4242424242424242' });
    const paid = await fetch(url, { method: 'POST', body: card, redirect: 'manual' });
    if (paid.status !== 303) throw new Error(`The payment page responded with ${paid.status}: ${await paid.text()}`);
    const { host, port } = simulator;
    const stripe = new Stripe(config.stripe.secretKey, { host, port, protocol: 'http', telemetry: false });
    const { data } = await stripe.events.list({ type: 'checkout.session.completed', limit: 1 });
    if (!data[0]) throw new Error('The simulator sent no event.');
    return data[0];
  }

  private async deliver(event: Stripe.Event): Promise<void> {
    const payload = JSON.stringify(event);
    const signature = signWebhook(payload, [simulatorEnvironment.STRIPE_WEBHOOK_SECRET], Math.floor(Date.now() / 1000));
    const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
    const answer = await this.opened.app.inject({ method: 'POST', url: '/api/webhook/stripe/', headers, payload });
    if (answer.statusCode !== 200) throw new Error(`The event was answered with ${answer.statusCode}: ${answer.body}`);
  }

  private async ask<Data>(query: string, variables: object, { id, roles }: Viewer): Promise<Data> {
    const headers = { authorization: `Bearer ${await demoToken(demoEnvironment, id, roles)}` };
    const payload = { query, variables };
    const answer = await this.opened.app.inject({ method: 'POST', url: '/graphql', headers, payload });
    const { data, errors } = answer.json<{ data: Data; errors?: unknown }>();
    if (errors !== undefined) throw new Error(`${JSON.stringify(variables)}: ${JSON.stringify(errors)}`);
    return data;
  }
}

export interface Viewer {
  id: string;
  roles: string[];
}

function sumOf(statements: readonly SentStatement[]): number {
  return statements.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}
