/** Apollo Server with the limits and the error handling of the API. */
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import { documentLimits } from '../platform/graphql/document-limits.js';
import { formatError, isOutage, isUnexpected } from '../platform/graphql/errors.js';
import { variableLimits } from '../platform/graphql/variable-limits.js';
import type { OperationContext } from './operation-context.js';
import { type Safelist, safelistPlugin } from './safelist.js';

// Errors that GraphQL itself finds in a well-formed request, before anything of it runs.
const DOCUMENT_ERRORS = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

interface ServerOptions {
  schema: GraphQLSchema;
  production: boolean;
  /** Null allows every operation of the schema. */
  safelist: Safelist | null;
}

export function createApolloServer({ schema, production, safelist }: ServerOptions): ApolloServer<OperationContext> {
  return new ApolloServer<OperationContext>({
    schema,
    formatError,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    csrfPrevention: true,
    // The process's own signal handling closes the server, after requests in flight have been served.
    stopOnTerminationSignals: false,
    ...documentLimits(),
    plugins: [
      // It would follow every field, only to find that no response may be stored; `http/request-id.ts` says so for all.
      ApolloServerPluginCacheControlDisabled(),
      production ? ApolloServerPluginLandingPageDisabled() : ApolloServerPluginLandingPageLocalDefault(),
      ...(safelist ? [safelistPlugin(safelist)] : []),
      variableLimits,
      unexpectedErrors,
      rejectedWith200ForOldClients,
      outagesWith503,
    ],
  });
}

/** Logs errors that an operator has to look into. */
const unexpectedErrors: ApolloServerPlugin<OperationContext> = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors, contextValue }) {
        for (const error of errors) {
          const details = { err: error.originalError ?? error, path: error.path };
          if (isOutage(error)) contextValue.log.warn(details, 'Request failed: the database is unavailable');
          else if (isUnexpected(error, error.toJSON())) contextValue.log.error(details, 'Resolver failed');
        }
      },
    };
  },
};

/**
 * Nothing was resolved, and a later attempt may succeed: proxies and clients that do not know GraphQL see that by
 * HTTP's own means. Where a part was resolved, the response stays as it is.
 */
const outagesWith503: ApolloServerPlugin<OperationContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response: { body, http } }) {
        if (body.kind !== 'single') return;
        const { errors = [], data } = body.singleResult;
        const outage = errors.find(({ extensions }) => extensions?.code === 'DATABASE_UNAVAILABLE');
        const isAnswered = Object.values(data ?? {}).some((value) => value !== null);
        if (!outage || isAnswered) return;
        http.status = 503;
        http.headers.set('retry-after', String(outage.extensions?.retryAfterSeconds));
      },
    };
  },
};

/**
 * GraphQL over HTTP: a client that accepts `application/json` only gets a rejected document in a 200, since it may
 * take any other status for an error of the transport, and never look at the body.
 */
const rejectedWith200ForOldClients: ApolloServerPlugin<OperationContext> = {
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
