/**
 * The other side of `npm run bench -- limits`, forked by it: the same schema, services and jobs behind Fastify and Apollo
 * Server as they come, without limits, headers or counters. Tokens are verified, and orders shown to their owners alone,
 * all the same: who may see an order is no limit.
 */
import { ApolloServer } from '@apollo/server';
import fastify from 'fastify';
import { graphqlRoute } from '../src/api/graphql.route.js';
import type { OperationContext } from '../src/api/operation-context.js';
import { buildGraphQLSchema } from '../src/api/schema.js';
import { loadConfig } from '../src/config.js';
import { connect } from '../src/connect.js';
import { buildShop } from '../src/modules.js';
import { TokenVerifier } from '../src/platform/auth/token-verifier.js';
import { JobRunner } from '../src/platform/jobs/job-runner.js';
import { systemClock } from '../src/platform/kernel/clock.js';
import { unlimited } from '../src/platform/rate-limits/rate-limiter.js';
import { connectToStripe } from '../src/stripe-connection.js';

// A server must not outlive the measurement, however that ends.
process.once('disconnect', () => process.exit());

const config = loadConfig();
const orm = await connect(config.databaseUrl);
const app = fastify({ logger: { level: config.logLevel } });
const forkEntityManager = () => orm.em.fork();
const stripe = connectToStripe({ config, clock: systemClock, logger: app.log, forkEntityManager });
const mayRun = () => stripe.account.isOurs();
const jobs = new JobRunner({ databaseUrl: config.databaseUrl, forkEntityManager, mayRun, logger: app.log });
const shop = buildShop({ config, clock: systemClock, logger: app.log, jobRequests: jobs, ...stripe });
const apollo = new ApolloServer<OperationContext>({
  schema: await buildGraphQLSchema(shop.resolvers),
});
await apollo.start();
await app.register(graphqlRoute, {
  apollo,
  tokens: new TokenVerifier(config.auth, systemClock, app.log),
  forkEntityManager,
  limiter: unlimited,
  overloadPatienceSeconds: Number.POSITIVE_INFINITY,
  sandbox: false,
  corsOrigins: [],
});
await jobs.start(shop.jobs);
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }));
