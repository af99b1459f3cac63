/** Limits of documents, checked before anything runs. */
import type { ApolloServerOptions } from '@apollo/server';
import { ApolloArmor } from '@escape.tech/graphql-armor';
import { type ASTVisitor, GraphQLError, type ValidationContext } from 'graphql';
import type { GraphQLContext } from './context.js';
import { noListsInCircles } from './cycle-limit.js';

// An order with its lines, items, units and money is six levels deep.
const DEEPEST_SELECTION = 8;
// Two baskets quoted side by side, and one to spare.
const MAX_ALIASES = 3;
const MAX_DIRECTIVES = 3;
// A page of fifty orders with all that is known of them, when the size of the page is written out. Where it is in a
// variable, what costs much is counted as it runs: quotes, checkouts, and days of calendars.
const HIGHEST_COST = 5_000;
// Every operation of the documentation stays below a third of it; a document bomb does not.
const MAX_TOKENS = 2_000;
const MAX_SELECTIONS = 1_000;
// More errors than a person reads only cost time: validation stops after these.
const MAX_VALIDATION_ERRORS = 3;

type DocumentLimits = Pick<
  ApolloServerOptions<GraphQLContext>,
  'allowBatchedHttpRequests' | 'parseOptions' | 'maxRecursiveSelections' | 'validationOptions' | 'validationRules'
>;

/** The part of Apollo Server's options that limits documents. */
export function documentLimits(): DocumentLimits {
  const limit = { exposeLimits: false, propagateOnRejection: false, onReject: [report] };
  const { validationRules } = new ApolloArmor({
    maxDepth: { ...limit, n: DEEPEST_SELECTION },
    // `__typename` is not counted by default: a thousand aliases of it are as costly as those of other fields.
    maxAliases: { ...limit, n: MAX_ALIASES, allowList: [] },
    maxDirectives: { ...limit, n: MAX_DIRECTIVES },
    costLimit: { ...limit, maxCost: HIGHEST_COST },
    // Apollo's own limit of tokens stops while it reads; this one makes errors of syntax errors of ours.
    maxTokens: { enabled: false },
    blockFieldSuggestion: { enabled: false },
  }).protect();
  return {
    validationRules: [...validationRules, noListsInCircles(report), knownOperations],
    allowBatchedHttpRequests: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    maxRecursiveSelections: MAX_SELECTIONS,
    validationOptions: { maxErrors: MAX_VALIDATION_ERRORS },
  };
}

/** GraphQL itself would find that at run time, and treat it as an internal error. */
function knownOperations(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return;
      context.reportError(new GraphQLError(`There is no ${node.operation} in the schema.`, { nodes: node }));
    },
  };
}

/** Reported with the other validation errors, without the limit. */
function report(context: ValidationContext | null): void {
  context?.reportError(
    new GraphQLError('The document asks for too much at once: ask for less, or in several requests.'),
  );
}
