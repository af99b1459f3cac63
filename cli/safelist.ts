/**
 * `npm run comptoir -- safelist [--out FILE] DOCUMENTS…`: writes the list of operations for `GRAPHQL_SAFELIST`, from
 * the `.graphql` files of a frontend, or folders of them. Every operation is checked against the schema and the limits
 * first.
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  concatAST,
  type DocumentNode,
  parse,
  print,
  Source,
  separateOperations,
  specifiedRules,
  UniqueFragmentNamesRule,
  UniqueOperationNamesRule,
  validate,
} from 'graphql';
import type { z } from 'zod';
import type { safelistFile } from '../src/api/safelist.js';
import { CommandError, readArguments, runProgram, UsageError } from './program.js';

const USAGE = 'Usage: npm run comptoir -- safelist [--out safelist.json] FILE_OR_FOLDER…';

await runProgram(async () => {
  const { values, positionals } = readArguments(
    USAGE,
    { out: { type: 'string', default: 'safelist.json' } },
    Number.POSITIVE_INFINITY,
  );
  const documents = concatAST(positionals.flatMap(documentsIn));
  const operations = operationsOf(documents);
  await checkDocuments(documents, operations);
  const { digestOf } = await import('../src/api/safelist.js');
  const listed = Array.from(operations, ([name, document]) => ({
    name,
    sha256: digestOf(document),
    document: print(document),
  }));
  const file: z.infer<typeof safelistFile> = { version: 1, operations: listed };
  fs.writeFileSync(values.out, `${JSON.stringify(file, null, 2)}\n`);
  console.log(`Wrote ${listed.length} operations to ${values.out}: start the API with GRAPHQL_SAFELIST=${values.out}`);
});

/** The documents of a file, or of all `.graphql` and `.gql` files of a folder. */
function documentsIn(place: string): DocumentNode[] {
  if (!fs.existsSync(place)) throw new CommandError(`There is no ${place}. ${USAGE}`);
  const files = fs.statSync(place).isDirectory()
    ? fs.globSync('**/*.{graphql,gql}', { cwd: place }).map((file) => path.join(place, file))
    : [place];
  if (files.length === 0) throw new CommandError(`${place} holds no .graphql or .gql file. ${USAGE}`);
  return files.sort().map((file) => {
    try {
      return parse(new Source(fs.readFileSync(file, 'utf8'), file));
    } catch (error) {
      throw new CommandError(`${file}: ${error}`);
    }
  });
}

/** By name. Fragments may be in other files than the operations that use them. */
function operationsOf(documents: DocumentNode): Map<string, DocumentNode> {
  const operations = new Map(Object.entries(separateOperations(documents)));
  if (operations.has('')) throw new CommandError('Every operation needs a name.');
  if (operations.size === 0) throw new UsageError(`Say where the documents are. ${USAGE}`);
  return operations;
}

/** @throws CommandError for what the schema, or the limits, would reject */
async function checkDocuments(all: DocumentNode, operations: ReadonlyMap<string, DocumentNode>): Promise<void> {
  // Loaded here only: help, and what is wrong without looking at the schema, are answered at once.
  const { buildGraphQLSchema } = await import('../src/api/schema.js');
  const { documentLimits } = await import('../src/platform/graphql/document-limits.js');
  const schema = await buildGraphQLSchema();
  const { validationRules = [] } = documentLimits();
  const problems = [
    ...validate(schema, all, [UniqueOperationNamesRule, UniqueFragmentNamesRule]).map(String),
    ...Array.from(operations).flatMap(([name, document]) =>
      validate(schema, document, [...specifiedRules, ...validationRules]).map((problem) => `${name}: ${problem}`),
    ),
  ];
  if (problems.length > 0) throw new CommandError(problems.join('\n\n'));
}
