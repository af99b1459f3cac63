/** What becomes of a rental around the days on which the shop is closed. */
import { expect, test } from '@jest/globals';
import { type Closures, nextOpenDay, stayFrom } from '../../../src/modules/inventory/opening-days.js';
import { addDays, weekdayOf } from '../../../src/platform/kernel/calendar-date.js';

const SUNDAY = 7;
const closed = (weekdays: number[], dates: string[] = []): Closures => ({
  weekdays: new Set(weekdays),
  dates: new Set(dates),
});

test('a rental starts on an open day, ends after its days and is back on the same day', () => {
  expect(stayFrom(closed([]), '2027-03-01', { days: 3, turnaroundDays: 1 })).toEqual({
    start: '2027-03-01',
    end: '2027-03-03',
    returnDate: '2027-03-03',
    until: '2027-03-05',
  });
});

test('a rental that ends on a closed day comes back on the next open one', () => {
  // 2027-03-07 is a Sunday, and the Monday after it a holiday.
  const closures = closed([SUNDAY], ['2027-03-08']);
  expect(stayFrom(closures, '2027-03-05', { days: 3, turnaroundDays: 0 })).toEqual({
    start: '2027-03-05',
    end: '2027-03-07',
    returnDate: '2027-03-09',
    until: '2027-03-10',
  });
});

test('no rental starts on a closed weekday or date', () => {
  const closures = closed([SUNDAY], ['2027-03-08']);
  expect(stayFrom(closures, '2027-03-07', { days: 1, turnaroundDays: 0 })).toBeNull();
  expect(stayFrom(closures, '2027-03-08', { days: 1, turnaroundDays: 0 })).toBeNull();
  expect(nextOpenDay(closures, '2027-03-07')).toBe('2027-03-09');
});

test('a shop that never opens rents nothing', () => {
  const never = closed([1, 2, 3, 4, 5, 6, 7]);
  expect(nextOpenDay(never, '2027-03-01')).toBeNull();
  expect(stayFrom(never, '2027-03-01', { days: 1, turnaroundDays: 0 })).toBeNull();
});

test.each([
  ['across the end of February', '2027-02-27', 3, '2027-03-01'],
  ['across a leap day', '2028-02-28', 3, '2028-03-01'],
  ['until a leap day', '2028-02-28', 2, '2028-02-29'],
  ['across the day that summer time takes an hour from', '2027-03-27', 3, '2027-03-29'],
  ['across the day that winter time gives an hour to', '2027-10-30', 3, '2027-11-01'],
  ['across the end of the year', '2027-12-31', 2, '2028-01-01'],
  ['for a year', '2027-03-01', 365, '2028-02-28'],
])('days are calendar days: %s', (_case, start, days, end) => {
  const stay = stayFrom(closed([]), start, { days, turnaroundDays: 0 });
  expect(stay).toMatchObject({ end, until: addDays(end, 1) });
});

test('weekdays are counted from Monday, 1, to Sunday, 7', () => {
  expect(['2027-03-01', '2027-03-06', '2027-03-07'].map(weekdayOf)).toEqual([1, 6, 7]);
});
