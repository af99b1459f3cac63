/** The configuration: everything that is wrong, in one message. */
import { describe, expect, test } from '@jest/globals';
import { ConfigError, DEMO_JWT_SECRET, loadConfig } from '../src/config.js';
import { testEnvironment } from './support/test-app.js';

const good = {
  ...testEnvironment,
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://comptoir@db.example/comptoir',
  CHECKOUT_RETURN_ORIGINS: 'https://shop.example',
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
  expect(loadConfig({ ...good, NODE_ENV: '', CHECKOUT_RETURN_ORIGINS: '' })).toMatchObject({
    production: false,
    host: '127.0.0.1',
    port: 4000,
    stripe: { apiUrl: null, livemode: false },
    checkout: { returnOrigins: ['http://localhost:3000'], holdMinutes: 35 },
    corsOrigins: ['http://localhost:3000', 'https://studio.apollographql.com'],
    shop: { currency: 'EUR', timeZone: 'Europe/Paris' },
  });
});

test('In production, pages of the shop’s own origins alone may call the API', () => {
  expect(loadConfig(good).corsOrigins).toEqual(['https://shop.example']);
});

test('An empty environment is told everything that is missing at once', () => {
  expect(() => loadConfig({})).toThrow(
    /DATABASE_URL is missing[\s\S]*STRIPE_SECRET_KEY is missing[\s\S]*STRIPE_PUBLIC_KEY[\s\S]*STRIPE_WEBHOOK_SECRET[\s\S]*AUTH_ISSUER[\s\S]*AUTH_AUDIENCE[\s\S]*AUTH_JWT_SECRET or AUTH_JWKS_URL/,
  );
});

describe('Refused:', () => {
  const cases: [string, Record<string, string>, RegExp][] = [
    ['a port out of range', { PORT: '70000' }, /^PORT /],
    ['a port that is no number', { PORT: 'http' }, /^PORT /],
    ['another database', { DATABASE_URL: 'mysql://x' }, /^DATABASE_URL /],
    ['no secret key', { STRIPE_SECRET_KEY: 'pk_test_x' }, /^STRIPE_SECRET_KEY /],
    ['keys of two modes', { STRIPE_SECRET_KEY: 'sk_live_x' }, /^STRIPE_PUBLIC_KEY is a test key/],
    [
      'an empty webhook secret among good ones',
      { STRIPE_WEBHOOK_SECRET: 'whsec_12345678,whsec_' },
      /^STRIPE_WEBHOOK_SECRET /,
    ],
    ['only commas for webhook secrets', { STRIPE_WEBHOOK_SECRET: ',,' }, /^STRIPE_WEBHOOK_SECRET /],
    ['a short token secret', { AUTH_JWT_SECRET: 'short' }, /^AUTH_JWT_SECRET must have at least 32 bytes/],
    ['two ways to verify tokens', { AUTH_JWKS_URL: 'https://id.example/keys' }, /are both set/],
    ['no way to verify tokens', { AUTH_JWT_SECRET: '' }, /is missing: set one/],
    ['the secret of the demo', { AUTH_JWT_SECRET: DEMO_JWT_SECRET }, /the one of the demo/],
    ['an origin with a path', { CHECKOUT_RETURN_ORIGINS: 'https://shop.example/' }, /^CHECKOUT_RETURN_ORIGINS holds/],
    ['only commas for return origins', { CHECKOUT_RETURN_ORIGINS: ',' }, /^CHECKOUT_RETURN_ORIGINS names no origin/],
    ['no return origins', { CHECKOUT_RETURN_ORIGINS: '' }, /^CHECKOUT_RETURN_ORIGINS is missing/],
    ['no currency', { SHOP_CURRENCY: 'EURO' }, /^SHOP_CURRENCY /],
    ['no time zone', { SHOP_TIMEZONE: 'Paris' }, /^SHOP_TIMEZONE /],
    ['a hold below Stripe’s shortest session', { CHECKOUT_HOLD_MINUTES: '34' }, /^CHECKOUT_HOLD_MINUTES /],
    ['a hold above Stripe’s longest session', { CHECKOUT_HOLD_MINUTES: '1431' }, /^CHECKOUT_HOLD_MINUTES /],
    [
      'a fail point that there is not',
      { NODE_ENV: 'test', FAIL_POINTS: 'webhook: comitted@2' },
      /^FAIL_POINTS names "webhook: comitted@2"/,
    ],
  ];

  test.each(cases)('%s', (_, environment, problem) => {
    expect(problemsOf(environment)).toEqual([expect.stringMatching(problem)]);
  });

  test('another Stripe with live keys', () => {
    const live = { STRIPE_SECRET_KEY: 'sk_live_x', STRIPE_PUBLIC_KEY: 'pk_live_x' };
    expect(problemsOf({ ...live, STRIPE_API_URL: 'http://127.0.0.1:12111' })).toEqual([
      expect.stringMatching(/^STRIPE_API_URL is refused/),
    ]);
    expect(problemsOf(live)).toEqual([]);
  });

  test('fail points in production, where nothing may make a process kill itself', () => {
    const environment = { CHECKOUT_RETURN_ORIGINS: 'https://shop.example', FAIL_POINTS: 'webhook: committed' };
    expect(problemsOf({ ...environment, NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(/^FAIL_POINTS is refused in production/),
    ]);
    expect(problemsOf({ ...environment, NODE_ENV: 'test' })).toEqual([]);
  });

  test('and no message repeats a secret', () => {
    const problems = problemsOf({
      STRIPE_SECRET_KEY: 'sk-secret-typo',
      STRIPE_WEBHOOK_SECRET: 'secret',
      AUTH_JWT_SECRET: 'secret',
    });
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toMatch(/sk-secret|'secret|"secret/);
  });
});
