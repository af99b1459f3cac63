/** GraphQL over HTTP as its specification has it, by the audits of the people who wrote it. */

import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { startTestApp, type TestApp } from '../../support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(() => shop.close());

const audits = serverAudits({
  url: () => `http://127.0.0.1:${(shop.app.server.address() as AddressInfo).port}/graphql`,
  // What a page of another origin could not send without asking first.
  fetchFn: (url: string, options: RequestInit = {}) =>
    fetch(url, { ...options, headers: { ...options.headers, 'apollo-require-preflight': 'true' } }),
});

test('there are 61 audits', () => expect(audits).toHaveLength(61));

test.each(audits)('$id: $name', async ({ fn }) => {
  const { status, ...result } = await fn();
  const reason = 'reason' in result ? result.reason : '';
  expect(`${status} ${reason}`).toBe('ok ');
});
