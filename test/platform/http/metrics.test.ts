/** Who may read the metrics, and with that, which client the API takes a request to come from. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { productionEnvironment, startTestApp, type TestApp } from '../../support/test-app.js';

const TOKEN = 'a-token-of-the-operator-0123456789';

let shop: TestApp;
afterEach(() => shop.close());

interface Caller {
  from?: string;
  authorization?: string;
  forwardedFor?: string;
}

async function statusFor({ from = '127.0.0.1', authorization, forwardedFor }: Caller): Promise<number> {
  const { statusCode } = await shop.app.inject({
    url: '/metrics',
    remoteAddress: from,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }),
    },
  });
  return statusCode;
}

describe('Without a token', () => {
  test('nobody reads them in production, not even from the same machine, where the proxy may be', async () => {
    shop = await startTestApp(productionEnvironment);
    expect(await statusFor({})).toBe(404);
    // As from any path that nothing answers: a token that cannot be verified is rejected first.
    expect(await statusFor({ authorization: 'Bearer ' })).toBe(401);
    expect(await statusFor({ authorization: 'Bearer null' })).toBe(401);
  });

  test('elsewhere this machine alone does, and no header makes another one it', async () => {
    shop = await startTestApp();
    for (const from of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) {
      expect(await statusFor({ from })).toBe(200);
    }
    for (const from of ['10.0.0.7', '203.0.113.9', '::ffff:203.0.113.9', '2001:db8::1']) {
      expect(await statusFor({ from })).toBe(404);
      expect(await statusFor({ from, forwardedFor: '127.0.0.1' })).toBe(404);
    }
  });
});

test('With a token, callers that send it read the metrics from anywhere, and nobody else does', async () => {
  shop = await startTestApp({ ...productionEnvironment, METRICS_TOKEN: TOKEN });
  expect(await statusFor({ from: '203.0.113.9', authorization: `Bearer ${TOKEN}` })).toBe(200);
  for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, TOKEN, `Basic ${TOKEN}`]) {
    expect(await statusFor({ authorization })).toBe(401);
  }
  const { headers, body } = await shop.app.inject('/metrics');
  expect(headers['www-authenticate']).toBe('Bearer');
  expect(JSON.parse(body)).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
});

describe('A request comes from', () => {
  test('its sender, whatever it says, where no proxy is trusted', async () => {
    shop = await startTestApp();
    expect(await statusFor({ forwardedFor: '203.0.113.9' })).toBe(200);
  });

  test('the address that the one proxy names, where one is trusted; the client’s own claim is left of it', async () => {
    shop = await startTestApp({ TRUST_PROXY: '1' });
    expect(await statusFor({ from: '10.0.0.7', forwardedFor: '127.0.0.1' })).toBe(200);
    expect(await statusFor({ from: '10.0.0.7', forwardedFor: '127.0.0.1, 203.0.113.9' })).toBe(404);
  });

  test('the address that the second proxy from here names, where two are trusted', async () => {
    shop = await startTestApp({ TRUST_PROXY: '2' });
    expect(await statusFor({ from: '10.0.0.7', forwardedFor: '127.0.0.1, 203.0.113.9' })).toBe(200);
    expect(await statusFor({ from: '10.0.0.7', forwardedFor: '127.0.0.1, 203.0.113.9, 10.0.0.8' })).toBe(404);
  });

  test('the address that the proxies of the trusted networks name, and no other', async () => {
    shop = await startTestApp({ TRUST_PROXY: '10.0.0.0/8, 2001:db8::1' });
    expect(await statusFor({ from: '10.0.0.7', forwardedFor: '127.0.0.1' })).toBe(200);
    expect(await statusFor({ from: '2001:db8::1', forwardedFor: '127.0.0.1, 10.1.2.3' })).toBe(200);
    expect(await statusFor({ from: '10.0.0.7', forwardedFor: '127.0.0.1, 203.0.113.9' })).toBe(404);
    expect(await statusFor({ from: '203.0.113.9', forwardedFor: '127.0.0.1' })).toBe(404);
  });
});
