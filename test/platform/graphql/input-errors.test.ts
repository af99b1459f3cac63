/** Whatever is wrong with an input, wherever that is found, the error names the field in one way: from the input on. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLScalarType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { Json } from '../../../proof/fuzz/hostile-values.js';
import { type Target, targetsOf } from '../../../proof/fuzz/schema-operations.js';
import { buildGraphQLSchema } from '../../../src/api/schema.js';
import { newStaff, type Person, startTestApp, type TestApp } from '../../support/test-app.js';

const targets = targetsOf(await buildGraphQLSchema());
const operations = targets.filter(({ name }) => /^(Query|Mutation)\./.test(name));

/** A value that has a type of its own in the input of a field. */
interface Leaf {
  /** As errors have to name it. */
  path: string;
  type: GraphQLScalarType | GraphQLEnumType;
  isRequired: boolean;
  /** What stands there where it is absent. */
  hasDefault: boolean;
  /** Variables of the right types all over, but for this one. */
  variablesWith(value: Json | undefined): { [name: string]: Json };
}

const SAMPLES: Record<string, Json> = {
  ID: '1',
  String: 'x',
  Int: 1,
  SafeInt: 1,
  Boolean: false,
  LocalDate: '2027-01-01',
  DateTime: '2027-01-01T00:00:00Z',
};

function sample(type: GraphQLInputType): Json {
  if (isNonNullType(type)) return sample(type.ofType);
  if (isListType(type)) return [sample(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]?.name as string;
  if (!isInputObjectType(type)) return SAMPLES[type.name] as Json;
  return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, sample(field.type)]));
}

type Place = Omit<Leaf, 'variablesWith'> & { keys: (string | number)[] };

function placesIn(type: GraphQLInputType, place: Omit<Place, 'type'>): Place[] {
  const { path, keys } = place;
  if (isNonNullType(type)) return placesIn(type.ofType, { ...place, isRequired: true });
  if (isListType(type)) return placesIn(type.ofType, { ...place, path: `${path}[0]`, keys: [...keys, 0] });
  if (!isInputObjectType(type)) return [{ ...place, type }];
  return Object.values(type.getFields()).flatMap(({ name, type: member, defaultValue }) =>
    placesIn(member, {
      path: path === '' ? name : `${path}.${name}`,
      keys: [...keys, name],
      isRequired: false,
      hasDefault: defaultValue !== undefined,
    }),
  );
}

function leavesOf({ variables }: Target): Leaf[] {
  const good = Object.fromEntries(Object.entries(variables).map(([name, type]) => [name, sample(type)]));
  return Object.entries(variables).flatMap(([variable, type]) => {
    // The operations name a variable by its argument and a number.
    const argument = variable.replace(/\d+$/, '');
    const isInputObject = isInputObjectType(isNonNullType(type) ? type.ofType : type);
    const whole = { path: isInputObject ? '' : argument, keys: [variable], isRequired: false, hasDefault: false };
    return placesIn(type, whole).map(({ keys, ...place }) => ({
      ...place,
      variablesWith(value) {
        const changed = structuredClone(good);
        const holder = keys
          .slice(0, -1)
          .reduce<Json>((inner, key) => (inner as { [key: string]: Json })[key] as Json, changed);
        const last = keys.at(-1) as string;
        if (value === undefined) delete (holder as { [key: string]: Json })[last];
        else (holder as { [key: string]: Json })[last] = value;
        return changed;
      },
    }));
  });
}

let shop: TestApp;
let staff: Person;

beforeAll(async () => {
  shop = await startTestApp({ RATE_LIMIT: 'off' });
  staff = await newStaff();
});
afterAll(() => shop.close());

/** The names that the errors give, whatever their code. */
async function namedBy(target: Target, variables: object): Promise<{ codes: Set<string>; paths: string[] }> {
  const { errors = [] } = await shop.graphql(target.query, variables, staff.token);
  return {
    codes: new Set(errors.map(({ extensions }) => extensions.code)),
    paths: errors.flatMap(({ extensions }) => Object.keys(extensions.fields ?? {})),
  };
}

