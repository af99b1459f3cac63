/**
 * What anybody may send costs little to reject: everything that is read before a signature, a token or a limit is
 * checked. Measured in processor time, which a machine that halts does not use up.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { InjectOptions } from 'fastify';
import { startTestApp, type TestApp } from '../../support/test-app.js';

// The cheapest of so many counts: what else the process does meanwhile can only add to a request. Each of the bad ones
// once took from 170 ms to 3 s, and takes some milliseconds now.
const TIMES = 20;
const MAX_CPU_MS = 120;
// Of all headers together Node takes sixteen kilobytes.
const LONG = 14_000;
const BODY = 95_000;

let shop: TestApp;

beforeAll(async () => {
  // A proxy in front, so that it is read who is said to ask.
  shop = await startTestApp({ TRUST_PROXY: '10.0.0.0/8, 127.0.0.1' });
});
afterAll(() => shop.close());

async function cpuMsOf(request: InjectOptions): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const before = process.cpuUsage();
    await shop.app.inject(request);
    const { user, system } = process.cpuUsage(before);
    took.push((user + system) / 1000);
  }
  return Math.min(...took);
}

const CHECKOUT = `mutation ($input: CreateCheckoutSessionInput!) {
  createCheckoutSession(input: $input) { sessionId }
}`;

function graphql(variables: string, query = CHECKOUT): InjectOptions {
  const payload = `{"query":${JSON.stringify(query)},"variables":${variables}}`;
  return { method: 'POST', url: '/graphql', headers: { 'content-type': 'application/json' }, payload };
}

function graphqlWith(header: string, value: string): InjectOptions {
  const request = graphql('{}', '{ __typename }');
  return { ...request, headers: { ...request.headers, [header]: value } };
}

/** As many brackets as asked for, around as many numbers as fit. */
function nested(depth: number, size: number): string {
  return `${'['.repeat(depth)}${'1,'.repeat((size - 2 * depth) / 2)}1${']'.repeat(depth)}`;
}

const members = (count: number) => Array.from({ length: count }, (_, index) => `"a${index}":1`).join(',');
const customer = (text: string) => graphql(`{"input":{"customerInfo":{"x":"${text.slice(0, BODY - 5_000)}"}}}`);
const fragments = Array.from({ length: 180 }, (_, index) => {
  return `fragment a${index} on Query { ...a${index + 1} ...a${index + 1} }`;
}).join(' ');

describe('A webhook without a valid signature', () => {
  const webhook = (payload: string): InjectOptions => ({
    method: 'POST',
    url: '/api/webhook/stripe/',
    headers: { 'stripe-signature': `t=1${`,v1=${'0'.repeat(64)}`.repeat(20)}` },
    payload,
  });
  const bodies: [string, string][] = [
    ['deeply nested', nested(3_000, 64_000)],
    ['nested in every other way', nested(1_000, 64_000)],
    ['small and nested', nested(400, 16_000)],
    ['small, and as deep as is examined', `${'['.repeat(16)}${'[],'.repeat(5_000)}1${']'.repeat(16)}`],
    ['a text without an end', `"${'\\"'.repeat(7_900)}`],
    ['quotes', '"'.repeat(16_000)],
    ['blanks', `{${' '.repeat(16_000)}}`],
    ['a megabyte', 'x'.repeat(1024 * 1024)],
  ];

  test.each(bodies)('and with a body that is %s', async (_, payload) => {
    const parse = jest.spyOn(JSON, 'parse');
    try {
      expect(await shop.app.inject(webhook(payload))).toMatchObject({ statusCode: 400 });
      expect(parse).not.toHaveBeenCalledWith(payload);
    } finally {
      parse.mockRestore();
    }
    expect(await cpuMsOf(webhook(payload))).toBeLessThan(MAX_CPU_MS);
  });
});

describe('A request to /graphql', () => {
  const requests: [string, InjectOptions][] = [
    ['nested variables', graphql(`{"input":${nested(40_000, BODY)}}`)],
    ['nested objects', graphql(`{"input":${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}}`)],
    ['nested items', graphql(`{"input":{"items":${nested(4_000, BODY)}}}`)],
    ['thousands of fields', graphql(`{"input":{${members(8_000)}}}`)],
    ['thousands of fields further in', graphql(`{"input":{"items":[{${members(8_000)}}]}}`)],
    ['as many fields as are read, and a long text', graphql(`{"input":{${members(90)},"x":"${'a.'.repeat(45_000)}"}}`)],
    ['addresses without an end', customer('a@'.repeat(BODY))],
    ['names of what is hidden', customer('\\"email\\":\\"'.repeat(BODY / 10))],
    ['numbers like telephones', customer('+1 (1'.repeat(BODY / 5))],
    ['a long number', graphql(`{"input":${'9'.repeat(BODY)}}`)],
    ['brackets that are not closed', { ...graphql('{}'), payload: '['.repeat(BODY) }],
    ['a document of brackets', graphql('{}', `{ a(x: ${'['.repeat(BODY - 5_000)}`)],
    ['fragments that double', graphql('{}', `{ ...a0 } ${fragments} fragment a180 on Query { __typename }`)],
  ];

  test.each(requests)('with %s', async (_, request) => {
    expect((await shop.app.inject(request)).statusCode).toBe(400);
    expect(await cpuMsOf(request)).toBeLessThan(MAX_CPU_MS);
  });

  const headers: [string, string, string][] = [
    ['content-type', 'blanks', `application/json${' '.repeat(LONG)};`],
    ['content-type', 'parameters', `application/json;${'a=b;'.repeat(LONG / 4)}`],
    ['accept', 'types', 'a/b;q=0.1,'.repeat(LONG / 10)],
    ['accept', 'quotes', `a/b;${'a="b,c";'.repeat(LONG / 8)}`],
    ['x-forwarded-for', 'proxies', Array(1_400).fill('10.0.0.1').join(',')],
    ['x-forwarded-for', 'zeros', `${'0:'.repeat(LONG / 2)}0`],
    ['origin', 'origins', 'https://'.repeat(LONG / 8)],
  ];

  test.each(headers)('with the header %s full of %s is rejected with 431', async (name, _, value) => {
    const request = graphqlWith(name, value);
    expect((await shop.app.inject(request)).statusCode).toBe(431);
    expect(await cpuMsOf(request)).toBeLessThan(MAX_CPU_MS);
  });

  test.each([
    ['authorization', `Bearer ${' '.repeat(LONG)}(`],
    ['authorization', `Bearer ${Buffer.from('['.repeat(6_000)).toString('base64url')}.e30.AAAA`],
    ['x-request-id', 'a'.repeat(LONG)],
    ['cookie', 'a=b; '.repeat(LONG / 5)],
  ])('with %s: %.20s…', async (name, value) => {
    expect(await cpuMsOf(graphqlWith(name, value))).toBeLessThan(MAX_CPU_MS);
  });
});

test('Variables that no input is like are rejected with the name of the variable', async () => {
  const response = await shop.app.inject(graphql(`{"input":{"items":[{${members(101)}}]}}`));
  expect(response.statusCode).toBe(400);
  expect(response.json().errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', fields: { input: 'has more fields than any input' } } },
  ]);
});
