/** The configuration: everything that is wrong, in one message. */
import { describe, expect, test } from '@jest/globals';
import { ConfigError, demoSecrets, loadConfig, simulatorSecrets } from '../src/config.js';
import { productionEnvironment, testEnvironment } from './support/test-app.js';

const good = {
  ...testEnvironment,
  ...productionEnvironment,
  DATABASE_URL: 'postgresql://comptoir@db.example/comptoir',
};

function problemsOf(environment: Record<string, string | undefined>): string[] {
  try {
    loadConfig({ ...good, ...environment });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test('What is not set has the defaults of the contract', () => {
  expect(loadConfig({ ...good, NODE_ENV: '', CHECKOUT_RETURN_ORIGINS: '', SHOP_TIMEZONE: '' })).toMatchObject({
    production: false,
    host: '127.0.0.1',
    port: 4000,
    stripe: { apiUrl: null, livemode: false },
    checkout: { returnOrigins: ['http://localhost:3000', 'http://127.0.0.1:4000'], holdMinutes: 35 },
    corsOrigins: ['http://localhost:3000', 'http://127.0.0.1:4000', 'https://studio.apollographql.com'],
    shop: { currency: 'EUR', timeZone: 'Europe/Paris' },
  });
});

test('In production, pages of the shop’s own origins alone may call the API', () => {
  expect(loadConfig(good).corsOrigins).toEqual(['https://shop.example']);
});

test('Proxies are trusted by their number or by their addresses, and none is by default', () => {
  const trusted = (TRUST_PROXY: string) => loadConfig({ ...good, TRUST_PROXY }).trustProxy;
  expect(trusted('')).toBeNull();
  expect(trusted('2')).toEqual({ hops: 2 });
  expect(trusted('10.0.0.0/8, ::1')).toEqual({ addresses: ['10.0.0.0/8', '::1'] });
});

test('An empty environment is rejected with everything that is missing at once', () => {
  expect(() => loadConfig({})).toThrow(
    /DATABASE_URL is missing[\s\S]*STRIPE_SECRET_KEY is missing[\s\S]*STRIPE_PUBLIC_KEY[\s\S]*STRIPE_WEBHOOK_SECRET[\s\S]*AUTH_ISSUER[\s\S]*AUTH_AUDIENCE[\s\S]*AUTH_JWT_SECRET or AUTH_JWKS_URL/,
  );
});

const databaseWith = (parameters: string) => ({ DATABASE_URL: `postgresql://shop@db/shop?${parameters}` });
const liveKeys = { STRIPE_SECRET_KEY: 'sk_live_0123456789', STRIPE_PUBLIC_KEY: 'pk_live_0123456789' };

describe('Rejected everywhere:', () => {
  const cases: [string, Record<string, string>, RegExp][] = [
    ['a port out of range', { PORT: '70000' }, /^PORT /],
    ['a port that is no number', { PORT: 'http' }, /^PORT /],
    ['another database', { DATABASE_URL: 'mysql://x' }, /^DATABASE_URL /],
    [
      'a parameter that nobody honours',
      databaseWith('target_session_attrs=any'),
      /^DATABASE_URL .*target_session_attrs/,
    ],
    ['limits that would not be kept', databaseWith('statement_timeout=1'), /^DATABASE_URL .*statement_timeout/],
    ['TLS where it happens to work', databaseWith('sslmode=allow'), /^DATABASE_URL has a sslmode that is not/],
    ['an authority that is not there', databaseWith('sslrootcert=/none'), /^DATABASE_URL names a file in sslrootcert/],
    ['no patience at all', databaseWith('connect_timeout=0'), /^DATABASE_URL has a connect_timeout/],
    ['several hosts', databaseWith('host=one,two'), /^DATABASE_URL names several hosts/],
    ['an empty secret key', { STRIPE_SECRET_KEY: ' ' }, /^STRIPE_SECRET_KEY is missing/],
    ['a public key for the secret one', { STRIPE_SECRET_KEY: 'pk_test_0123456789' }, /^STRIPE_SECRET_KEY must be/],
    ['a secret key for the public one', { STRIPE_PUBLIC_KEY: 'sk_test_0123456789' }, /^STRIPE_PUBLIC_KEY must be/],
    ['a key with nothing behind its prefix', { STRIPE_SECRET_KEY: 'sk_test_' }, /^STRIPE_SECRET_KEY must be/],
    [
      'a live secret key, a test public key',
      { STRIPE_SECRET_KEY: 'sk_live_0123456789' },
      /^STRIPE_PUBLIC_KEY is a test/,
    ],
    [
      'a live restricted key, a test public key',
      { STRIPE_SECRET_KEY: 'rk_live_0123456789' },
      /^STRIPE_PUBLIC_KEY is a t/,
    ],
    [
      'a test secret key, a live public key',
      { STRIPE_PUBLIC_KEY: 'pk_live_0123456789' },
      /^STRIPE_PUBLIC_KEY is a live/,
    ],
    [
      'another Stripe with live keys',
      { ...liveKeys, STRIPE_API_URL: 'https://stripe.example' },
      /^STRIPE_API_URL is rejected/,
    ],
    ['another Stripe that is no URL', { STRIPE_API_URL: 'localhost:12111' }, /^STRIPE_API_URL must be/],
    ['an empty webhook secret', { STRIPE_WEBHOOK_SECRET: '' }, /^STRIPE_WEBHOOK_SECRET is missing/],
    ['an empty one among good ones', { STRIPE_WEBHOOK_SECRET: 'whsec_1234567890,whsec_' }, /^STRIPE_WEBHOOK_SECRET /],
    ['a short webhook secret', { STRIPE_WEBHOOK_SECRET: 'whsec_123456789' }, /^STRIPE_WEBHOOK_SECRET must be/],
    ['only commas for webhook secrets', { STRIPE_WEBHOOK_SECRET: ',,' }, /^STRIPE_WEBHOOK_SECRET /],
    ['a short token secret', { AUTH_JWT_SECRET: 'short' }, /^AUTH_JWT_SECRET must have at least 32 bytes/],
    ['a token secret of 31 bytes', { AUTH_JWT_SECRET: 'abcdefghijklmnopqrstuvwxyz01234' }, /at least 32 bytes/],
    ['two ways to verify tokens', { AUTH_JWKS_URL: 'https://id.example/keys' }, /are both set/],
    ['no way to verify tokens', { AUTH_JWT_SECRET: '' }, /is missing: set one/],
    ['an origin with a path', { CHECKOUT_RETURN_ORIGINS: 'https://shop.example/' }, /^CHECKOUT_RETURN_ORIGINS holds/],
    ['an origin with a password', { CORS_ORIGINS: 'https://me:pass@shop.example' }, /^CORS_ORIGINS holds, in place 1/],
    ['an origin that is anywhere', { CORS_ORIGINS: '*' }, /^CORS_ORIGINS holds/],
    ['an origin of nowhere', { CORS_ORIGINS: 'null' }, /^CORS_ORIGINS holds/],
    ['only commas for return origins', { CHECKOUT_RETURN_ORIGINS: ',' }, /^CHECKOUT_RETURN_ORIGINS names no origin/],
    ['only commas for webhook addresses', { WEBHOOK_ALLOWED_ADDRESSES: ',' }, /^WEBHOOK_ALLOWED_ADDRESSES names no/],
    ['a name for a webhook address', { WEBHOOK_ALLOWED_ADDRESSES: 'stripe.com' }, /^WEBHOOK_ALLOWED_ADDRESSES holds/],
    ['a range beyond IPv4', { WEBHOOK_ALLOWED_ADDRESSES: '3.18.12.63/33' }, /^WEBHOOK_ALLOWED_ADDRESSES holds/],
    ['a range without a length', { WEBHOOK_ALLOWED_ADDRESSES: '3.18.12.0/' }, /^WEBHOOK_ALLOWED_ADDRESSES holds/],
    ['a name of two lines', { SHOP_NAME: 'Bikes\nand more' }, /^SHOP_NAME must be one line/],
    ['a name without end', { SHOP_NAME: 'x'.repeat(101) }, /^SHOP_NAME must have at most 100/],
    ['a version that is a text', { SHOP_TERMS_VERSION: 'x'.repeat(51) }, /^SHOP_TERMS_VERSION must have at most 50/],
    ['no currency', { SHOP_CURRENCY: 'EURO' }, /^SHOP_CURRENCY /],
    ['no time zone', { SHOP_TIMEZONE: 'Paris' }, /^SHOP_TIMEZONE /],
    ['a hold below Stripe’s shortest session', { CHECKOUT_HOLD_MINUTES: '34' }, /^CHECKOUT_HOLD_MINUTES /],
    ['a hold above Stripe’s longest session', { CHECKOUT_HOLD_MINUTES: '1431' }, /^CHECKOUT_HOLD_MINUTES /],
    ['any proxy', { TRUST_PROXY: 'true' }, /^TRUST_PROXY must not be "true": any client could then claim any address/],
    ['any proxy among others', { TRUST_PROXY: '10.0.0.1,true' }, /^TRUST_PROXY must not be "true"/],
    ['no proxy for a proxy', { TRUST_PROXY: '0' }, /^TRUST_PROXY holds "0"/],
    ['a host name for a proxy', { TRUST_PROXY: 'proxy.example' }, /^TRUST_PROXY holds "proxy.example"/],
    ['a network that is too narrow', { TRUST_PROXY: '10.0.0.0/33' }, /^TRUST_PROXY holds "10.0.0.0\/33"/],
    ['the network of everybody', { TRUST_PROXY: '0.0.0.0/0' }, /^TRUST_PROXY holds/],
    [
      'the network of half of everybody',
      { TRUST_PROXY: '10.0.0.0/8,128.0.0.0/1' },
      /^TRUST_PROXY holds "128.0.0.0\/1"/,
    ],
    [
      'a token secret that everybody knows, open to others',
      { AUTH_JWT_SECRET: demoSecrets.AUTH_JWT_SECRET, HOST: '0.0.0.0', NODE_ENV: 'development' },
      /^AUTH_JWT_SECRET is the one of the demo, which everybody knows: set another, or leave HOST unset/,
    ],
    ['only commas for proxies', { TRUST_PROXY: ',' }, /^TRUST_PROXY holds ""/],
    ['a short token for the metrics', { METRICS_TOKEN: 'short' }, /^METRICS_TOKEN must have at least 32/],
    ['rate limits that are neither on nor off', { RATE_LIMIT: 'no' }, /^RATE_LIMIT must be on or off/],
    ['counters in no Redis', { REDIS_URL: 'http://localhost:6379' }, /^REDIS_URL must/],
  ];

  test.each(cases)('%s', (_, environment, problem) => {
    expect(problemsOf(environment)).toEqual([expect.stringMatching(problem)]);
  });

  test('a fail point that there is not', () => {
    expect(problemsOf({ NODE_ENV: 'test', FAIL_POINTS: 'webhook: comitted@2' })).toEqual([
      expect.stringMatching(/^FAIL_POINTS names "webhook: comitted@2"/),
    ]);
  });
});

describe('Rejected in production, and fine elsewhere:', () => {
  const cases: [string, Record<string, string | undefined>, RegExp][] = [
    ['no return origins', { CHECKOUT_RETURN_ORIGINS: '' }, /^CHECKOUT_RETURN_ORIGINS is missing/],
    [
      'the token secret of the demo',
      { AUTH_JWT_SECRET: demoSecrets.AUTH_JWT_SECRET },
      /^AUTH_JWT_SECRET .* of the demo/,
    ],
    ['the issuer of the demo', { AUTH_ISSUER: demoSecrets.AUTH_ISSUER }, /^AUTH_ISSUER is the one of the demo/],
    ['the demo’s key', { STRIPE_SECRET_KEY: simulatorSecrets.STRIPE_SECRET_KEY }, /^STRIPE_SECRET_KEY .* of the demo/],
    [
      'the demo’s public key',
      { STRIPE_PUBLIC_KEY: simulatorSecrets.STRIPE_PUBLIC_KEY },
      /^STRIPE_PUBLIC_KEY .* the demo/,
    ],
    [
      'the demo’s webhook secret beside another',
      { STRIPE_WEBHOOK_SECRET: `whsec_0123456789, ${simulatorSecrets.STRIPE_WEBHOOK_SECRET}` },
      /^STRIPE_WEBHOOK_SECRET is the one of the demo/,
    ],
    ['a token secret of one character', { AUTH_JWT_SECRET: 'x'.repeat(64) }, /^AUTH_JWT_SECRET repeats/],
    [
      'a token secret of two words',
      { AUTH_JWT_SECRET: 'change-me-change-me-change-me-change-me' },
      /^AUTH_JWT_SECRET repeats/,
    ],
    ['a guessable token for metrics', { METRICS_TOKEN: '0123456789'.repeat(4) }, /^METRICS_TOKEN repeats/],
    ['a token secret of one word', { AUTH_JWT_SECRET: 'secret'.repeat(8) }, /^AUTH_JWT_SECRET repeats/],
    ['a key that was cut off', { STRIPE_SECRET_KEY: 'sk_test_012345678' }, /^STRIPE_SECRET_KEY is too short/],
    ['a public key that was cut off', { STRIPE_PUBLIC_KEY: 'pk_test_012345678' }, /^STRIPE_PUBLIC_KEY is too short/],
    [
      'an http return origin',
      { CHECKOUT_RETURN_ORIGINS: 'http://shop.example' },
      /^CHECKOUT_RETURN_ORIGINS must be https/,
    ],
    [
      'an http origin among others',
      { CORS_ORIGINS: 'https://a.example, http://b.example' },
      /^CORS_ORIGINS must be https/,
    ],
    ['a host that only looks local', { CORS_ORIGINS: 'http://localhost.example' }, /^CORS_ORIGINS must be https/],
    [
      'keys of the identity provider by http',
      { AUTH_JWT_SECRET: undefined, AUTH_JWKS_URL: 'http://id.example/keys' },
      /^AUTH_JWKS_URL must be https/,
    ],
    ['no rate limits', { RATE_LIMIT: 'off' }, /^RATE_LIMIT=off is rejected in production/],
  ];

  test.each(cases)('%s', (_, environment, problem) => {
    expect(problemsOf(environment)).toEqual([expect.stringMatching(problem)]);
    expect(problemsOf({ ...environment, NODE_ENV: 'development' })).toEqual([]);
  });
});

describe('With live keys', () => {
  test('production starts', () => {
    expect(problemsOf(liveKeys)).toEqual([]);
    expect(loadConfig({ ...good, ...liveKeys }).stripe.livemode).toBe(true);
  });

  test('nothing but production does: explorers and public secrets do not go with real money', () => {
    expect(problemsOf({ ...liveKeys, NODE_ENV: 'development' })).toEqual([
      expect.stringMatching(/^STRIPE_SECRET_KEY is a live key/),
    ]);
  });

  test('not even the machine itself is reached by http, which is fine for trying a production build out', () => {
    const local = { CHECKOUT_RETURN_ORIGINS: 'http://localhost:3000', CORS_ORIGINS: 'http://127.0.0.1:3000' };
    expect(problemsOf(local)).toEqual([]);
    expect(problemsOf({ ...local, ...liveKeys })).toEqual([
      expect.stringMatching(/^CHECKOUT_RETURN_ORIGINS must be https/),
      expect.stringMatching(/^CORS_ORIGINS must be https/),
    ]);
  });
});

test('No message repeats a value that may be a secret', () => {
  const secrets = {
    DATABASE_URL: 'mysql://planted-1',
    STRIPE_SECRET_KEY: 'sk-planted-2',
    STRIPE_PUBLIC_KEY: 'planted-3',
    STRIPE_WEBHOOK_SECRET: 'planted-4',
    STRIPE_API_URL: 'planted-5',
    AUTH_JWT_SECRET: 'planted-6',
    AUTH_JWKS_URL: 'ftp://planted-7',
    CHECKOUT_RETURN_ORIGINS: 'https://me:planted-8@shop.example',
    CORS_ORIGINS: 'https://me:planted-9@shop.example',
  };
  expect(() => loadConfig({ ...good, ...secrets })).toThrow(ConfigError);
  const problems = problemsOf(secrets);
  for (const name of Object.keys(secrets)) expect(problems.join()).toContain(name);
  expect(problems.join()).not.toContain('planted');
});
