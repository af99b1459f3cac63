/** A token that is not good is rejected; it never counts as anonymous. */
import { createHmac, KeyObject, sign } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type CryptoKey, SignJWT } from 'jose';
import { type KeyServer, newProviderKey, type ProviderKey, startKeyServer } from '../../support/key-server.js';
import { startTestApp, type TestApp, testEnvironment } from '../../support/test-app.js';
import { CORPUS_TIME, type Signer, type TokenOutcome, tokenCorpus } from './token-corpus.js';

const OWN_ORDERS = '{ orders { nodes { id } } }';
const OPEN_TO_ALL = '{ paymentConfig { currency } }';
const FOR_STAFF = '{ webhookEvents(first: 1) { nodes { id } } }';

const goodClaims = () => ({
  sub: 'alice',
  iss: testEnvironment.AUTH_ISSUER,
  aud: testEnvironment.AUTH_AUDIENCE,
  exp: Math.floor(Date.now() / 1000) + 30 * 86_400,
});

const encoded = (text: string) => Buffer.from(text).toString('base64url');

/** Puts a token together by hand: a library would refuse to sign most of what attackers send. */
function token(header: object, claims: string, signatureOf: (content: string) => string): string {
  const content = `${encoded(JSON.stringify(header))}.${encoded(claims)}`;
  return `${content}.${signatureOf(content)}`;
}

function secretSigner(secret: string): Signer {
  const signedWith = (key: string) => (content: string) =>
    createHmac('sha256', key).update(content).digest('base64url');
  const header = { alg: 'HS256' };
  return {
    algorithm: 'HS256',
    keyId: 'none',
    publicText: 'secret',
    sign: (claims = {}, other = {}) =>
      token({ ...header, ...other }, JSON.stringify({ ...goodClaims(), ...claims }), signedWith(secret)),
    signText: (text) => token(header, text, signedWith(secret)),
    signWithOtherKey: () =>
      token(header, JSON.stringify(goodClaims()), signedWith('a stranger’s secret of some length')),
  };
}

/** For a key of the algorithm RS256. */
function providerSigner({ id, privateKey, publicJwk }: ProviderKey, stranger: ProviderKey): Signer {
  const signedWith = (key: CryptoKey) => (content: string) =>
    sign('sha256', Buffer.from(content), KeyObject.from(key)).toString('base64url');
  const header = { alg: 'RS256', kid: id };
  return {
    algorithm: 'RS256',
    keyId: id,
    publicText: JSON.stringify(publicJwk),
    sign: (claims = {}, other = {}) =>
      token({ ...header, ...other }, JSON.stringify({ ...goodClaims(), ...claims }), signedWith(privateKey)),
    signText: (text) => token(header, text, signedWith(privateKey)),
    signWithOtherKey: () => token(header, JSON.stringify(goodClaims()), signedWith(stranger.privateKey)),
  };
}

/** Several values are as many headers, which the types do not foresee. */
const headersOf = (authorization: string[]) =>
  (authorization.length > 0 ? { authorization } : {}) as Record<string, string>;

async function post({ app }: TestApp, query: string, authorization: string[]) {
  return app.inject({
    method: 'POST',
    url: '/graphql',
    headers: headersOf(authorization),
    payload: { query },
  });
}

