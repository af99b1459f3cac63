/** `npm run schema:emit` writes schema.graphql from the code; `check`, a part of `npm run check`, fails when it differs. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { chosen, readArguments, runProgram } from '../cli/program.js';

const FILE = 'schema.graphql';
const USAGE = 'Usage: npm run schema:emit';

const commands: Record<string, (schema: GraphQLSchema, printed: string) => void> = {
  emit(_, printed) {
    writeFileSync(FILE, printed);
    console.log(`Wrote ${FILE}.`);
  },

  check(schema, printed) {
    const problems = [
      ...(readFileSync(FILE, 'utf8') === printed ? [] : [`${FILE} differs from the code: npm run schema:emit`]),
      ...undescribed(schema).map((element) => `${element} has no description`),
    ];
    for (const problem of problems) console.error(problem);
    if (problems.length > 0) process.exitCode = 1;
    else console.log(`${FILE} is what the code says, and all of it is described.`);
  },
};

await runProgram(async () => {
  const command = chosen(USAGE, commands, readArguments(USAGE, {}, 1).positionals[0]);
  // Loaded here only: help, and a command line that is not understood, are answered at once.
  const { buildGraphQLSchema } = await import('../src/api/schema.js');
  const schema = lexicographicSortSchema(await buildGraphQLSchema());
  command(schema, `${printSchema(schema)}\n`);
});

/** The descriptions are the API's documentation, so none may be missing. */
function undescribed(documented: GraphQLSchema): string[] {
  const types = Object.values(documented.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  const roots = [documented.getQueryType(), documented.getMutationType()];
  return types
    .flatMap((type) => elementsOf(type, roots.includes(type as GraphQLObjectType)))
    .flatMap(([name, description]) => (description?.trim() ? [] : [name]));
}

type Element = [name: string, description: string | null | undefined];

function elementsOf(type: GraphQLNamedType, isRoot: boolean): Element[] {
  const own: Element[] = isRoot ? [] : [[type.name, type.description]];
  if (isEnumType(type)) {
    return [...own, ...type.getValues().map(({ name, description }): Element => [`${type.name}.${name}`, description])];
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    const fields = Object.values(type.getFields());
    return [
      ...own,
      ...fields.map(({ name, description }): Element => [`${type.name}.${name}`, description]),
      ...fields.flatMap(({ name, args }) =>
        args.map((argument): Element => [`${type.name}.${name}(${argument.name}:)`, argument.description]),
      ),
    ];
  }
  if (!isInputObjectType(type)) return own;
  const fields = Object.values(type.getFields());
  return [...own, ...fields.map(({ name, description }): Element => [`${type.name}.${name}`, description])];
}
