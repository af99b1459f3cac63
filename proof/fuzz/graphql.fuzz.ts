/** Fuzzes every argument of the schema: no 5xx, no masked error, no row from a rejected request. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildGraphQLSchema } from '../../src/api/schema.js';
import { bodies, type FuzzShop, seed, startFuzzShop } from './fuzz-shop.js';
import { changed, changes, hostileText, type Json, nestedBody } from './hostile-values.js';
import { plausibleVariables, targetsOf } from './schema-operations.js';

const targets = targetsOf(await buildGraphQLSchema());
// One share for each field with arguments, and one for requests that are none.
const numRuns = Math.ceil(bodies / (targets.length + 1));

// What was done before these errors stays done: a payment that a cancellation finds is applied, an order
// whose session Stripe does not open is kept for its recovery.
const CODES_THAT_MAY_WRITE = ['ORDER_NOT_CANCELLABLE', 'PAYMENT_PROVIDER_UNAVAILABLE'];

let shop: FuzzShop;
/** How often a field succeeded, and with which codes it failed. */
const tally = new Map<string, number>();

beforeAll(async () => {
  shop = await startFuzzShop();
});
afterAll(async () => {
  await shop.close();
  console.log(`GraphQL answers by kind: ${JSON.stringify(Object.fromEntries([...tally].sort()))}`);
});

const viewer = fc.constantFrom('staff', 'staff', 'buyer', 'buyer', 'anonymous');

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: unknown[]; extensions: { code: string } }[];
}

test.each(targets)('$name', async (target) => {
  const input = fc.record({
    variables: plausibleVariables(target, shop.knownIds),
    changes,
    viewer,
    idempotencyKey: fc.option(fc.string({ maxLength: 300 }), { freq: 20 }),
  });
  const property = fc.asyncProperty(input, async (drawn) => {
    const variables = changed(drawn.variables, drawn.changes);
    const answer = await send({ query: target.query, variables }, drawn.viewer, drawn.idempotencyKey);
    const codes = answer.errors?.map(({ extensions }) => extensions.code) ?? [];
    for (const code of codes.length > 0 ? new Set(codes) : ['answered']) tally.set(code, (tally.get(code) ?? 0) + 1);
    // The document is good: rejected as a whole, it would shield all that is to be fuzzed.
    expect(codes).not.toContain('GRAPHQL_VALIDATION_FAILED');
    expect(codes).not.toContain('GRAPHQL_PARSE_FAILED');
    const writes = await shop.writes();
    if (isRejected(answer) && !codes.some((code) => CODES_THAT_MAY_WRITE.includes(code))) expect(writes).toEqual([]);
  });
  await fc.assert(property, { numRuns, seed });
});

test('Requests that are none', async () => {
  const method = fc.constantFrom('GET' as const, 'POST' as const, 'PUT' as const, 'OPTIONS' as const);
  const url = fc.oneof(
    fc.constantFrom('/graphql', '/graphql/', '/graphql?query={orders{nodes{id}}}', '/graphiql'),
    hostileText.map((text) => `/${encodeURIComponent(text.toWellFormed())}`),
    fc.string({ maxLength: 30 }).map((text) => `/graphql?query=${encodeURIComponent(text)}&variables=%7B`),
    fc.constantFrom('/%', '/%c0%80', '/%00', '//', '/..%2f..', '/healthz?a=%', '/graphql?%00=1'),
  );
  const contentType = fc.constantFrom(
    'application/json',
    'text/plain',
    'application/graphql',
    'a',
    '',
    'multipart/form-data',
  );
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json({ maxDepth: 4 }),
    hostileText.map((query) => JSON.stringify({ query })),
    fc.jsonValue().map((variables) => JSON.stringify({ query: '{ __typename }', variables })),
    fc.jsonValue().map((operationName) => JSON.stringify({ query: '{ __typename }', operationName })),
    fc.jsonValue().map((extensions) => JSON.stringify({ query: '{ __typename }', extensions })),
    fc.constant(`{"query":${'['.repeat(50_000)}`),
    nestedBody,
    nestedBody.map((nested) => `{"query":"query ($a: ID!) { order(id: $a) { id } }","variables":{"a":${nested}}}`),
    fc.json({ maxDepth: 4 }).map((json) => `\ufeff${json}`),
    fc.constant('\ufeff{"query":"{ __typename }"}'),
  );
  const authorization = fc.option(
    fc.oneof(
      fc.string(),
      fc.string().map((text) => `Bearer ${text}`),
    ),
    { freq: 4 },
  );
  const input = fc.record({ method, url, contentType, payload, authorization });
  const property = fc.asyncProperty(input, async (drawn) => {
    const response = await shop.app.inject({
      method: drawn.method,
      url: drawn.url,
      headers: {
        'content-type': drawn.contentType,
        ...(drawn.authorization === null ? {} : { authorization: drawn.authorization }),
      },
      ...(drawn.method === 'GET' ? {} : { payload: drawn.payload }),
    });
    shop.expectNoFault(response);
    expect(await shop.writes()).toEqual([]);
  });
  await fc.assert(property, { numRuns, seed });
});

async function send(
  body: { query: string; variables: Json },
  as: string,
  idempotencyKey: string | null,
): Promise<Answer> {
  const token = as === 'anonymous' ? null : shop[as as 'staff' | 'buyer'].token;
  const response = await shop.app.inject({
    method: 'POST',
    url: '/graphql',
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
    },
    payload: body,
  });
  shop.expectNoFault(response);
  return response.json<Answer>();
}

/** An error in what was asked of the result, such as a locale, rejects nothing of what was done. */
function isRejected({ errors = [] }: Answer): boolean {
  return errors.some(({ path }) => path === undefined || path.length <= 1);
}
