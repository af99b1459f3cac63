/** `/graphql`: the one address that pages of other origins may call. */
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { TokenVerifier } from '../auth/token-verifier.js';
import { allowOrigins } from '../http/cross-origin.js';
import { refuseWhenOverloaded } from '../http/overload.js';
import { createStockLoaders } from '../inventory/stock-loaders.js';
import { DomainError } from '../shared/domain-error.js';
import type { GraphQLContext } from './context.js';
import { toGraphQLError } from './errors.js';
import { sandboxPolicy } from './sandbox-policy.js';

export interface GraphQLRouteOptions {
  apollo: ApolloServer<GraphQLContext>;
  tokens: TokenVerifier;
  forkEntityManager: () => EntityManager;
  /** Whether a browser is shown Apollo Sandbox. */
  sandbox: boolean;
  /** Exact origins of pages that may call it. */
  corsOrigins: string[];
}

export const graphqlRoute: FastifyPluginAsync<GraphQLRouteOptions> = async (app, options) => {
  const handler = fastifyApolloHandler(options.apollo, { context: (request) => contextOf(request, options) });
  const helmet = options.sandbox ? sandboxPolicy : {};
  // Below its own prefix, the preflight handler of CORS answers for no other address.
  await app.register(
    async (endpoint) => {
      await allowOrigins(endpoint, options.corsOrigins);
      await refuseWhenOverloaded(endpoint);
      endpoint.route({
        url: '/',
        prefixTrailingSlash: 'no-slash',
        method: ['GET', 'POST', 'OPTIONS'],
        helmet,
        handler,
      });
    },
    { prefix: '/graphql' },
  );
};

async function contextOf(
  request: FastifyRequest,
  { tokens, forkEntityManager }: GraphQLRouteOptions,
): Promise<GraphQLContext> {
  const em = forkEntityManager();
  try {
    const viewer = await tokens.verify(request.headers.authorization);
    return {
      em,
      viewer,
      requestId: request.id,
      idempotencyKey: headerOf(request, 'idempotency-key'),
      log: request.log,
      stock: createStockLoaders(em),
    };
  } catch (error) {
    throw error instanceof DomainError ? toGraphQLError(error, 401) : error;
  }
}

/** Sent twice, it is one text with a comma, as HTTP has it. */
function headerOf({ headers }: FastifyRequest, name: string): string | null {
  const value = headers[name];
  return value === undefined ? null : [value].flat().join(', ');
}
