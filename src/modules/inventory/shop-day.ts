/** The shop's calendar at the moment of a search or a hold. */
import { type CalendarDate, calendarDateAt } from '../../platform/kernel/calendar-date.js';
import type { Closures } from './opening-days.js';

export interface ShopDay {
  today: CalendarDate;
  closures: Closures;
  /** The first day on which a rental may end that is still to be paid. */
  earliestEnd: CalendarDate;
}

// Stripe keeps a session open for 30 minutes at least, by its own clock; a buyer needs some of them.
const MIN_SESSION_MS = 35 * 60_000;

/**
 * A session ends no later than the last rental day, so that nobody pays for days that are over: late in the evening
 * that leaves too little time, and a rental that ends today can no longer be had.
 */
export function earliestEndAt(now: Date, timeZone: string): CalendarDate {
  return calendarDateAt(new Date(now.getTime() + MIN_SESSION_MS), timeZone);
}
