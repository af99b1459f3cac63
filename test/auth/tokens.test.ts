/** A token that is not good is refused; it never counts as anonymous. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT, UnsecuredJWT } from 'jose';
import { checkout } from '../support/checkout.js';
import { addProduct } from '../support/shop.js';
import { newBuyer, startTestApp, type TestApp, testEnvironment } from '../support/test-app.js';

const OWN_ORDERS = '{ orders { nodes { id } } }';
const OPEN_TO_ALL = '{ paymentConfig { currency } }';
const secret = new TextEncoder().encode(testEnvironment.AUTH_JWT_SECRET);

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(() => shop.close());

const token = (claims: object = {}, header: JWTHeaderParameters = { alg: 'HS256' }) =>
  new SignJWT({
    sub: 'alice',
    iss: testEnvironment.AUTH_ISSUER,
    aud: testEnvironment.AUTH_AUDIENCE,
    exp: Math.floor(Date.now() / 1000) + 3600,
    ...claims,
  }).setProtectedHeader(header);
const signed = (claims?: object) => token(claims).sign(secret);
const secondsFromNow = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

const good: [string, () => Promise<string>][] = [
  ['signed by us', () => signed()],
  ['expired within the clock tolerance', () => signed({ exp: secondsFromNow(-30) })],
  ['for several audiences, ours among them', () => signed({ aud: ['other', testEnvironment.AUTH_AUDIENCE] })],
];

const bad: [string, () => string | Promise<string>][] = [
  ['of nonsense', () => 'nonsense'],
  ['with the algorithm none', () => new UnsecuredJWT({ sub: 'alice', iss: testEnvironment.AUTH_ISSUER }).encode()],
  ['signed with another secret', () => token().sign(new TextEncoder().encode('x'.repeat(32)))],
  ['expired', () => signed({ exp: secondsFromNow(-120) })],
  ['not valid yet', () => signed({ nbf: secondsFromNow(120) })],
  ['without an end', () => signed({ exp: undefined })],
  ['from another issuer', () => signed({ iss: 'https://evil.example' })],
  ['for another audience', () => signed({ aud: 'other' })],
  ['without a subject', () => signed({ sub: undefined })],
  ['with an empty subject', () => signed({ sub: '' })],
  ['with NUL in its subject', () => signed({ sub: 'a\u0000' })],
  ['with a subject of 256 characters', () => signed({ sub: 'a'.repeat(256) })],
  [
    'whose payload was altered',
    async () => (await signed()).replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`),
  ],
  ['signed with the right secret and another algorithm', () => token({}, { alg: 'HS512' }).sign(secret)],
];

describe('A token', () => {
  test.each(good)('%s is taken', async (_, make) => {
    expect(await shop.graphql(OWN_ORDERS, {}, await make())).toMatchObject({ data: { orders: { nodes: [] } } });
  });

  test.each(bad)('%s is UNAUTHENTICATED, also where anonymous callers may read', async (_, make) => {
    const { status, data, errors } = await shop.graphql(OPEN_TO_ALL, {}, await make());
    expect(status).toBe(401);
    expect(data).toBeUndefined();
    expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  test.each(['Basic YTpi', 'Bearer', 'bearer  ', 'Token abc'])(
    'in the header %j is UNAUTHENTICATED',
    async (header) => {
      const response = await shop.app.inject({
        method: 'POST',
        url: '/graphql',
        headers: { authorization: header },
        payload: { query: OPEN_TO_ALL },
      });
      expect(response.statusCode).toBe(401);
    },
  );

  test('never appears in the log', async () => {
    const secretToken = await signed({ sub: 'canary' });
    await shop.graphql(OWN_ORDERS, {}, secretToken);
    expect(shop.log.join('')).not.toContain(secretToken);
  });
});

test.each([
  ['staff', ['staff'], true],
  ['staff among others', ['editor', 'staff'], true],
  ['another role', ['admin'], false],
  ['text instead of a list', 'staff', false],
  ['a longer text', 'nostaff', false],
  ['nothing', undefined, false],
])('Roles that are %s make staff: %j → %s', async (_, roles, isStaff) => {
  const buyer = await newBuyer();
  const { order } = await checkout(shop, buyer, [{ id: await addProduct(shop.orm), type: 'PRODUCT' }]);
  const query = 'query ($id: ID!) { order(id: $id) { id } }';
  const { data } = await shop.graphql(query, { id: order.id }, await signed({ sub: 'someone-else', roles }));
  expect(data).toEqual({ order: isStaff ? { id: order.id } : null });
});

test('With a key set, tokens of the identity provider are taken, and those of a shared secret are not', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' };
  const server = await serve(JSON.stringify({ keys: [publicJwk] }));
  const { port } = server.address() as AddressInfo;
  const other = await startTestApp({ AUTH_JWT_SECRET: '', AUTH_JWKS_URL: `http://127.0.0.1:${port}/keys` });
  try {
    const provided = await token({}, { alg: 'RS256', kid: 'key-1' }).sign(privateKey);
    expect((await other.graphql(OWN_ORDERS, {}, provided)).data).toEqual({ orders: { nodes: [] } });
    // The public key used as a shared secret: the classic confusion of algorithms.
    const confused = await token().sign(new TextEncoder().encode(JSON.stringify(publicJwk)));
    expect((await other.graphql(OWN_ORDERS, {}, confused)).status).toBe(401);
    expect((await other.graphql(OWN_ORDERS, {}, await signed())).status).toBe(401);
  } finally {
    await other.close();
    server.close();
  }
});

async function serve(body: string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
