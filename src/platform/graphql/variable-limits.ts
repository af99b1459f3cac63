/** What variables may hold: checked before GraphQL reads them, which repeats the whole of a wrong value in each finding. */
import type { ApolloServerPlugin } from '@apollo/server';
import { DomainError } from '../kernel/domain-error.js';
import type { GraphQLContext } from './context.js';
import { toGraphQLError } from './errors.js';
import { inputPaths } from './input-places.js';

// Several times as many as any input has. Thousands, of which fifty are found fault with, take a quarter of a second.
const MAX_MEMBERS = 100;
// Twice as deep as any input.
const DEEPEST = 10;

export const variableLimits: ApolloServerPlugin<GraphQLContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ document, request: { variables = {} } }) {
        for (const [name, value] of Object.entries(variables)) {
          const problem = problemOf(value, DEEPEST);
          if (problem === null) continue;
          const fields = Object.fromEntries(inputPaths(document, name).map((path) => [path, problem]));
          throw toGraphQLError(DomainError.ofFields('BAD_USER_INPUT', fields), 400);
        }
      },
    };
  },
};

/** @param levels how many there may be */
function problemOf(value: unknown, levels: number): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (levels === 0) return 'is nested deeper than any input';
  const members = Object.values(value);
  if (!Array.isArray(value) && members.length > MAX_MEMBERS) return 'has more fields than any input';
  for (const member of members) {
    const problem = problemOf(member, levels - 1);
    if (problem !== null) return problem;
  }
  return null;
}
