/** `/graphql`, and outside production an explorer that needs no internet at `/graphiql`. */
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { TokenVerifier } from '../auth/token-verifier.js';
import { createStockLoaders } from '../inventory/stock-loaders.js';
import { DomainError } from '../shared/domain-error.js';
import type { GraphQLContext } from './context.js';
import { toGraphQLError } from './errors.js';

export interface GraphQLRouteOptions {
  apollo: ApolloServer<GraphQLContext>;
  tokens: TokenVerifier;
  forkEntityManager: () => EntityManager;
  explorer: boolean;
}

export const graphqlRoute: FastifyPluginAsync<GraphQLRouteOptions> = async (app, options) => {
  const handler = fastifyApolloHandler(options.apollo, { context: (request) => contextOf(request, options) });
  app.route({ url: '/graphql', method: ['GET', 'POST', 'OPTIONS'], handler });
  if (options.explorer) await addExplorer(app);
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

async function addExplorer(app: FastifyInstance): Promise<void> {
  // Loaded here only: production never needs its nine megabytes of page.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({ title: 'comptoir', endpoint: '/graphql' });
  app.get('/graphiql', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
}