/** What the API takes the bearer of these headers for. */
async function outcomeOf(shop: TestApp, authorization: string[]): Promise<TokenOutcome> {
  const open = await post(shop, OPEN_TO_ALL, authorization);
  if (open.statusCode === 401) {
    expect(open.headers['www-authenticate']).toBe('Bearer realm="comptoir", error="invalid_token"');
    expect(open.json()).not.toHaveProperty('data');
    expect(open.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    return 'rejected';
  }
  expect(open.json()).toEqual({ data: { paymentConfig: { currency: 'EUR' } } });
  if ((await post(shop, OWN_ORDERS, authorization)).json().errors) return 'anonymous';
  return (await post(shop, FOR_STAFF, authorization)).json().errors ? 'buyer' : 'staff';
}

describe.each(['a secret', 'a key set'])('With %s', (way) => {
  let shop: TestApp;
  let signer: Signer;
  let keyServer: KeyServer | undefined;

  beforeAll(async () => {
    if (way === 'a secret') {
      signer = secretSigner(testEnvironment.AUTH_JWT_SECRET);
      shop = await startTestApp();
      return;
    }
    const key = await newProviderKey('key-1');
    signer = providerSigner(key, await newProviderKey('key-1'));
    // Others in the set must not lend themselves to what the token's own key rejects.
    keyServer = await startKeyServer(key, await newProviderKey('key-2', 'ES256'));
    shop = await startTestApp({ AUTH_JWT_SECRET: '', AUTH_JWKS_URL: keyServer.url });
  });
  afterAll(async () => {
    await shop.close();
    await keyServer?.goDown();
  });

  test.each(tokenCorpus)('%s: %s', async (_, outcome, headers) => {
    const authorization = [headers(signer)].flat();
    shop.clock.stopAt(CORPUS_TIME);
    expect(await outcomeOf(shop, authorization)).toBe(outcome);
    const elsewhere = await shop.app.inject({ url: '/nowhere', headers: headersOf(authorization) });
    expect(elsewhere.statusCode).toBe(outcome === 'rejected' ? 401 : 404);
    shop.clock.reset();
  });

  test('A token that was accepted before is rejected once it has expired, or with another signature', async () => {
    const exp = Math.floor(shop.clock.now().getTime() / 1000) + 120;
    const token = signer.sign({ exp });
    const [head, claims, signature = ''] = token.split('.');
    const forged = `${head}.${claims}.${signature.split('').reverse().join('')}`;
    expect(await outcomeOf(shop, [`Bearer ${token}`])).toBe('buyer');
    expect(await outcomeOf(shop, [`Bearer ${forged}`])).toBe('rejected');
    expect(await outcomeOf(shop, [`Bearer ${token}`])).toBe('buyer');
    // The tolerance is a minute.
    shop.clock.advanceMinutes(3.1);
    expect(await outcomeOf(shop, [`Bearer ${token}`])).toBe('rejected');
    shop.clock.reset();
  });

  test('the log says why a token is rejected, and never holds one', async () => {
    const expired = signer.sign({ sub: 'pii-marker', exp: 1 });
    const taken = signer.sign({ sub: 'pii-marker' });
    await outcomeOf(shop, [`Bearer ${expired}`]);
    await outcomeOf(shop, [`Bearer ${taken}`]);
    const log = shop.log.join('');
    expect(log).toContain('"reason":"ERR_JWT_EXPIRED exp"');
    for (const planted of [expired, taken, 'pii-marker']) expect(log).not.toContain(planted);
  });
});

describe('Beyond GraphQL', () => {
  let shop: TestApp;
  beforeAll(async () => {
    shop = await startTestApp();
  });
  afterAll(() => shop.close());

  const get = (url: string) => shop.app.inject({ url, headers: { authorization: 'Bearer nonsense' } });

  test.each(['/graphiql', '/nowhere'])('%s answers a bad token with 401', async (url) => {
    const response = await get(url);
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="comptoir", error="invalid_token"');
    expect(response.json()).toMatchObject({ error: { code: 'UNAUTHENTICATED', requestId: expect.any(String) } });
  });

  test.each(['/healthz', '/readyz', '/metrics'])('%s takes no notice of what a probe sends along', async (url) => {
    expect((await get(url)).statusCode).toBe(200);
  });

  test('two headers are rejected over a real connection too, where the framework sees the first alone', async () => {
    const good = secretSigner(testEnvironment.AUTH_JWT_SECRET).sign();
    const { port } = shop.app.server.address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const path = '/graphql?query=%7BpaymentConfig%7Bcurrency%7D%7D';
      const sent = request({ host: '127.0.0.1', port, path, headers: { 'apollo-require-preflight': 'true' } });
      sent.setHeader('authorization', [`Bearer ${good}`, 'Bearer nonsense']);
      sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      sent.end();
    });
    expect(status).toBe(401);
  });
});

