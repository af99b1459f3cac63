/** Return URLs: the shop's own pages and nowhere else. */
import { expect, test } from '@jest/globals';
import { checkReturnUrl, withOrderId } from '../../src/checkout/return-url.js';

const ORIGINS = ['http://localhost:3000', 'https://shop.example'];

test.each([
  'http://localhost:3000',
  'http://localhost:3000/',
  'http://localhost:3000?session={CHECKOUT_SESSION_ID}',
  'http://localhost:3000#done',
  'https://shop.example/success?session_id={CHECKOUT_SESSION_ID}&order={ORDER_ID}#top',
])('%s is allowed', (url) => {
  expect(() => checkReturnUrl('successUrl', url, ORIGINS)).not.toThrow();
});

test.each([
  '',
  '/success',
  '//evil.example',
  '//shop.example',
  'https://evil.example',
  'https://shop.example.evil.example/',
  'https://shop.example@evil.example/',
  'https://shop@evil.example/',
  'https://shop.example:8443/',
  'https://shop.example:443/',
  'http://shop.example/',
  'http://localhost:30001/',
  'HTTPS://shop.example/',
  'https:/shop.example/',
  'https:\\\\shop.example\\',
  'https://shop.example\\@evil.example/',
  'https://shop.example/\\evil',
  'https://shop.example/a b',
  'https://shop.example/\r\nLocation: https://evil.example',
  'https://shop.example/\u0000',
  ' https://shop.example/',
  'https://ѕhop.example/',
  'https://shop.example。evil.example/',
  'javascript:alert(1)',
  'data:text/html,x',
])('%j is refused', (url) => {
  expect(() => checkReturnUrl('successUrl', url, ORIGINS)).toThrow(
    expect.objectContaining({
      code: 'RETURN_URL_NOT_ALLOWED',
      details: { fields: { successUrl: expect.any(String) } },
    }),
  );
});

test('the order’s id takes the place that was kept for it, and nothing else changes', () => {
  const url = 'https://shop.example/%7Ea?o={ORDER_ID}&s={CHECKOUT_SESSION_ID}&o2={ORDER_ID}';
  expect(withOrderId(url, '42')).toBe('https://shop.example/%7Ea?o=42&s={CHECKOUT_SESSION_ID}&o2=42');
});
