/** An API that answers the operations of its safelist alone, made by the command from the files of a frontend. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readSafelist } from '../../../src/api/safelist.js';
import { ConfigError } from '../../../src/config.js';
import { scratchFolder } from '../../../src/platform/kernel/scratch-folder.js';
import { type GraphQLResult, productionEnvironment, startTestApp, type TestApp } from '../../support/test-app.js';

const documents = {
  'config.graphql': '# what the page needs\nquery Config { paymentConfig { ...Currency ...Key } }',
  'fragments/currency.graphql': 'fragment Currency on PaymentConfig { currency }',
  'fragments/key.gql': 'fragment Key on PaymentConfig { publishableKey }',
  'cancel.graphql': 'mutation Cancel($id: ID!) { cancelOrder(orderId: $id) { status } }',
};
const CONFIG = `query Config { paymentConfig { ...Currency ...Key } }
  fragment Currency on PaymentConfig { currency } fragment Key on PaymentConfig { publishableKey }`;
const NOT_SAFELISTED = [
  expect.objectContaining({ extensions: expect.objectContaining({ code: 'OPERATION_NOT_SAFELISTED' }) }),
];

const folder = scratchFolder('safelist');
const list = path.join(folder, 'safelist.json');
let shop: TestApp;

/** Runs the command over files of these names and texts. */
function makeSafelist(files: Record<string, string>, out = list) {
  const place = fs.mkdtempSync(path.join(folder, 'documents-'));
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(place, name)), { recursive: true });
    fs.writeFileSync(path.join(place, name), text);
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'cli/safelist.ts', '--out', out, place],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

beforeAll(async () => {
  expect(makeSafelist(documents)).toMatchObject({ status: 0, stdout: expect.stringContaining('Wrote 2 operations') });
  shop = await startTestApp({ ...productionEnvironment, GRAPHQL_SAFELIST: list });
});
afterAll(async () => {
  await shop.close();
  fs.rmSync(folder, { recursive: true });
});

describe('What is listed is answered', () => {
  const asClientsSendIt = {
    'as it is': CONFIG,
    'on one line, with commas and comments': `${CONFIG.replace(/\s+/g, ' ')},,# a comment`,
    'with __typename everywhere': CONFIG.replaceAll('{ ', '{ __typename '),
    'with its fragments in another order': CONFIG.split(/(?=fragment)/)
      .reverse()
      .join(' '),
  };
  test.each(Object.entries(asClientsSendIt))('%s', async (_, document) => {
    const { data, errors } = await shop.graphql(document);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ paymentConfig: { currency: 'EUR', publishableKey: expect.any(String) } });
  });

  test('with any variables, and any error of its own', async () => {
    const { errors } = await shop.graphql(documents['cancel.graphql'], { id: 'x' });
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});

describe('Everything else is rejected, with one error that tells nothing of the schema', () => {
  const rejected = {
    'another operation': '{ paymentConfig { livemode } }',
    'a listed one with a field more': CONFIG.replace('{ currency }', '{ currency livemode }'),
    'a listed one under another name': CONFIG.replace('Config ', 'Other '),
    'a listed one with an alias': CONFIG.replace('{ currency }', '{ a: currency }'),
    'a listed one with __typename under another name': CONFIG.replace('{ currency }', '{ currency a: __typename }'),
    'a listed one beside another': `${CONFIG} query Other { paymentConfig { livemode } }`,
    'a fragment that is not used': `${CONFIG} fragment Other on PaymentConfig { livemode }`,
    'only a fragment': 'fragment Other on PaymentConfig { livemode }',
    'a type of its own': `${CONFIG} type Other { id: ID }`,
    'what is no field': '{ paymentConfi { currency } }',
    'a document bomb': `{ ${Array.from({ length: 200 }, (_, index) => `a${index}: paymentConfig { currency }`).join(' ')} }`,
    introspection: '{ __schema { types { name } } }',
    'only __typename': '{ __typename }',
  };
  test.each(Object.entries(rejected))('%s', async (_, document) => {
    const answer: GraphQLResult<unknown> = await shop.graphql(document);
    expect(answer).toMatchObject({ status: 400, errors: NOT_SAFELISTED });
    expect(answer.errors?.[0]?.extensions.requestId).toBeDefined();
    expect(JSON.stringify(answer)).not.toMatch(/field|PaymentConfig|too much/);
  });

  test('also where operationName picks a listed one of several', async () => {
    const query = `${CONFIG} query Other { paymentConfig { livemode } }`;
    const payload = { query, operationName: 'Config' };
    const response = await shop.app.inject({ method: 'POST', url: '/graphql', payload });
    expect(response.json()).toMatchObject({ errors: NOT_SAFELISTED });
  });

  test('also by GET, and twice', async () => {
    const headers = { 'apollo-require-preflight': 'true' };
    const url = `/graphql?query=${encodeURIComponent('{ paymentConfig { livemode } }')}`;
    for (const _ of [1, 2]) {
      expect((await shop.app.inject({ url, headers })).json()).toMatchObject({ errors: NOT_SAFELISTED });
    }
  });
});

describe('The command rejects, and says where', () => {
  const wrong = {
    'what the schema does not have': [
      { 'a.graphql': 'query A { nothing }' },
      /A: Cannot query field "nothing"[\s\S]*a\.graphql/,
    ],
    'what the limits would reject': [
      {
        'a.graphql': `query A { ${['a', 'b', 'c', 'd'].map((name) => `${name}: paymentConfig { currency }`).join(' ')} }`,
      },
      /A: The document asks for too much/,
    ],
    'two operations of one name': [
      { 'a.graphql': 'query A { paymentConfig { currency } }', 'b.graphql': 'query A { paymentConfig { livemode } }' },
      /only one operation named "A"/,
    ],
    'an operation without a name': [{ 'a.graphql': '{ paymentConfig { currency } }' }, /needs a name/],
    'what is no GraphQL': [{ 'a.graphql': 'query {' }, /a\.graphql: Syntax Error/],
    'a folder without documents': [{ 'a.txt': 'x' }, /holds no \.graphql/],
  } satisfies Record<string, [Record<string, string>, RegExp]>;

  test.each(Object.entries(wrong))('%s', (_, [files, problem]) => {
    const out = path.join(folder, 'not-written.json');
    expect(makeSafelist(files, out)).toMatchObject({ status: 1, stderr: expect.stringMatching(problem) });
    expect(fs.existsSync(out)).toBe(false);
  });
});

test.each([
  ['that is not there', null],
  ['that is not JSON', 'query A { a }'],
  ['that is something else', '{"version":1}'],
])('A list %s is rejected, by name', (_, text) => {
  const file = path.join(folder, 'wrong.json');
  if (text !== null) fs.writeFileSync(file, text);
  expect(() => readSafelist(file)).toThrow(ConfigError);
  expect(() => readSafelist(file)).toThrow(
    `GRAPHQL_SAFELIST must be a file that npm run comptoir -- safelist wrote: ${file}`,
  );
});
