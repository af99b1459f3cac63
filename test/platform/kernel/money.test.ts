/** Money: exact at every size, with Stripe's decimals. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatMoney, minorUnitDigits, toMajorUnits } from '../../../src/platform/kernel/money.js';

const currency = fc.constantFrom('EUR', 'JPY', 'BHD', 'HUF', 'ISK', 'USD');

test('major units lose and invent nothing', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), currency, (amount, code) => {
      const [whole = '', fraction = ''] = toMajorUnits({ amount, currency: code }).split('.');
      expect(fraction).toHaveLength(minorUnitDigits(code));
      expect(BigInt(whole.replace('-', '') + fraction)).toBe(BigInt(Math.abs(amount)));
      expect(whole.startsWith('-')).toBe(amount < 0);
    }),
  );
});

test.each([
  [1250, 'EUR', 'fr-FR', '12,50 €'],
  [5, 'EUR', 'fr-FR', '0,05 €'],
  [500, 'JPY', 'en', '¥500'],
  [1250, 'BHD', 'en', 'BHD 1.250'],
  // Stripe counts forints in hundredths, where Intl knows none.
  [17500, 'HUF', 'en', 'HUF 175.00'],
  [9_007_199_254_740_991, 'EUR', 'en', '€90,071,992,547,409.91'],
])('%d %s in %s is %s', (amount, code, locale, text) => {
  expect(formatMoney({ amount, currency: code }, locale).replace(/\s/g, ' ')).toBe(text);
});
