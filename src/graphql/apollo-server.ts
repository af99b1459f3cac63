/** Apollo Server with the limits and the error handling of the API. */
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import type { GraphQLContext } from './context.js';
import { formatError, isUnexpected } from './errors.js';

// Every operation of the documentation stays below a third of it; a document bomb does not.
const LARGEST_DOCUMENT_TOKENS = 2_000;
const LARGEST_SELECTIONS = 1_000;
// More findings than a person reads only cost time: validation stops after these.
const MOST_VALIDATION_ERRORS = 3;

export function createApolloServer(schema: GraphQLSchema, production: boolean): ApolloServer<GraphQLContext> {
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
    parseOptions: { maxTokens: LARGEST_DOCUMENT_TOKENS },
    maxRecursiveSelections: LARGEST_SELECTIONS,
    validationOptions: { maxErrors: MOST_VALIDATION_ERRORS },
    plugins: [
      production ? ApolloServerPluginLandingPageDisabled() : ApolloServerPluginLandingPageLocalDefault(),
      requestErrors,
    ],
  });
}

/** Logs what somebody has to look into, and gives every error the id that finds it in the log. */
const requestErrors: ApolloServerPlugin<GraphQLContext> = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors, contextValue }) {
        for (const error of errors) {
          if (!isUnexpected(error, error.toJSON())) continue;
          contextValue.log.error({ err: error.originalError ?? error, path: error.path }, 'A resolver failed');
        }
      },
      async willSendResponse({ response, contextValue }) {
        if (response.body.kind !== 'single' || !response.body.singleResult.errors) return;
        const { requestId } = contextValue;
        response.body.singleResult.errors = response.body.singleResult.errors.map((error) => ({
          ...error,
          extensions: { ...error.extensions, requestId },
        }));
      },
    };
  },
};
