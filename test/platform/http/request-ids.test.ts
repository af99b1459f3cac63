/** Whichever layer rejects a request, and for whatever reason: the answer carries the id that finds it in the log. */
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InjectOptions } from 'fastify';
import { newBuyer, productionEnvironment, startTestApp, type TestApp } from '../../support/test-app.js';
import { rejections } from './rejections.js';

let development: TestApp;
let production: TestApp;

beforeAll(async () => {
  development = await startTestApp({ METRICS_TOKEN: 'm'.repeat(32) });
  production = await startTestApp({ ...productionEnvironment, WEBHOOK_ALLOWED_ADDRESSES: '192.0.2.1' });
});
afterAll(async () => {
  await development?.close();
  await production?.close();
});

const json = { 'content-type': 'application/json' };
const post = (payload: unknown, headers: object = {}): InjectOptions => ({
  method: 'POST',
  url: '/graphql',
  headers: { ...json, ...headers },
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
});
const get = (search: string): InjectOptions => ({
  url: `/graphql?${search}`,
  headers: { 'apollo-require-preflight': 'true' },
});
const config = '{ paymentConfig { currency } }';

/** Everything that Apollo, GraphQL and the schema reject: [why, status, code, request]. */
const graphqlRejections: [string, number, string, InjectOptions][] = [
  ['a link, which a page of another origin could be', 400, 'BAD_REQUEST', { url: `/graphql?query=${config}` }],
  ['a body of text/plain', 400, 'BAD_REQUEST', post({ query: config }, { 'content-type': 'text/plain' })],
  ['a GET without a query', 400, 'BAD_REQUEST', get('a=b')],
  ['a GET with a mutation', 405, 'BAD_REQUEST', get('query=mutation{cancelOrder(orderId:"1"){id}}')],
  ['a GET with variables that are no JSON', 400, 'BAD_REQUEST', get(`query=${config}&variables=x`)],
  ['an empty object', 400, 'BAD_REQUEST', post({})],
  ['an array of requests', 400, 'BAD_REQUEST', post([{ query: config }])],
  ['a text', 400, 'BAD_REQUEST', post('"x"')],
  ['null', 400, 'BAD_REQUEST', post('null')],
  ['a query that is a number', 400, 'BAD_REQUEST', post({ query: 1 })],
  ['variables that are a text', 400, 'BAD_REQUEST', post({ query: config, variables: 'x' })],
  ['an operationName that is a number', 400, 'BAD_REQUEST', post({ query: config, operationName: 1 })],
  ['extensions that are a text', 400, 'BAD_REQUEST', post({ query: config, extensions: 'x' })],
  [
    'a persisted query',
    200,
    'PERSISTED_QUERY_NOT_SUPPORTED',
    post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }),
  ],
  ['a document that cannot be read', 400, 'GRAPHQL_PARSE_FAILED', post({ query: '{' })],
  ['a field that there is not', 400, 'GRAPHQL_VALIDATION_FAILED', post({ query: '{ nothing }' })],
  [
    'too much at once',
    400,
    'GRAPHQL_VALIDATION_FAILED',
    post({ query: '{ a: __typename b: __typename c: __typename d: __typename }' }),
  ],
  ['a subscription', 400, 'GRAPHQL_VALIDATION_FAILED', post({ query: 'subscription { a }' })],
  ['an unknown operation', 400, 'OPERATION_RESOLUTION_FAILURE', post({ query: config, operationName: 'Other' })],
  [
    'a document without an operation',
    400,
    'GRAPHQL_VALIDATION_FAILED',
    post({ query: 'fragment A on Query { __typename }' }),
  ],
  ['a variable that is missing', 400, 'BAD_USER_INPUT', post({ query: 'query ($id: ID!) { order(id: $id) { id } }' })],
  [
    'a variable that is too deep',
    400,
    'BAD_USER_INPUT',
    post({
      query: 'query ($id: ID!) { order(id: $id) { id } }',
      variables: { id: JSON.parse('[[[[[[[[[[[[]]]]]]]]]]]]') },
    }),
  ],
  ['a bad token', 401, 'UNAUTHENTICATED', post({ query: config }, { authorization: 'Bearer x' })],
  ['no token where one is needed', 200, 'UNAUTHENTICATED', post({ query: '{ orders { nodes { id } } }' })],
  [
    'an unknown item',
    200,
    'NOT_FOUND',
    post({ query: '{ quote(items: [{ type: PRODUCT, id: "x" }]) { isAvailable } }' }),
  ],
  ['a value out of range', 200, 'BAD_USER_INPUT', post({ query: '{ catalogue(first: 0) { nodes { name } } }' })],
];

