/** Return URLs: the shop's own pages and nowhere else. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { checkoutInput, sessionWritesAt, tryCheckout } from '../support/checkout.js';
import { addProduct } from '../support/shop.js';
import { newBuyer, startTestApp, type TestApp } from '../support/test-app.js';
import { RETURN_ORIGINS, returnUrlCorpus } from './return-url-corpus.js';

let shop: TestApp;
let stripe: Stripe;
let product: number;

beforeAll(async () => {
  shop = await startTestApp({ CHECKOUT_RETURN_ORIGINS: RETURN_ORIGINS.join(',') });
  stripe = new Stripe('sk_test_0123456789', { host: '127.0.0.1', port: shop.simulator.port, protocol: 'http' });
  product = await addProduct(shop.orm, { onHand: null });
});
afterAll(() => shop.close());

const good = { successUrl: 'https://shop.example/done', cancelUrl: 'https://shop.example/cart' };

async function checkoutWith(urls: object) {
  const buyer = await newBuyer();
  return tryCheckout(shop, buyer, checkoutInput([{ id: product, type: 'PRODUCT' }], { ...good, ...urls }));
}

describe.each(['successUrl', 'cancelUrl'] as const)('%s', (field) => {
  test.each(returnUrlCorpus)('%s: %s', async (_, verdict, url) => {
    const writesBefore = sessionWritesAt(shop);
    const { data, errors } = await checkoutWith({ [field]: url });
    if (verdict === 'allowed') {
      expect(errors).toBeUndefined();
      const { sessionId, order } = data?.createCheckoutSession ?? { sessionId: '', order: { id: '' } };
      const session = await stripe.checkout.sessions.retrieve(sessionId);
      // Nothing is re-encoded on the way; only the order's id takes its place.
      expect(field === 'successUrl' ? session.success_url : session.cancel_url).toBe(
        url.replace('{ORDER_ID}', order.id),
      );
      return;
    }
    expect(errors?.[0]?.extensions).toMatchObject({ code: verdict, fields: { [field]: expect.any(String) } });
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
