/** Prices: integers all the way, and lines that add up. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ItemType } from '../../src/catalogue/item-type.js';
import { priceLine, totalMinor } from '../../src/pricing/pricing.js';

const line = fc.record({
  type: fc.constantFrom(ItemType.PRODUCT, ItemType.EQUIPMENT),
  quantity: fc.integer({ min: 1, max: 100 }),
  days: fc.integer({ min: 1, max: 365 }),
  startDate: fc.constant('2027-02-27'),
  unitPriceMinor: fc.integer({ min: 0, max: 99_999_999 }),
});

test('every amount is quantity × rate in safe integers, and the total is the sum of the lines', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 50 }), (basket) => {
      const lines = basket.map(priceLine);
      for (const priced of lines) {
        const days = priced.type === ItemType.EQUIPMENT ? priced.days : 1;
        expect(priced.rateMinor).toBe(priced.unitPriceMinor * days);
        expect(priced.amountMinor).toBe(priced.rateMinor * priced.quantity);
      }
      expect(Number.isSafeInteger(totalMinor(lines))).toBe(true);
      expect(BigInt(totalMinor(lines))).toBe(lines.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n));
    }),
  );
});

test('the last rental day counts, across the end of a month', () => {
  const rental = { type: ItemType.EQUIPMENT, quantity: 1, days: 3, startDate: '2027-02-27', unitPriceMinor: 1000 };
  expect(priceLine(rental)).toMatchObject({ endDate: '2027-03-01', rateMinor: 3000 });
  expect(priceLine({ ...rental, days: 1 })).toMatchObject({ endDate: '2027-02-27' });
});

test('days mean nothing for a product', () => {
  const product = { type: ItemType.PRODUCT, quantity: 2, days: 30, startDate: null, unitPriceMinor: 1000 };
  expect(priceLine(product)).toMatchObject({ days: 1, endDate: null, amountMinor: 2000 });
});
