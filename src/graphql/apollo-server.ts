/** Apollo Server with the limits and the error handling of the API. */
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import type { GraphQLContext } from './context.js';
import { documentLimits } from './document-limits.js';
import { formatError, isUnexpected } from './errors.js';
import { type Safelist, safelistPlugin } from './safelist.js';
import { variableLimits } from './variable-limits.js';

// What GraphQL itself finds in a well-formed request, before anything of it runs.
const DOCUMENT_ERRORS = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

interface ServerOptions {
  schema: GraphQLSchema;
  production: boolean;
  /** Null answers every operation of the schema. */
  safelist: Safelist | null;
}

export function createApolloServer({ schema, production, safelist }: ServerOptions): ApolloServer<GraphQLContext> {
  return new ApolloServer<GraphQLContext>({
    schema,
    formatError,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    csrfPrevention: true,
    // The process's own signal handling closes the server, after requests in flight have been answered.
    stopOnTerminationSignals: false,
    ...documentLimits(),
    plugins: [
      production ? ApolloServerPluginLandingPageDisabled() : ApolloServerPluginLandingPageLocalDefault(),
      ...(safelist ? [safelistPlugin(safelist)] : []),
      variableLimits,
      unexpectedErrors,
      refusedWith200ForOldClients,
    ],
  });
}

/** Logs what somebody has to look into. */
const unexpectedErrors: ApolloServerPlugin<GraphQLContext> = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors, contextValue }) {
        for (const error of errors) {
          if (!isUnexpected(error, error.toJSON())) continue;
          contextValue.log.error({ err: error.originalError ?? error, path: error.path }, 'A resolver failed');
        }
      },
    };
  },
};

/**
 * GraphQL over HTTP: a client that takes `application/json` alone is told of a refused document in a 200, since it may
 * take any other status for an error of the transport, and never look at the body.
 */
const refusedWith200ForOldClients: ApolloServerPlugin<GraphQLContext> = {
  async requestDidStart({ request }) {
    const accepted = request.http?.headers.get('accept') ?? '';
    const isOldClient =
      accepted.includes('application/json') && !accepted.includes('application/graphql-response+json');
    return {
      async willSendResponse({ response }) {
        const errors = response.body.kind === 'single' ? response.body.singleResult.errors : undefined;
        if (isOldClient && errors?.every(({ extensions }) => DOCUMENT_ERRORS.has(String(extensions?.code)))) {
          response.http.status = 200;
        }
      },
    };
  },
};