describe('The identity provider', () => {
  let shop: TestApp;
  let keyServer: KeyServer;
  let first: ProviderKey;
  let second: ProviderKey;

  beforeAll(async () => {
    first = await newProviderKey('first');
    second = await newProviderKey('second');
  });
  afterEach(async () => {
    await shop.close();
    await keyServer.goDown();
  });

  async function start(...keys: ProviderKey[]): Promise<void> {
    keyServer = await startKeyServer(...keys);
    shop = await startTestApp({ AUTH_JWT_SECRET: '', AUTH_JWKS_URL: keyServer.url });
  }
  // One token a key: what was accepted once must not be so for ever.
  const tokens = new Map<ProviderKey, string>();

  async function tokenOf(key: ProviderKey): Promise<string> {
    const header = { alg: key.algorithm, kid: key.id };
    const signed = tokens.get(key) ?? (await new SignJWT(goodClaims()).setProtectedHeader(header).sign(key.privateKey));
    tokens.set(key, signed);
    return signed;
  }
  async function outcomeOnKey(key: ProviderKey): Promise<TokenOutcome> {
    return outcomeOf(shop, [`Bearer ${await tokenOf(key)}`]);
  }

  test('rotates: a new key is taken at once, the old one as long as it is published', async () => {
    await start(first);
    expect(await outcomeOnKey(first)).toBe('buyer');
    keyServer.keys.push(second);
    shop.clock.advanceMinutes(1);
    expect(await outcomeOnKey(second)).toBe('buyer');
    expect(await outcomeOnKey(first)).toBe('buyer');
    keyServer.keys.shift();
    shop.clock.advanceMinutes(11);
    expect(await outcomeOnKey(first)).toBe('rejected');
    expect(await outcomeOnKey(second)).toBe('buyer');
  });

  test('is not asked for every token that names an unknown key', async () => {
    await start(first);
    expect(await outcomeOnKey(first)).toBe('buyer');
    await Promise.all(Array.from({ length: 50 }, () => outcomeOnKey(second)));
    expect(keyServer.requests()).toBe(1);
    shop.clock.advanceMinutes(1);
    await Promise.all(Array.from({ length: 50 }, () => outcomeOnKey(second)));
    expect(keyServer.requests()).toBe(2);
  });

  test('is down when the API starts: rejected, and taken soon after it is back', async () => {
    await start(first);
    await keyServer.goDown();
    expect(await outcomeOnKey(first)).toBe('rejected');
    expect(shop.log.join('')).toContain('nobody can sign in');
    await keyServer.comeBack();
    expect(await outcomeOnKey(first)).toBe('rejected');
    shop.clock.advanceMinutes(0.1);
    expect(await outcomeOnKey(first)).toBe('buyer');
  });

  test('goes down later: known keys work for as long as it takes, unknown ones are rejected', async () => {
    await start(first);
    expect(await outcomeOnKey(first)).toBe('buyer');
    await keyServer.goDown();
    for (const minutes of [1, 11, 24 * 60]) {
      shop.clock.advanceMinutes(minutes);
      expect(await outcomeOnKey(first)).toBe('buyer');
      expect(await outcomeOnKey(second)).toBe('rejected');
    }
    expect(shop.log.join('')).toContain('known keys stay in use');
    keyServer.keys.push(second);
    await keyServer.comeBack();
    shop.clock.advanceMinutes(1);
    expect(await outcomeOnKey(second)).toBe('buyer');
  });

  test.each(['error', 'nonsense'] as const)('answers with %s: known keys stay in use', async (answers) => {
    await start(first);
    expect(await outcomeOnKey(first)).toBe('buyer');
    keyServer.answers = answers;
    shop.clock.advanceMinutes(11);
    expect(await outcomeOnKey(first)).toBe('buyer');
  });

  test('does not respond: a token waits for it once, and others signed with known keys do not', async () => {
    const failedFetches = () =>
      shop.log.filter((line) => line.includes('The keys of the identity provider could not be fetched')).length;
    await start(first);
    expect(await outcomeOnKey(first)).toBe('buyer');
    keyServer.answers = 'never';
    shop.clock.advanceMinutes(11);
    expect(await outcomeOnKey(first)).toBe('buyer');
    expect(failedFetches()).toBe(1);
    const waited: boolean[] = [];
    for (let token = 0; token < 5; token += 1) {
      shop.clock.advanceMinutes(11);
      const before = failedFetches();
      expect(await outcomeOnKey(first)).toBe('buyer');
      waited.push(failedFetches() > before);
    }
    // Where the machine halts, the request to the provider may time out; not every time.
    expect(waited).toContain(false);
  });

  test.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('signs with %s', async (algorithm) => {
    const key = await newProviderKey('key', algorithm);
    await start(key);
    expect(await outcomeOnKey(key)).toBe('buyer');
  });

  test('signs with an algorithm that is not expected: rejected, though the key is published', async () => {
    const key = await newProviderKey('key', 'RS384');
    await start(key);
    expect(await outcomeOnKey(key)).toBe('rejected');
  });
});
