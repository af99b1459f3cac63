/** Two requests are the same only if they ask for the same in every point. */
import { expect, test } from '@jest/globals';
import { ItemType } from '../../../src/modules/catalogue/item-type.js';
import type { CreateCheckoutSessionInput } from '../../../src/modules/checkout/checkout.input.js';
import { fingerprintOf } from '../../../src/modules/checkout/fingerprint.js';
import { customerInfo } from '../../support/checkout.js';

const item = { id: '1', type: ItemType.EQUIPMENT, quantity: 1, days: 1, startDate: '2027-05-01' };
const input: CreateCheckoutSessionInput = {
  items: [item],
  customerInfo,
  successUrl: 'https://shop.example/success',
  cancelUrl: 'https://shop.example/cart',
  acceptedTermsVersion: '1',
};

test.each([
  ...Object.entries({ id: '2', type: ItemType.PRODUCT, quantity: 2, days: 2, startDate: null }).map(
    ([name, value]): [string, object] => [`items[0].${name}`, { items: [{ ...item, [name]: value }] }],
  ),
  ['another line', { items: [item, { ...item, startDate: '2027-06-01' }] }],
  ...Object.keys(customerInfo).map((name): [string, object] => [
    `customerInfo.${name}`,
    { customerInfo: { ...customerInfo, [name]: 'changed' } },
  ]),
  ['successUrl', { successUrl: 'https://shop.example/other' }],
  ['cancelUrl', { cancelUrl: 'https://shop.example/other' }],
  ['acceptedTermsVersion', { acceptedTermsVersion: '2' }],
] as [string, object][])('%s makes a difference', (_, change) => {
  expect(fingerprintOf({ ...input, ...change })).not.toBe(fingerprintOf(input));
});

test('the key itself, the total that the buyer expects, and null instead of nothing, make none', () => {
  const { acceptedTermsVersion: _, ...without } = input;
  expect(fingerprintOf({ ...input, idempotencyKey: 'k', expectedTotal: 100 })).toBe(fingerprintOf(input));
  expect(fingerprintOf({ ...without, acceptedTermsVersion: null })).toBe(fingerprintOf(without));
});

test('it stays the same from version to version: requests that were placed before are repeated after', () => {
  const customer = {
    firstName: 'A',
    lastName: 'B',
    email: 'a@example.com',
    address: '1',
    city: 'Paris',
    country: 'France',
  };
  const urls = { successUrl: 'https://shop.example/s', cancelUrl: 'https://shop.example/c' };
  expect(fingerprintOf({ items: [item], customerInfo: { ...customer, postalCode: '75001' }, ...urls })).toBe(
    'da55182127ad2e0f238193402d19b2e71724d3d25b7d8bcc5367a026a6dbbea7',
  );
});
