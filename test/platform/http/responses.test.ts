/** What every answer carries, and what is rejected before any route: over HTTP as clients speak it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InjectOptions } from 'fastify';
import { productionEnvironment, startTestApp, type TestApp } from '../../support/test-app.js';
import { rejections } from './rejections.js';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const SHOP_ORIGIN = productionEnvironment.CHECKOUT_RETURN_ORIGINS;

let development: TestApp;
let production: TestApp;

beforeAll(async () => {
  development = await startTestApp({ CORS_ORIGINS: SHOP_ORIGIN });
  production = await startTestApp(productionEnvironment);
});
afterAll(async () => {
  await development?.close();
  await production?.close();
});

const config: InjectOptions = { method: 'POST', url: '/graphql', payload: { query: '{ paymentConfig { currency } }' } };

/** One request for each kind of answer. */
const kinds: [string, InjectOptions][] = [
  ['data', config],
  ['errors of GraphQL', { ...config, payload: { query: '{ nothing }' } }],
  ['health', { url: '/healthz' }],
  ['an address where nothing is', { url: '/nowhere' }],
  ['a body that is no JSON', { ...config, headers: { 'content-type': 'application/json' }, payload: '{' }],
  ['a rejected webhook', { method: 'POST', url: '/api/webhook/stripe/', payload: '{}' }],
  ['a preflight', preflight('/graphql', SHOP_ORIGIN)],
];

describe('In production, this answer', () => {
  test.each(kinds)('may do nothing in a browser, is kept by nobody, and names no product: %s', async (_, request) => {
    const { headers } = await production.app.inject(request);
    const policy = String(headers['content-security-policy']);
    expect(policy.split(';').sort()).toEqual([
      "base-uri 'none'",
      "default-src 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-request-id': expect.stringMatching(UUID),
    });
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers.server).toBeUndefined();
  });
});

test('Outside production nothing locks localhost into HTTPS', async () => {
  expect((await development.app.inject(config)).headers['strict-transport-security']).toBeUndefined();
});

describe('Rejected in the API’s own shape:', () => {
  test.each(rejections)('$name', async ({ url = '/graphql', method = 'POST', contentType, body, status, code }) => {
    const response = await development.app.inject({
      method,
      url,
      headers: { ...(contentType ? { 'content-type': contentType } : {}), 'x-request-id': 'rejection-1' },
      ...(body === undefined ? {} : { payload: body }),
    });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toEqual({ error: { code, message: expect.any(String), requestId: 'rejection-1' } });
    expect(response.headers['x-request-id']).toBe('rejection-1');
    expect(response.headers['cache-control']).toBe('no-store');
  });

  test('and a parser’s own words, which quote the body, are not repeated', async () => {
    const payload = '{"email": planted@example.com}';
    const response = await development.app.inject({
      ...config,
      headers: { 'content-type': 'application/json' },
      payload,
    });
    expect(response.statusCode).toBe(400);
    expect(response.body).not.toContain('planted');
    expect(development.log.join('')).not.toContain('planted');
  });
});

describe('The id of a request', () => {
  const answeredTo = async (id: string) =>
    (await development.app.inject({ url: '/healthz', headers: { 'x-request-id': id } })).headers['x-request-id'];

  test.each([
    'a',
    '7f9c24e8-3b12-4fef-91e0-3b4f6d2c5a10',
    '0123456789abcdef0123456789abcdef',
    'Root=1-67891233-abcdef012345678912345678',
    'x'.repeat(128),
  ])('is taken over: %s', async (id) => {
    expect(await answeredTo(id)).toBe(id);
  });

  test.each([
    ['', 'empty'],
    ['x'.repeat(129), 'too long'],
    ['two words', 'with a space'],
    ['a"b', 'with a quote'],
    ['a,b', 'sent twice'],
    ['john@example.com', 'that is an address'],
    ['{"level":60}', 'that is JSON'],
    ['é', 'beyond ASCII'],
  ])('is replaced: %j, %s', async (id) => {
    expect(await answeredTo(id)).toMatch(UUID);
  });

  test('is on errors of GraphQL and in the log too', async () => {
    const response = await development.app.inject({
      ...config,
      payload: { query: '{ orders { nodes { id } } }' },
      headers: { 'x-request-id': 'seen-everywhere' },
    });
    expect(response.headers['x-request-id']).toBe('seen-everywhere');
    expect(response.json()).toMatchObject({ errors: [{ extensions: { requestId: 'seen-everywhere' } }] });
    expect(development.log.join('')).toContain('"reqId":"seen-everywhere"');
  });
});