test('Every mutation and query with arguments is here', () => {
  expect(operations.length).toBeGreaterThan(30);
  expect(operations.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['Mutation.createCheckoutSession', 'Mutation.cancelOrder', 'Query.quote', 'Query.orders']),
  );
});

describe.each(targets)('$name names', (target) => {
  test('what has the wrong type', async () => {
    for (const { path, variablesWith } of leavesOf(target)) {
      const named = await namedBy(target, variablesWith({ wrong: ['type'] }));
      expect([path, named]).toEqual([path, { codes: new Set(['BAD_USER_INPUT']), paths: [path] }]);
    }
  });

  test('what is missing, and what is null', async () => {
    for (const { path, isRequired, hasDefault, variablesWith } of leavesOf(target)) {
      if (!isRequired || path.endsWith(']')) continue;
      for (const value of hasDefault ? [null] : [undefined, null]) {
        const named = await namedBy(target, variablesWith(value));
        expect([path, named]).toEqual([path, { codes: new Set(['BAD_USER_INPUT']), paths: [path] }]);
      }
    }
  });
});

describe.each(operations)('$name names', (target) => {
  const leaves = leavesOf(target);
  const paths = leaves.flatMap(({ path }) => [path, path.replace(/\[0\].*/, ''), path.replace(/\[0\].*/, '[0]')]);

  test('text that cannot be stored', async () => {
    for (const { path, type, variablesWith } of leaves) {
      if (!['String', 'ID'].includes(type.name)) continue;
      const named = await namedBy(target, variablesWith('a\u0000b'));
      expect([path, named]).toEqual([path, { codes: new Set(['BAD_USER_INPUT']), paths: [path] }]);
    }
  });

  test('numbers out of range', async () => {
    for (const { path, type, variablesWith } of leaves) {
      if (!['Int', 'SafeInt'].includes(type.name)) continue;
      const named = await namedBy(target, variablesWith(-1_000_000_007));
      // Where another field is rejected first, that one has its name.
      expect([path, named.paths.filter((name) => !paths.includes(name))]).toEqual([path, []]);
      expect([path, named.paths.length]).not.toEqual([path, 0]);
    }
  });

  test('text that is too long', async () => {
    for (const { path, type, variablesWith } of leaves) {
      if (!['String', 'ID'].includes(type.name)) continue;
      const named = await namedBy(target, variablesWith('x'.repeat(4_000)));
      expect([path, named.paths.filter((name) => !paths.includes(name))]).toEqual([path, []]);
    }
  });
});

test.each([
  [
    'a variable for a part of an input',
    `mutation ($who: CustomerInfoInput!) { createCheckoutSession(input: {
      items: [], customerInfo: $who, successUrl: "x", cancelUrl: "x" }) { url } }`,
    {
      who: {
        ...(sample((await buildGraphQLSchema()).getType('CustomerInfoInput') as GraphQLInputObjectType) as object),
        city: 1,
      },
    },
    ['customerInfo.city'],
  ],
  [
    'a variable for an item of a list',
    'query ($quantity: Int!) { quote(items: [{ id: 1, type: PRODUCT }, { id: 1, type: EQUIPMENT, quantity: $quantity }]) { isAvailable } }',
    { quantity: 'x' },
    ['items[1].quantity'],
  ],
  [
    'a variable in two places',
    'query ($id: ID!) { order(id: $id) { id } orderBySession(sessionId: $id) { id } }',
    { id: [] },
    ['id', 'sessionId'],
  ],
  [
    'a variable that has a default, and is null',
    'query ($id: ID = "x") { order(id: $id) { id } }',
    { id: null },
    ['id'],
  ],
  [
    'the same inside an argument',
    'query ($n: Int = 1) { quote(items: [{ id: 1, type: PRODUCT, quantity: $n }]) { isAvailable } }',
    { n: null },
    ['items'],
  ],
])('%s is named by where it goes, and nobody is woken up', async (_, query, variables, paths) => {
  const { errors } = await shop.graphql(query, variables, staff.token);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  expect(Object.keys(errors?.[0]?.extensions.fields ?? {})).toEqual(paths);
  expect(shop.log.filter((line) => line.includes('Resolver failed'))).toEqual([]);
});
