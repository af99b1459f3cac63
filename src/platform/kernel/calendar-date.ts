/** Calendar days in the shop's time zone: the only module that knows the date library. */
import { Temporal } from 'temporal-polyfill';
import { DomainError } from './domain-error.js';

/** A calendar day as `YYYY-MM-DD`: compares and sorts as text. */
export type CalendarDate = string;

const DAY_MS = 86_400_000;
const EARLIEST_DAY = '2000-01-01';
const LATEST_DAY = '2999-12-31';

/** A day in a time zone, with the instants at which it and the next one begin. */
interface Day {
  date: CalendarDate;
  from: number;
  until: number;
}

// The latest of each time zone: most questions are about today, and the library takes longer than a statement.
const latestDays = new Map<string, Day>();

/** The day it is in a time zone (IANA name) at an instant. */
export function calendarDateAt(instant: Date, timeZone: string): CalendarDate {
  const time = instant.getTime();
  const latest = latestDays.get(timeZone);
  if (latest !== undefined && latest.from <= time && time < latest.until) return latest.date;
  const date = Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(timeZone).toPlainDate().toString();
  const from = startOfDay(date, timeZone).getTime();
  const until = startOfDay(addDays(date, 1), timeZone).getTime();
  latestDays.set(timeZone, { date, from, until });
  return date;
}

/** The day so many days later, or earlier for a negative number. */
export function addDays(date: CalendarDate, days: number): CalendarDate {
  // Days of UTC, which all have the same length: searches do this a hundred thousand times.
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days from the first day to the second; negative when the second is earlier. */
export function daysBetween(from: CalendarDate, to: CalendarDate): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

/** The ISO weekday: Monday is 1, Sunday is 7. */
export function weekdayOf(date: CalendarDate): number {
  // Sunday is JavaScript's 0.
  return new Date(date).getUTCDay() || 7;
}

/** The instant at which a day begins in a time zone: not always midnight, where summer time begins at night. */
export function startOfDay(date: CalendarDate, timeZone: string): Date {
  return new Date(Temporal.PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds);
}

/**
 * Rejects days that no shop deals in: before the year 2000, or so far ahead that sums of days leave what
 * PostgreSQL and JavaScript write alike.
 *
 * @throws DomainError `BAD_USER_INPUT` naming the field
 */
export function checkDay(field: string, date: CalendarDate): void {
  if (date < EARLIEST_DAY || date > LATEST_DAY) {
    throw DomainError.badInput(field, `must be between ${EARLIEST_DAY} and ${LATEST_DAY}`);
  }
}
