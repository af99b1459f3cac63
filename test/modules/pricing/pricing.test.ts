/** Prices: integers all the way, lines that add up, and the cheapest way to rent. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { priceLine, totalMinor } from '../../../src/modules/pricing/pricing.js';
import { cheapestRate, type RentalPrices } from '../../../src/modules/pricing/rental-rate.js';

const price = fc.integer({ min: 0, max: 99_999_999 });
const quantity = fc.integer({ min: 1, max: 100 });
const days = fc.integer({ min: 1, max: 365 });
const rentalPrices: fc.Arbitrary<RentalPrices> = fc.record({
  perDayMinor: price,
  perWeekMinor: fc.option(price),
  perMonthMinor: fc.option(price),
});
const line = fc.oneof(
  fc.record({ priceMinor: price, quantity }),
  fc.record({ rentalPrices, quantity, days, depositMinor: fc.option(price) }),
);

test('every amount is quantity × rate in safe integers, and the total is the sum of the lines', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 50 }), (basket) => {
      const lines = basket.map(priceLine);
      for (const [index, priced] of lines.entries()) {
        expect(priced.amountMinor).toBe(priced.rateMinor * (basket[index]?.quantity ?? 0));
      }
      expect(Number.isSafeInteger(totalMinor(lines))).toBe(true);
      expect(BigInt(totalMinor(lines))).toBe(lines.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n));
    }),
  );
});

test('a product costs its price, whatever the calendar says', () => {
  expect(priceLine({ priceMinor: 1000, quantity: 2 })).toMatchObject({ rateMinor: 1000, amountMinor: 2000, days: 0 });
});

/** What covering so many days costs at least: tries every number of months and weeks. */
function cheapestByBruteForce(length: number, { perDayMinor, perWeekMinor, perMonthMinor }: RentalPrices): number {
  let cheapest = Number.POSITIVE_INFINITY;
  for (let months = 0; months <= (perMonthMinor === null ? 0 : 13); months += 1) {
    for (let weeks = 0; weeks <= (perWeekMinor === null ? 0 : 53); weeks += 1) {
      const rest = Math.max(0, length - months * 30 - weeks * 7);
      const cost = months * (perMonthMinor ?? 0) + weeks * (perWeekMinor ?? 0) + rest * perDayMinor;
      cheapest = Math.min(cheapest, cost);
    }
  }
  return cheapest;
}

test('a rental costs the cheapest combination that covers its days, and the combination adds up to it', () => {
  fc.assert(
    fc.property(days, rentalPrices, (length, prices) => {
      const rate = cheapestRate(length, prices);
      expect(rate.rateMinor).toBe(cheapestByBruteForce(length, prices));
      const { perDayMinor, perWeekMinor, perMonthMinor } = prices;
      expect(rate.months * (perMonthMinor ?? 0) + rate.weeks * (perWeekMinor ?? 0) + rate.days * perDayMinor).toBe(
        rate.rateMinor,
      );
      expect(rate.months * 30 + rate.weeks * 7 + rate.days).toBeGreaterThanOrEqual(length);
    }),
  );
});

test('a longer rental never costs less', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 364 }), rentalPrices, (length, prices) => {
      const [shorter, longer] = [cheapestRate(length, prices), cheapestRate(length + 1, prices)];
      expect(longer.rateMinor).toBeGreaterThanOrEqual(shorter.rateMinor);
    }),
  );
});

test.each([
  [1, { months: 0, weeks: 0, days: 1, rateMinor: 1000 }],
  [5, { months: 0, weeks: 0, days: 5, rateMinor: 5000 }],
  [6, { months: 0, weeks: 1, days: 0, rateMinor: 5500 }],
  [9, { months: 0, weeks: 1, days: 2, rateMinor: 7500 }],
  [26, { months: 1, weeks: 0, days: 0, rateMinor: 18_000 }],
  [31, { months: 1, weeks: 0, days: 1, rateMinor: 19_000 }],
  [365, { months: 12, weeks: 0, days: 5, rateMinor: 221_000 }],
])('%i days at 10.00 a day, 55.00 a week and 180.00 a month cost %o', (length, expected) => {
  expect(cheapestRate(length, { perDayMinor: 1000, perWeekMinor: 5500, perMonthMinor: 18_000 })).toEqual(expected);
});

test('without longer prices, each day is charged', () => {
  const rate = cheapestRate(40, { perDayMinor: 1000, perWeekMinor: null, perMonthMinor: null });
  expect(rate).toEqual({ months: 0, weeks: 0, days: 40, rateMinor: 40_000 });
});
