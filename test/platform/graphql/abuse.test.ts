/**
 * Abuse is rejected before anything of it runs, while others are served; how fast, `npm run bench -- limits` prints.
 */
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newBuyer, productionEnvironment, startTestApp, type TestApp } from '../../support/test-app.js';
import { abuseRequests } from './abuse-documents.js';

let shop: TestApp;
let url: string;
let token: string;

beforeAll(async () => {
  shop = await startTestApp(productionEnvironment);
  url = `http://127.0.0.1:${(shop.app.server.address() as AddressInfo).port}/graphql`;
  ({ token } = await newBuyer());
});
afterAll(() => shop.close());

async function send(request: RequestInit & { search?: string }): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}${request.search ?? ''}`, request);
  return { status: response.status, text: await response.text() };
}

test.each(abuseRequests)('%s', async (_, request) => {
  const headers = { ...request.headers, authorization: `Bearer ${token}` };
  const honest = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{paymentConfig{currency}}"}',
  };
  const [abuse, served] = await Promise.all([send({ ...request, headers }), send(honest)]);
  expect(served).toEqual({ status: 200, text: '{"data":{"paymentConfig":{"currency":"EUR"}}}\n' });
  expect(abuse.status).toBeLessThan(500);
  const { data, error, errors = [error] } = JSON.parse(abuse.text);
  expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
  expect(errors.length).toBeGreaterThan(0);
  for (const { code, extensions } of errors) expect(extensions?.code ?? code).not.toBe('INTERNAL_SERVER_ERROR');
  expect(abuse.text).not.toContain('Did you mean');
  // It repeats a name at most, and does not make much of little.
  expect(abuse.text.length).toBeLessThan(20_000 + (request.body?.length ?? 0));
});
