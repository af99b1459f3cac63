/** `npm run schema:emit` writes schema.graphql from the code; `schema:check` fails when the file differs. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  type GraphQLNamedType,
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
import { buildGraphQLSchema } from '../src/graphql/schema.js';

const FILE = 'schema.graphql';
const schema = lexicographicSortSchema(await buildGraphQLSchema());
const printed = `${printSchema(schema)}\n`;

if (process.argv[2] === 'emit') {
  writeFileSync(FILE, printed);
  console.log(`Wrote ${FILE}.`);
} else {
  const problems = [
    ...(readFileSync(FILE, 'utf8') === printed ? [] : [`${FILE} differs from the code: npm run schema:emit`]),
    ...undescribed(schema).map((element) => `${element} has no description`),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`${FILE} is what the code says, and all of it is described.`);
}

/** The descriptions are the API's documentation, so none may be missing. */
function undescribed(documented: GraphQLSchema): string[] {
  const types = Object.values(documented.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  return types.flatMap(elementsOf).flatMap(([name, description]) => (description?.trim() ? [] : [name]));
}

type Element = [name: string, description: string | null | undefined];

function elementsOf(type: GraphQLNamedType): Element[] {
  const root = type === schema.getQueryType() || type === schema.getMutationType();
  const own: Element[] = root ? [] : [[type.name, type.description]];
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
