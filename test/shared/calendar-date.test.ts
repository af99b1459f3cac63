/** Which day it is depends on where the shop is. */
import { expect, test } from '@jest/globals';
import { addDays, calendarDateAt, daysBetween } from '../../src/shared/calendar-date.js';

test.each([
  ['2026-06-30T21:59:59Z', 'Europe/Paris', '2026-06-30'],
  ['2026-06-30T22:00:00Z', 'Europe/Paris', '2026-07-01'],
  ['2026-12-31T23:00:00Z', 'Europe/Paris', '2027-01-01'],
  ['2026-12-31T23:00:00Z', 'America/New_York', '2026-12-31'],
])('at %s it is in %s %s', (instant, timeZone, date) => {
  expect(calendarDateAt(new Date(instant), timeZone)).toBe(date);
});

test('days are counted across months, leap days and changes of the clock', () => {
  expect(addDays('2028-02-28', 2)).toBe('2028-03-01');
  expect(addDays('2027-03-27', 2)).toBe('2027-03-29');
  expect(addDays('2027-01-01', -1)).toBe('2026-12-31');
  expect(daysBetween('2027-03-27', '2027-03-29')).toBe(2);
});
