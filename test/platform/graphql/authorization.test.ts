/** Every query, mutation and field of the schema, executed by every kind of caller: each gets what the matrix says. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getNamedType, isCompositeType, isObjectType } from 'graphql';
import { buildGraphQLSchema } from '../../../src/api/schema.js';
import { type GraphQLResult, startTestApp, type TestApp } from '../../support/test-app.js';
import { argumentsIn, waysIn } from './authorization-documents.js';
import { type AuthorizationFixtures, createAuthorizationFixtures } from './authorization-fixtures.js';
import { authorizationMatrix } from './authorization-matrix.js';

const OPERATIONS = ['Query', 'Mutation'];
// Those who are rejected come first: staff change what the others must have failed to change.
const CALLERS = ['anonymous', 'other', 'owner', 'staff'] as const;

const schema = await buildGraphQLSchema();
const fields = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => !name.startsWith('__'))
  .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type: type.name, field })));
const places = fields.map(({ type, field }) => `${type}.${field.name}`);

let shop: TestApp;
let world: AuthorizationFixtures;

beforeAll(async () => {
  shop = await startTestApp({ SHOP_TERMS_VERSION: '2027-01' });
  world = await createAuthorizationFixtures(shop);
});
afterAll(async () => {
  await shop.orm.em.fork().execute('delete from closed_weekdays; delete from closed_dates;');
  await shop.close();
});

/** The documents that read a place, whose value is named `probe`. */
function documentsOf(place: string): string[] {
  const [type = '', name = ''] = (place.split('(')[0] ?? '').split('.');
  const found = fields.find((candidate) => candidate.type === type && candidate.field.name === name);
  if (!found) throw new Error(`The schema has no ${place}.`);
  const given = argumentsIn(world)[place];
  const selection = isCompositeType(getNamedType(found.field.type)) ? ' { __typename }' : '';
  const probe = `probe: ${name}${given === undefined ? '' : `(${given})`}${selection}`;
  if (OPERATIONS.includes(type)) return [`${type.toLowerCase()} { ${probe} }`];
  const ways = waysIn(world)[type];
  if (!ways) throw new Error(`No way is known to objects of the type ${type}: authorization-documents.ts lists them.`);
  return ways.map((way) => way.replace('FIELD', () => probe));
}

/** Whether the probe has a value anywhere in the answer. */
function isShown(data: unknown): boolean {
  if (Array.isArray(data)) return data.some(isShown);
  if (typeof data !== 'object' || data === null) return false;
  return Object.entries(data).some(([name, value]) => (name === 'probe' ? value !== null : isShown(value)));
}

function outcomeOf({ data, errors }: GraphQLResult<unknown>): string {
  const codes = [...new Set(errors?.map(({ extensions }) => extensions.code))];
  return [...(isShown(data) ? ['shown'] : []), ...codes].join(' and ') || 'hidden';
}

/** What a caller gets: a value where any way leads to one, else what all ways agree on. */
async function outcomeFor(caller: (typeof CALLERS)[number], place: string): Promise<string> {
  const outcomes = new Set<string>();
  for (const document of documentsOf(place)) {
    outcomes.add(outcomeOf(await shop.graphql(document, {}, world.people[caller]?.token)));
  }
  return outcomes.has('shown') && [...outcomes].every((outcome) => ['shown', 'hidden'].includes(outcome))
    ? 'shown'
    : [...outcomes].join(' or ');
}

/** What mutations change, in one value; of orders and refunds without what jobs bring up to date meanwhile. */
async function stateOfShop(): Promise<unknown> {
  const tables = [
    'products',
    'product_stocks',
    'equipment',
    'equipment_units',
    'bookings',
    'catalogue_changes',
    'order_lines',
    'fulfillments',
    'line_releases',
  ];
  const sources = [
    ...[...tables, 'closed_weekdays', 'closed_dates'].map((table) => [table, `select * from ${table}`]),
    ['orders', 'select id, status, cancel_requested_at, anonymised_at from orders'],
    ['refunds', 'select id, order_id from refunds'],
  ];
  const digests = sources.map(
    ([table, rows]) => `(select md5(string_agg(t::text, '|' order by t::text)) from (${rows}) t) as ${table}`,
  );
  return shop.orm.em.fork().execute(`select ${digests.join(', ')}`);
}

describe('The matrix', () => {
  test('has a line for every field of the schema', () => {
    expect(places.filter((place) => authorizationMatrix[place] === undefined)).toEqual([]);
  });

  test('has no line for anything else', () => {
    const gone = Object.keys(authorizationMatrix).filter((line) => !places.includes(line.split('(')[0] ?? ''));
    expect(gone).toEqual([]);
  });
});

describe.each(Object.entries(authorizationMatrix))('%s', (place, outcomes) => {
  const [anonymous, owner, other, staff] = outcomes.split(' ');

  test(`is for anonymous callers ${anonymous}, for the owner ${owner}, for others ${other}, for staff ${staff}`, async () => {
    const answers: Record<string, string> = {};
    for (const caller of CALLERS) {
      const before = await stateOfShop();
      const outcome = await outcomeFor(caller, place);
      answers[caller] = outcome;
      // Rejected is what changes nothing, not what says so afterwards.
      if (outcome !== 'shown') expect(await stateOfShop()).toEqual(before);
    }
    expect(answers).toEqual({ anonymous, owner, other, staff });
  });
});
