/** The days on which the shop is open, and how closed days extend rentals: pure functions. */
import { addDays, type CalendarDate, weekdayOf } from '../../platform/kernel/calendar-date.js';

/** When nothing leaves the shop and nothing comes back. */
export interface Closures {
  /** ISO weekdays, Monday is 1. */
  weekdays: ReadonlySet<number>;
  dates: ReadonlySet<CalendarDate>;
}

export const ALWAYS_OPEN: Closures = { weekdays: new Set(), dates: new Set() };

/** A rental in the calendar. */
export interface Stay {
  start: CalendarDate;
  /** The last day that is paid for. */
  end: CalendarDate;
  /** The day on which it has to be back: the first open one from the end on. */
  returnDate: CalendarDate;
  /** The first day on which the unit may leave again. */
  until: CalendarDate;
}

// Longer than any holiday. A shop that is closed for more than that rents nothing.
const MAX_CLOSURE_DAYS = 400;

export function isOpen({ weekdays, dates }: Closures, date: CalendarDate): boolean {
  return !weekdays.has(weekdayOf(date)) && !dates.has(date);
}

/** The day itself, or the next one on which the shop is open; null when it stays closed. */
export function nextOpenDay(closures: Closures, date: CalendarDate): CalendarDate | null {
  for (let ahead = 0; ahead <= MAX_CLOSURE_DAYS; ahead += 1) {
    const day = addDays(date, ahead);
    if (isOpen(closures, day)) return day;
  }
  return null;
}

/**
 * A rental that starts on a day; null when it could not leave on that day, or not come back.
 *
 * @param days as many as are paid for; the days that the shop's closing adds to the end are free
 * @param turnaroundDays how long the unit stays in the shop after it came back
 */
export function stayFrom(
  closures: Closures,
  start: CalendarDate,
  { days, turnaroundDays }: { days: number; turnaroundDays: number },
): Stay | null {
  if (!isOpen(closures, start)) return null;
  const end = addDays(start, days - 1);
  const returnDate = nextOpenDay(closures, end);
  if (returnDate === null) return null;
  return { start, end, returnDate, until: addDays(returnDate, 1 + turnaroundDays) };
}

/**
 * The last day on which a rental can start whose unit may leave again by a day; null when none could come back in time.
 * Whether the shop is open on it is another question.
 *
 * @param until the first day on which the unit is to leave again
 */
export function latestStart(
  closures: Closures,
  until: CalendarDate,
  { days, turnaroundDays }: { days: number; turnaroundDays: number },
): CalendarDate | null {
  const lastReturn = addDays(until, -1 - turnaroundDays);
  for (let back = 0; back <= MAX_CLOSURE_DAYS; back += 1) {
    const day = addDays(lastReturn, -back);
    if (isOpen(closures, day)) return addDays(day, 1 - days);
  }
  return null;
}
