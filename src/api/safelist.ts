/** The safelist: the only operations that the API allows, where the operator configures one. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ApolloServerPlugin } from '@apollo/server';
import { type DocumentNode, Kind, print, separateOperations, stripIgnoredCharacters, visit } from 'graphql';
import { z } from 'zod';
import { ConfigError } from '../config.js';
import { toGraphQLError } from '../platform/graphql/errors.js';
import { DomainError } from '../platform/kernel/domain-error.js';
import type { OperationContext } from './operation-context.js';

/** What `npm run comptoir -- safelist` writes. The documents are for its readers; the digests decide. */
export const safelistFile = z.object({
  version: z.literal(1),
  operations: z.array(z.object({ name: z.string(), sha256: z.string().regex(/^[\da-f]{64}$/), document: z.string() })),
});

/** Digests of operations. */
export type Safelist = ReadonlySet<string>;

const NOT_SAFELISTED = new DomainError(
  'OPERATION_NOT_SAFELISTED',
  'The API answers the operations of its safelist alone, and this is none of them.',
);

/**
 * The digest of an operation: the SHA-256 of its text, whose white space, comments, `__typename` and order of
 * fragments do not count, since clients change them as they like.
 *
 * @param operation with the fragments that it uses, and nothing else
 */
export function digestOf(operation: DocumentNode): string {
  const plain = visit(operation, {
    SelectionSet: (selectionSet) => {
      const selections = selectionSet.selections.filter(
        (selection) =>
          selection.kind !== Kind.FIELD ||
          selection.name.value !== '__typename' ||
          selection.alias !== undefined ||
          (selection.directives?.length ?? 0) > 0,
      );
      // Where nothing else is asked for it is what the client wants to know.
      return selections.length > 0 ? { ...selectionSet, selections } : undefined;
    },
  });
  const parts = plain.definitions.map((definition) => stripIgnoredCharacters(print(definition))).sort();
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** @throws ConfigError that says what is wrong with the file */
export function readSafelist(path: string): Safelist {
  try {
    const { operations } = safelistFile.parse(JSON.parse(readFileSync(path, 'utf8')));
    return new Set(operations.map(({ sha256 }) => sha256));
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'is none of its files' : (error as Error).message;
    throw new ConfigError([
      `GRAPHQL_SAFELIST must be a file that npm run comptoir -- safelist wrote: ${path}: ${reason}`,
    ]);
  }
}

/** Whether each operation is listed, and nothing else is in the document: validation errors would reveal the schema. */
function isListed(document: DocumentNode, safelist: Safelist): boolean {
  const operations = Object.values(separateOperations(document));
  const used = new Set(operations.flatMap(({ definitions }) => definitions));
  return (
    used.size === document.definitions.length && operations.every((operation) => safelist.has(digestOf(operation)))
  );
}

/** Rejects everything else with `OPERATION_NOT_SAFELISTED`, whatever else may be wrong with it. */
export function safelistPlugin(safelist: Safelist): ApolloServerPlugin<OperationContext> {
  const known = new WeakMap<DocumentNode, boolean>();
  const isKnown = (document: DocumentNode) => {
    const listed = known.get(document) ?? isListed(document, safelist);
    known.set(document, listed);
    return listed;
  };
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document }) {
          if (!isKnown(document)) throw toGraphQLError(NOT_SAFELISTED, 400);
        },
        // Validation errors would reveal the schema.
        async willSendResponse({ document, response, contextValue: { requestId } }) {
          if (document === undefined || isKnown(document) || response.body.kind !== 'single') return;
          const { code, message } = NOT_SAFELISTED;
          response.http.status = 400;
          response.body.singleResult = { errors: [{ message, extensions: { code, requestId } }] };
        },
      };
    },
  };
}
