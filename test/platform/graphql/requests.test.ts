/** What the GraphQL endpoint takes, rejects and gives away. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addProduct } from '../../support/shop.js';
import { newBuyer, productionEnvironment, startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;
let production: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
  production = await startTestApp(productionEnvironment);
});
afterAll(async () => {
  await shop.close();
  await production.close();
});

const INTROSPECTION = '{ __schema { queryType { name } } }';

describe('Outside production', () => {
  test('developers introspect, and find two explorers', async () => {
    expect((await shop.graphql(INTROSPECTION)).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    const sandbox = await shop.app.inject({ url: '/graphql', headers: { accept: 'text/html' } });
    expect(sandbox.body).toContain('sandbox');
    const graphiql = await shop.app.inject({ url: '/graphiql' });
    expect(graphiql.headers['content-type']).toContain('text/html');
    expect(graphiql.body).not.toMatch(/<script[^>]+src="https?:/);
  });
});

describe('In production', () => {
  test('there is no introspection, no explorer, and no suggestion of field names', async () => {
    expect((await production.graphql(INTROSPECTION)).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await production.app.inject({ url: '/graphiql' })).statusCode).toBe(404);
    expect((await production.app.inject({ url: '/graphql', headers: { accept: 'text/html' } })).body).not.toContain(
      'sandbox',
    );
    const { errors } = await production.graphql('{ paymentConfi { currency } }');
    expect(errors?.[0]?.message).not.toContain('paymentConfig');
  });
});

describe('An error that is ours', () => {
  test('is masked, and carries the id that finds it in the log', async () => {
    const buyer = await newBuyer();
    await shop.orm.em.fork().execute('alter table orders rename to orders_gone');
    try {
      const { errors } = await shop.graphql('{ orders { nodes { id } } }', {}, buyer.token);
      expect(errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
      expect(JSON.stringify(errors)).not.toMatch(/orders_gone|select|relation|stack/i);
      const logged = shop.log.find((line) => line.includes('Resolver failed'));
      expect(logged).toContain(`"reqId":"${errors?.[0]?.extensions.requestId}"`);
      expect(logged).not.toContain(buyer.id);
    } finally {
      await shop.orm.em.fork().execute('alter table orders_gone rename to orders');
    }
  });

  test('is masked and logged as well where no operation has begun', async () => {
    const broken = await startTestApp();
    const fork = broken.orm.em.fork;
    try {
      broken.orm.em.fork = () => {
        throw new Error('Everything is gone.');
      };
      const { status, errors } = await broken.graphql('{ paymentConfig { currency } }');
      expect(status).toBe(500);
      expect(errors).toEqual([
        {
          message: expect.not.stringContaining('gone'),
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
        },
      ]);
      const logged = broken.log.find((line) => line.includes('Request context could not be created'));
      expect(logged).toContain(`"reqId":"${errors?.[0]?.extensions.requestId}"`);
      expect(logged).toContain('Everything is gone.');
    } finally {
      broken.orm.em.fork = fork;
      await broken.close();
    }
  });
});

test('The log holds no query string, where a GET puts what people typed', async () => {
  await shop.app.inject({ url: '/graphql?query={catalogueItem(type:PRODUCT,id:"planted-secret"){id}}' });
  expect((await shop.app.inject({ url: '/nowhere?q=planted-secret' })).json()).toMatchObject({
    error: { code: 'NOT_FOUND' },
  });
  expect(shop.log.join('')).toContain('"path":"/graphql"');
  expect(shop.log.join('')).not.toContain('planted-secret');
});

describe('Rejected', () => {
  test('a simple cross-site request, which browsers send without asking', async () => {
    const response = await shop.app.inject({
      url: '/graphql?query={paymentConfig{currency}}',
      headers: { 'content-type': 'text/plain' },
    });
    expect(response.statusCode).toBe(400);
  });

  test('a document of three thousand fields', async () => {
    const query = `{ ${Array.from({ length: 3_000 }, (_, index) => `a${index}: __typename`).join(' ')} }`;
    expect((await shop.graphql(query)).errors?.[0]?.extensions.code).toMatch(/GRAPHQL_(PARSE|VALIDATION)_FAILED/);
  });

  test('a body over 100 KB, with 413', async () => {
    const response = await shop.app.inject({
      method: 'POST',
      url: '/graphql',
      payload: { query: 'x'.repeat(200_000) },
    });
    expect(response.statusCode).toBe(413);
  });

  test('a list of sixty items that are none, each of them the caller’s mistake', async () => {
    const query = 'query ($items: [CheckoutItemInput!]!) { quote(items: $items) { isAvailable } }';
    const { errors } = await shop.graphql(query, { items: Array.from({ length: 60 }, () => 1) });
    expect(errors?.length).toBeGreaterThan(50);
    expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(shop.log.join('')).not.toContain('Too many errors');
  });

  test('a locale that is none, naming the argument', async () => {
    const query = '{ catalogue { nodes { ... on Product { price { formatted(locale: "not a locale") } } } } }';
    await addProduct(shop.orm);
    const { errors } = await shop.graphql(query);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: { locale: expect.any(String) } });
  });

  test('a page of another origin: it gets no permission to read the answer', async () => {
    const preflight = (origin: string) =>
      shop.app.inject({
        method: 'OPTIONS',
        url: '/graphql',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });
    const own = await preflight('http://localhost:3000');
    expect(own.headers['access-control-allow-origin']).toBe('http://localhost:3000');
    const foreign = await preflight('https://evil.example');
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
  });
});
