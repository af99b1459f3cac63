/** The tests of rentals depend on this: that none of them runs while the shop's day ends. */
import { expect, test } from '@jest/globals';
import { calendarDateAt } from '../src/platform/kernel/calendar-date.js';
import { timeZoneFarFromMidnight } from './support/shop-time.js';

const HOUR_MS = 3_600_000;

test('At each quarter of an hour of a year, the shop under test is two hours from midnight at least', () => {
  const end = Date.UTC(2028, 0, 1);
  for (let instant = Date.UTC(2027, 0, 1); instant < end; instant += HOUR_MS / 4) {
    const timeZone = timeZoneFarFromMidnight(new Date(instant));
    const days = [-2, 0, 2].map((hours) => calendarDateAt(new Date(instant + hours * HOUR_MS), timeZone));
    expect({ instant: new Date(instant), timeZone, days: new Set(days).size }).toMatchObject({ days: 1 });
  }
});
