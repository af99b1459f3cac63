/** Until when a buyer can withdraw: fourteen days at least, and never less for what is still on its way. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lastDayToWithdraw, type PeriodFacts } from '../../../src/modules/withdrawals/withdrawal-period.js';
import { addDays, daysBetween, weekdayOf } from '../../../src/platform/kernel/calendar-date.js';

const facts: PeriodFacts = {
  type: 'PRODUCT' as PeriodFacts['type'],
  contractDate: '2026-12-01',
  isComplete: true,
  departures: [],
  closedDates: new Set(),
};
const product = (changes: Partial<PeriodFacts>) => lastDayToWithdraw({ ...facts, ...changes });
const rental = (changes: Partial<PeriodFacts>) =>
  lastDayToWithdraw({ ...facts, type: 'EQUIPMENT' as PeriodFacts['type'], ...changes });

test('A rental is a service: its period begins with the contract', () => {
  expect(rental({ contractDate: '2026-12-01' })).toBe('2026-12-15');
});

test('The period of products begins when the last of them has arrived', () => {
  expect(product({ departures: [] })).toBeNull();
  const first = { date: '2026-12-01', isSent: false };
  expect(product({ departures: [first], isComplete: false })).toBeNull();
  expect(product({ departures: [first] })).toBe('2026-12-15');
  expect(product({ departures: [{ date: '2026-12-08', isSent: false }, first] })).toBe('2026-12-22');
});

test('A parcel is given a week to arrive', () => {
  expect(product({ departures: [{ date: '2026-12-01', isSent: true }] })).toBe('2026-12-22');
});

test('A period that would end on a weekend or a holiday ends on the next working day', () => {
  // A Saturday, a Sunday, and Christmas with the weekend behind it.
  expect(rental({ contractDate: '2026-11-28' })).toBe('2026-12-14');
  expect(rental({ contractDate: '2026-11-29' })).toBe('2026-12-14');
  expect(rental({ contractDate: '2026-12-11' })).toBe('2026-12-25');
  expect(rental({ contractDate: '2026-12-11', closedDates: new Set(['2026-12-25']) })).toBe('2026-12-28');
});

test('It is never less than fourteen days, never ends on a weekend, and no departure shortens it', () => {
  const day = fc.integer({ min: 0, max: 400 }).map((days) => addDays('2026-01-01', days));
  const departures = fc.array(fc.record({ date: day, isSent: fc.boolean() }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(departures, fc.array(day, { maxLength: 20 }), (all, closed) => {
      const closedDates = new Set(closed);
      const until = product({ departures: all, closedDates }) ?? '';
      for (const departure of all) {
        expect(daysBetween(departure.date, until)).toBeGreaterThanOrEqual(departure.isSent ? 21 : 14);
        expect((product({ departures: [departure], closedDates }) ?? '') <= until).toBe(true);
      }
      expect(weekdayOf(until)).toBeLessThan(6);
      expect(closedDates.has(until)).toBe(false);
    }),
  );
});
