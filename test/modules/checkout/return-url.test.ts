/** Return URLs: the shop's own pages and nowhere else. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { checkoutInput, sessionWritesAt, submitCard, tryCheckout } from '../../support/checkout.js';
import { addProduct } from '../../support/shop.js';
import { newBuyer, startTestApp, stripeOf, type TestApp } from '../../support/test-app.js';
import { RETURN_ORIGINS, returnUrlCorpus } from './return-url-corpus.js';

let shop: TestApp;
let stripe: Stripe;
let product: number;

beforeAll(async () => {
  shop = await startTestApp({ CHECKOUT_RETURN_ORIGINS: RETURN_ORIGINS.join(',') });
  stripe = stripeOf(shop);
  product = await addProduct(shop.orm, { onHand: null });
});
afterAll(() => shop.close());

const good = { successUrl: 'https://shop.example/done', cancelUrl: 'https://shop.example/cart' };

async function checkoutWith(urls: object) {
  const buyer = await newBuyer();
  return tryCheckout(shop, buyer, checkoutInput([{ id: product, type: 'PRODUCT' }], { ...good, ...urls }));
}

describe.each(['successUrl', 'cancelUrl'] as const)('%s', (field) => {
  test.each(returnUrlCorpus)('%s: %s', async (_, expected, url) => {
    const writesBefore = sessionWritesAt(shop);
    const { data, errors } = await checkoutWith({ [field]: url });
    if (expected === 'allowed') {
      expect(errors).toBeUndefined();
      const { sessionId, order } = data?.createCheckoutSession ?? { sessionId: '', order: { id: '' } };
      const session = await stripe.checkout.sessions.retrieve(sessionId);
      // Nothing is re-encoded on the way; only the order's id takes its place.
      expect(field === 'successUrl' ? session.success_url : session.cancel_url).toBe(
        url.replace('{ORDER_ID}', order.id),
      );
      return;
    }
    expect(errors?.[0]?.extensions).toMatchObject({ code: expected, fields: { [field]: expect.any(String) } });
    expect(sessionWritesAt(shop)).toBe(writesBefore);
  });
});

test('The order’s id takes every place that was kept for it', async () => {
  const successUrl = 'https://shop.example/%7Ea?o={ORDER_ID}&s={CHECKOUT_SESSION_ID}&o2={ORDER_ID}';
  const { data } = await checkoutWith({ successUrl });
  const { sessionId, order } = data?.createCheckoutSession ?? { sessionId: '', order: { id: '' } };
  expect((await stripe.checkout.sessions.retrieve(sessionId)).success_url).toBe(
    `https://shop.example/%7Ea?o=${order.id}&s={CHECKOUT_SESSION_ID}&o2=${order.id}`,
  );
});

test.each([
  ['%7BCHECKOUT_SESSION_ID%7D', '{CHECKOUT_SESSION_ID}'],
  ['%7bCHECKOUT_SESSION_ID%7d', '{CHECKOUT_SESSION_ID}'],
  ['%257BCHECKOUT_SESSION_ID%257D', '%257BCHECKOUT_SESSION_ID%257D'],
  ['%7BCHECKOUT_SESSION%7D', '%7BCHECKOUT_SESSION%7D'],
])('The place of the session’s id is known to Stripe where it is written %s', async (written, sent) => {
  const { data } = await checkoutWith({
    successUrl: `https://shop.example/o%7Ba%7D?s=${written}&o=%7BORDER_ID%7D`,
    cancelUrl: 'https://shop.example/?s=%7BCHECKOUT_SESSION_ID%7D&o=%7bORDER_ID%7d',
  });
  const { sessionId, order } = data?.createCheckoutSession ?? { sessionId: '', order: { id: '' } };
  const session = await stripe.checkout.sessions.retrieve(sessionId);
  expect(session.success_url).toBe(`https://shop.example/o%7Ba%7D?s=${sent}&o=${order.id}`);
  // Stripe fills in nothing there.
  expect(session.cancel_url).toBe(`https://shop.example/?s=%7BCHECKOUT_SESSION_ID%7D&o=${order.id}`);
});

test('A buyer comes back to the address that URLSearchParams made, with the session’s id in it', async () => {
  const query = new URLSearchParams({ success: 'true', session_id: '{CHECKOUT_SESSION_ID}' });
  const { data } = await checkoutWith({ successUrl: `https://shop.example/done?${query}` });
  const { sessionId, url } = data?.createCheckoutSession ?? { sessionId: '', url: null };
  const paid = await submitCard(url as string, '4242424242424242');
  expect(paid.headers.get('location')).toBe(`https://shop.example/done?success=true&session_id=${sessionId}`);
});

test.each(['https://shop.example/café', 'https://shop.example/a b', 'https://shop.example/a\\b'])(
  'What has to be percent-encoded is said to be, and works once it is: %s',
  async (url) => {
    const { errors } = await checkoutWith({ successUrl: url });
    const fields = errors?.[0]?.extensions.fields as Record<string, string>;
    expect(fields.successUrl).toContain('percent-encoded');
    expect(fields.successUrl).not.toContain('must begin');
    expect((await checkoutWith({ successUrl: encodeURI(url) })).errors).toBeUndefined();
  },
);
