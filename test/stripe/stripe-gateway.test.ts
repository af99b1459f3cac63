/** The gateway finds the session of an order among all the others. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.js';
import { StripeGateway } from '../../src/stripe/stripe-gateway.js';
import { type StripeSimulator, startStripeSimulator } from '../../src/stripe-simulator/simulator.js';
import { testEnvironment } from '../support/test-app.js';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let simulator: StripeSimulator;
let gateway: StripeGateway;

beforeAll(async () => {
  simulator = await startStripeSimulator();
  const { stripe } = loadConfig({
    ...testEnvironment,
    DATABASE_URL: 'postgresql://127.0.0.1/unused',
    STRIPE_API_URL: simulator.url,
  });
  gateway = new StripeGateway(stripe, silent);
});
afterAll(() => simulator.close());

const soon = () => Date.now() + 5_000;

async function openCheckout(orderId: string): Promise<string> {
  const request = gateway.buildCheckoutRequest({
    orderId,
    currency: 'EUR',
    customerEmail: 'john@example.com',
    lines: [{ name: 'Gourde', description: null, quantity: 1, rateMinor: 2490 }],
    successUrl: 'https://shop.example/success',
    cancelUrl: 'https://shop.example/cart',
    expiresAt: new Date(Date.now() + 35 * 60_000),
    excludeDelayedMethods: false,
  });
  return (await gateway.createCheckout(request, `key-${orderId}`, soon())).sessionId;
}

test('also when it is far down the list, and null when there is none', async () => {
  const since = new Date();
  const orderId = randomUUID();
  const sessionId = await openCheckout(orderId);
  // More than one page of a hundred came after it.
  for (let count = 0; count < 105; count += 1) await openCheckout(randomUUID());
  expect(await gateway.findCheckoutOfOrder(orderId, since, soon())).toMatchObject({
    sessionId,
    orderId,
    status: 'open',
  });
  expect(await gateway.findCheckoutOfOrder(randomUUID(), since, soon())).toBeNull();
});
