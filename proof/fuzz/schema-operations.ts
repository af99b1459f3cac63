/** Operations and their variables from the schema itself: what is added to it is fuzzed without a line here. */
import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Json } from './hostile-values.js';

/** A field with arguments, and an operation that leads to it. */
export interface Target {
  /** Such as `Mutation.cancelOrder`. */
  name: string;
  query: string;
  variables: Record<string, GraphQLInputType>;
}

type Field = GraphQLField<unknown, unknown>;

/** A way from a root type to a field; a fragment where the type before it is an interface. */
interface Step {
  parent: string;
  isOnInterface: boolean;
  field: Field;
}

// Deep enough for lists and what hangs on their items, and far from the limits of documents.
const SELECTION_DEPTH = 2;

/** Every field that takes arguments, wherever it is; fields without any have no input. */
export function targetsOf(schema: GraphQLSchema): Target[] {
  const targets: Target[] = [];
  const visited = new Set<string>();
  const roots = [schema.getQueryType(), schema.getMutationType()].filter((type) => type != null);
  let ways: { type: GraphQLNamedType; steps: Step[]; isOnInterface: boolean }[] = roots.map((type) => ({
    type,
    steps: [],
    isOnInterface: false,
  }));
  while (ways.length > 0) {
    const next: typeof ways = [];
    for (const { type, steps, isOnInterface } of ways) {
      if (visited.has(type.name)) continue;
      visited.add(type.name);
      if (isAbstractType(type)) {
        for (const possible of schema.getPossibleTypes(type)) next.push({ type: possible, steps, isOnInterface: true });
      }
      if (!isObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        const way = [...steps, { parent: type.name, isOnInterface, field }];
        if (field.args.length > 0) targets.push(targetOf(way));
        next.push({ type: getNamedType(field.type), steps: way, isOnInterface: false });
      }
    }
    ways = next;
  }
  return targets;
}

function targetOf(steps: Step[]): Target {
  const variables: Record<string, GraphQLInputType> = {};
  const last = steps.at(-1) as Step;
  const kind = steps[0]?.parent === 'Mutation' ? 'mutation' : 'query';
  const body = steps.reduceRight(
    (inner, { parent, isOnInterface, field }, index) => {
      const passed = field.args.map((argument) => {
        const variable = `${argument.name}${index}`;
        variables[variable] = argument.type;
        return `${argument.name}: $${variable}`;
      });
      const call = `${field.name}${passed.length > 0 ? `(${passed.join(', ')})` : ''} ${inner}`;
      return isOnInterface ? `{ __typename ... on ${parent} { ${call} } }` : `{ ${call} }`;
    },
    selectionOf(getNamedType(last.field.type), SELECTION_DEPTH),
  );
  const declared = Object.entries(variables).map(([name, type]) => `$${name}: ${type}`);
  return { name: `${last.parent}.${last.field.name}`, query: `${kind} (${declared.join(', ')}) ${body}`, variables };
}

/** What needs no arguments. */
function selectionOf(type: GraphQLNamedType, depth: number): string {
  if (!isCompositeType(type)) return '';
  const fields = 'getFields' in type ? Object.values(type.getFields() as Record<string, Field>) : [];
  const selected = fields
    .filter(({ args }) => args.length === 0)
    .flatMap((field) => {
      const fieldType = getNamedType(field.type);
      if (isLeafType(fieldType)) return [field.name];
      return depth > 0 ? [`${field.name} ${selectionOf(fieldType, depth - 1)}`] : [];
    });
  return `{ ${['__typename', ...selected].join(' ')} }`;
}

/** Ids that exist, by what they are ids of. */
export type KnownIds = Record<string, readonly string[]>;

/** Variables as a well-meaning client sends them. */
export function plausibleVariables({ variables }: Target, known: KnownIds): fc.Arbitrary<{ [name: string]: Json }> {
  const byName = Object.entries(variables).map(([name, type]) => [
    name,
    plausible(name.replace(/\d+$/, ''), type, known),
  ]);
  return fc.record(Object.fromEntries(byName)).map(withoutAbsent);
}

function plausible(name: string, type: GraphQLInputType, known: KnownIds): fc.Arbitrary<Json | undefined> {
  if (isNonNullType(type)) return present(name, type.ofType as GraphQLInputType, known);
  return fc.oneof(
    { weight: 1, arbitrary: present(name, type, known) },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
  );
}

function present(name: string, type: GraphQLInputType, known: KnownIds): fc.Arbitrary<Json> {
  if (isNonNullType(type)) return present(name, type.ofType as GraphQLInputType, known);
  if (isListType(type)) {
    const items = fc.array(plausible(name, type.ofType as GraphQLInputType, known), { minLength: 1, maxLength: 3 });
    return items.map((list) => list.map((item) => item ?? null));
  }
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map((value) => value.name));
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()) as unknown as GraphQLArgument[];
    const byName = fields.map((field) => [field.name, plausible(field.name, field.type, known)]);
    return fc.record(Object.fromEntries(byName)).map(withoutAbsent);
  }
  return scalar(name, type.name, known);
}

const MAX_DAYS_AHEAD = 60;
const isoDay = fc
  .integer({ min: 0, max: MAX_DAYS_AHEAD })
  .map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10));

function scalar(name: string, type: string, known: KnownIds): fc.Arbitrary<Json> {
  switch (type) {
    case 'Int':
    case 'Float':
    case 'SafeInt':
      return fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 5 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }) },
      );
    case 'Boolean':
      return fc.boolean();
    case 'LocalDate':
      return isoDay;
    case 'DateTime':
      return isoDay.map((day) => `${day}T12:00:00Z`);
    case 'ID':
      return idNamed(name, known);
    default:
      return textNamed(name);
  }
}

function idNamed(name: string, known: KnownIds): fc.Arbitrary<string> {
  const kind = Object.keys(known).find((candidate) => name.toLowerCase().includes(candidate));
  const everything = Object.values(known).flat();
  // A mere `id` is most often that of an item.
  const ids = (kind && known[kind]) || [...(known.product ?? []), ...(known.equipment ?? [])];
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...ids) },
    { weight: 1, arbitrary: fc.constantFrom(...everything) },
  );
}

/** Only a hint: an argument of another name gets any text. */
function textNamed(name: string): fc.Arbitrary<string> {
  if (/url$/i.test(name)) return fc.constant('http://localhost:3000/done?session={CHECKOUT_SESSION_ID}');
  if (/email$/i.test(name)) return fc.constant('alice@example.com');
  if (/country$/i.test(name)) return fc.constantFrom('FR', 'Belgique', 'germany');
  if (/locale$/i.test(name)) return fc.constantFrom('fr-FR', 'en', 'de-CH');
  return fc.oneof(fc.constantFrom('Paris', '12 rue Haute', 'vélo'), fc.uuid());
}

function withoutAbsent(value: Record<string, Json | undefined>): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [name: string]: Json;
  };
}