describe.each(['application/json', 'application/graphql-response+json', '*/*'])(
  'To a client that takes %s',
  (accept) => {
    test.each(graphqlRejections)('%s: %i %s', async (_, status, code, request) => {
      const headers = { ...request.headers, accept, 'x-request-id': 'rejection-2' };
      const response = await development.app.inject({ ...request, headers });
      const { errors } = response.json<{ errors: { extensions: { code: string; requestId?: string } }[] }>();
      expect(errors.map(({ extensions }) => extensions.requestId)).toEqual(errors.map(() => 'rejection-2'));
      expect(errors[0]?.extensions.code).toBe(code);
      expect(response.headers['x-request-id']).toBe('rejection-2');
      // Old clients get a rejected document in a 200.
      expect(accept === 'application/json' ? [status, 200] : [status]).toContain(response.statusCode);
    });
  },
);

test('So does what is for staff, and what comes too often', async () => {
  const { token } = await newBuyer();
  const ask = (query: string) => production.app.inject(post({ query }, { authorization: `Bearer ${token}` }));
  const forbidden = (await ask('{ bookingsAtRisk { from } }')).json<{ errors: object[] }>().errors;
  expect(forbidden).toMatchObject([{ extensions: { code: expect.any(String), requestId: expect.any(String) } }]);
  let rejected = await ask(config);
  for (let sent = 0; sent < 700 && rejected.statusCode !== 429; sent += 1) rejected = await ask(config);
  expect(rejected.statusCode).toBe(429);
  const requestId = rejected.headers['x-request-id'];
  expect(rejected.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED', requestId } }] });
  const tryToken = () => production.app.inject({ url: '/nowhere', headers: { authorization: 'Bearer x' } });
  let elsewhere = await tryToken();
  for (let sent = 0; sent < 700 && elsewhere.statusCode !== 429; sent += 1) elsewhere = await tryToken();
  expect(elsewhere.statusCode).toBe(429);
  expect(elsewhere.json()).toMatchObject({
    error: { code: 'RATE_LIMITED', requestId: elsewhere.headers['x-request-id'] },
  });
});

/** Everything outside GraphQL: [why, status, code, whose, request]. */
const httpRejections: [string, number, string, 'development' | 'production', InjectOptions][] = [
  ...rejections.map(
    ({ name, url = '/graphql', method = 'POST', contentType, body, status, code }): (typeof httpRejections)[number] => [
      name,
      status,
      code,
      'development',
      {
        url,
        method,
        headers: contentType ? { 'content-type': contentType } : {},
        ...(body === undefined ? {} : { payload: body }),
      },
    ],
  ),
  [
    'a bad token elsewhere',
    401,
    'UNAUTHENTICATED',
    'development',
    { url: '/nowhere', headers: { authorization: 'x' } },
  ],
  ['metrics without their token', 401, 'UNAUTHENTICATED', 'development', { url: '/metrics' }],
  ['metrics that are not served', 404, 'NOT_FOUND', 'production', { url: '/metrics' }],
  ['an explorer that is not there', 404, 'NOT_FOUND', 'production', { url: '/graphiql' }],
  [
    'a webhook without a signature',
    400,
    'BAD_WEBHOOK',
    'development',
    { method: 'POST', url: '/api/webhook/stripe/', payload: '{}' },
  ],
  [
    'a webhook that is too large',
    413,
    'BODY_TOO_LARGE',
    'development',
    { method: 'POST', url: '/api/webhook/stripe/', headers: json, payload: 'x'.repeat(1_100_000) },
  ],
  [
    'a webhook from elsewhere',
    403,
    'FORBIDDEN',
    'production',
    { method: 'POST', url: '/api/webhook/stripe/', payload: '{}' },
  ],
  [
    'headers that are too long',
    431,
    'HEADERS_TOO_LARGE',
    'development',
    { url: '/healthz', headers: { origin: 'x'.repeat(2_000) } },
  ],
];

test.each(httpRejections)('Outside GraphQL, %s: %i %s', async (_, status, code, whose, request) => {
  const { app } = whose === 'production' ? production : development;
  const response = await app.inject({ ...request, headers: { ...request.headers, 'x-request-id': 'rejection-3' } });
  expect(response.statusCode).toBe(status);
  expect(response.json()).toMatchObject({ error: { code, requestId: 'rejection-3' } });
  expect(response.headers['x-request-id']).toBe('rejection-3');
});

/** Sends bytes as they are, and gives the answer once the server has ended it. */
function rawResponse(bytes: string): Promise<{ status: number; headers: string; body: string }> {
  const { port } = development.app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.once('error', reject);
    socket.once('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1]), headers: head.toLowerCase(), body });
    });
  });
}

test.each([
  ['no HTTP', 400, 'nonsense\r\n\r\n'],
  ['a request without a Host', 400, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['two lengths', 400, 'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ['headers beyond what Node takes', 431, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['an address that cannot be decoded', 400, 'GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  [
    'an expectation that nobody knows',
    404,
    'GET /nowhere HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n',
  ],
])('Before any framework, %s: %i', async (_, status, bytes) => {
  const answer = await rawResponse(bytes);
  expect(answer.status).toBe(status);
  const { error } = JSON.parse(answer.body);
  expect(error.requestId).toMatch(/^[\da-f-]{36}$/);
  expect(answer.headers).toContain(`x-request-id: ${error.requestId}`);
});
