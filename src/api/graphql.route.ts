/** `/graphql`: the only path that pages of other origins may call. */
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { createUnitCountLoader } from '../modules/catalogue/catalogue-context.js';
import { CalendarBudget } from '../modules/inventory/calendar-budget.js';
import { createStockLoaders } from '../modules/inventory/stock-loaders.js';
import { authorizationsOf, reject } from '../platform/auth/authentication.route.js';
import type { TokenVerifier } from '../platform/auth/token-verifier.js';
import { runAs } from '../platform/database/workload.js';
import { toGraphQLError } from '../platform/graphql/errors.js';
import { withoutPort } from '../platform/http/address.js';
import { disconnectSignal } from '../platform/http/client-disconnect.js';
import { allowOrigins } from '../platform/http/cross-origin.js';
import { rejectWhenOverloaded } from '../platform/http/overload.js';
import { withRequestId } from '../platform/http/request-id.js';
import { DomainError } from '../platform/kernel/domain-error.js';
import type { RateLimiter } from '../platform/rate-limits/rate-limiter.js';
import { RequestLimits } from '../platform/rate-limits/request-limits.js';
import type { OperationContext } from './operation-context.js';
import { sandboxPolicy } from './sandbox-policy.js';

export interface GraphQLRouteOptions {
  apollo: ApolloServer<OperationContext>;
  tokens: TokenVerifier;
  forkEntityManager: () => EntityManager;
  limiter: RateLimiter;
  /** How long the process has to be overloaded before requests are rejected. */
  overloadPatienceSeconds: number;
  /** Whether a browser is shown Apollo Sandbox. */
  sandbox: boolean;
  /** Exact origins of pages that may call it. */
  corsOrigins: (string | RegExp)[];
}

export const graphqlRoute: FastifyPluginAsync<GraphQLRouteOptions> = async (app, options) => {
  const answer = fastifyApolloHandler(options.apollo, {
    context: (request, reply) => contextOf(request, reply, options),
  });
  // Below its own prefix, the preflight handler of CORS responds for no other path.
  await app.register(
    async (endpoint) => {
      await allowOrigins(endpoint, options.corsOrigins);
      await rejectWhenOverloaded(endpoint, { patienceSeconds: options.overloadPatienceSeconds });
      if (options.sandbox) {
        endpoint.addHook('onRequest', async (_request, reply) => {
          reply.header('content-security-policy', sandboxPolicy);
        });
      }
      endpoint.route({
        url: '/',
        prefixTrailingSlash: 'no-slash',
        method: ['GET', 'POST', 'OPTIONS'],
        // Tokens are verified in the context, so that a bad one gets a response in GraphQL's format.
        config: { ignoresTokens: true },
        // Apollo rejects some requests before it creates a context: there the id is known only by this.
        handler(request, reply) {
          const serve = () => withRequestId(request.id, () => answer.call(this, request, reply));
          return runAs('request', serve, disconnectSignal(reply));
        },
      });
    },
    { prefix: '/graphql' },
  );
};

async function contextOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { tokens, forkEntityManager, limiter }: GraphQLRouteOptions,
): Promise<OperationContext> {
  const limits = new RequestLimits(limiter, request.ip);
  try {
    await limits.countRequest();
    const viewer = await tokens.verify(authorizationsOf(request), request.log);
    if (viewer) await limits.countViewer(viewer);
    const em = forkEntityManager();
    return {
      em,
      viewer: viewer && { ...viewer, ip: withoutPort(request.ip) },
      requestId: request.id,
      idempotencyKey: headerOf(request, 'idempotency-key'),
      log: request.log,
      unitCount: createUnitCountLoader(em),
      stock: createStockLoaders(em),
      calendarBudget: new CalendarBudget((days) => limits.countCalendarDays(viewer, days)),
      limits,
    };
  } catch (error) {
    if (error instanceof DomainError) throw toGraphQLError(error, reject(error, reply));
    request.log.error({ err: error }, 'Request context could not be created');
    throw toGraphQLError(new DomainError('INTERNAL_SERVER_ERROR', 'The request could not be prepared.'), 500);
  }
}

/** Sent twice, it is one text with a comma, as HTTP has it. */
function headerOf({ headers }: FastifyRequest, name: string): string | null {
  const value = headers[name];
  return value === undefined ? null : [value].flat().join(', ');
}
