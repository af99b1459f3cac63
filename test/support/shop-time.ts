/** Where the shop under test is: in a time zone whose day neither began nor ends while a test runs. */
import { type CalendarDate, calendarDateAt } from '../../src/platform/kernel/calendar-date.js';

const FIRST_HOUR = 3;
const LAST_HOUR = 19;
const hourInParis = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Paris', hour: 'numeric', hourCycle: 'h23' });

/**
 * The shop's usual zone, or, late in its evening and in its night, one eight or nine hours ahead. A rental of today
 * can then be paid, picked up and returned today, and today is the same day from a test's first line to its last.
 */
export function timeZoneFarFromMidnight(instant: Date): string {
  const hour = Number(hourInParis.format(instant));
  return hour >= FIRST_HOUR && hour <= LAST_HOUR ? 'Europe/Paris' : 'Asia/Tokyo';
}

export const SHOP_TIME_ZONE = timeZoneFarFromMidnight(new Date());

/** The shop's calendar day, now or at another instant. */
export function shopDay(instant = new Date()): CalendarDate {
  return calendarDateAt(instant, SHOP_TIME_ZONE);
}