function preflight(url: string, origin: string): InjectOptions {
  return {
    method: 'OPTIONS',
    url,
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
  };
}

describe('A page', () => {
  test('of an allowed origin may ask and read, without credentials', async () => {
    const asked = await development.app.inject(preflight('/graphql', SHOP_ORIGIN));
    expect(asked.statusCode).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': SHOP_ORIGIN,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '600',
    });
    const { headers } = await development.app.inject({ ...config, headers: { origin: SHOP_ORIGIN } });
    expect(headers).toMatchObject({
      'access-control-allow-origin': SHOP_ORIGIN,
      'access-control-expose-headers': 'x-request-id, retry-after',
      vary: expect.stringContaining('Origin'),
    });
    for (const answer of [asked.headers, headers]) {
      expect(answer['access-control-allow-credentials']).toBeUndefined();
    }
  });

  test.each([
    'https://evil.example',
    'null',
    'http://shop.example',
    'https://shop.example:8443',
    'https://shop.example.evil.example',
    'https://evil-shop.example',
    'https://SHOP.example',
    'https://shop.example/',
    'https://studio.apollographql.com',
    '*',
  ])('of another origin gets no permission: %s', async (origin) => {
    for (const request of [preflight('/graphql', origin), { ...config, headers: { origin } }]) {
      const { headers } = await development.app.inject(request);
      expect(headers['access-control-allow-origin']).toBeUndefined();
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    }
  });

  test.each(['/api/webhook/stripe/', '/api/webhook/stripe', '/healthz', '/readyz', '/metrics', '/nowhere'])(
    'of any origin gets no permission for %s',
    async (url) => {
      const asked = await development.app.inject(preflight(url, SHOP_ORIGIN));
      expect(asked.statusCode).toBe(404);
      const answered = await development.app.inject({ url, headers: { origin: SHOP_ORIGIN } });
      for (const { headers } of [asked, answered]) expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );
});

describe('What browsers send across sites without asking is rejected:', () => {
  const mutation = encodeURIComponent('mutation { cancelOrder(orderId: "1") { id } }');
  const cases: [string, InjectOptions][] = [
    ['a link', { url: '/graphql?query={paymentConfig{currency}}' }],
    ['a link with a mutation', { url: `/graphql?query=${mutation}` }],
    [
      'a body as text/plain',
      {
        method: 'POST',
        url: '/graphql',
        headers: { 'content-type': 'text/plain' },
        payload: '{"query":"{ __typename }"}',
      },
    ],
    ['a body without a type', { method: 'POST', url: '/graphql', payload: Buffer.from('{"query":"{ __typename }"}') }],
    [
      'a form',
      {
        method: 'POST',
        url: '/graphql',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'query={__typename}',
      },
    ],
    [
      'a file',
      {
        method: 'POST',
        url: '/graphql',
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        payload: '--x--',
      },
    ],
  ];

  test.each(cases)('%s', async (_, request) => {
    const response = await development.app.inject(request);
    expect([400, 415]).toContain(response.statusCode);
    expect(response.json()).not.toHaveProperty('data');
  });

  test('and a link with Apollo’s header, for which a browser asks first, is served', async () => {
    const headers = { 'apollo-require-preflight': 'true' };
    const response = await development.app.inject({ url: '/graphql?query={paymentConfig{currency}}', headers });
    expect(response.json()).toEqual({ data: { paymentConfig: { currency: 'EUR' } } });
  });
});
