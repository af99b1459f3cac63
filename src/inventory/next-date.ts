/** From when so many units are free: reads the calendars a quarter at a time, and stops at the first day that fits. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { addDays, type CalendarDate } from '../shared/calendar-date.js';
import { type Closures, nextOpenDay, stayFrom } from './opening-days.js';
import { type CalendarQuestion, calendarsBetween } from './unit-calendars.js';
import { firstFreeDate, type Period, type UnitCalendar, withStay } from './unit-search.js';

// How far ahead an order may start, and so how far ahead it is worth looking for a free date.
export const LATEST_START_DAYS = 730;
const WINDOW_DAYS = 92;

export interface WantedStay {
  quantity: number;
  days: number;
  earliest: CalendarDate;
  closures: Closures;
  /** What the same basket has taken already: units with their stays. */
  taken?: readonly { unitId: number; stay: Period }[];
}

/** The first start day on which so many units are free for the whole stay; null when no order could have one. */
export async function nextStartDate(
  em: EntityManager,
  question: CalendarQuestion,
  { quantity, days, earliest, closures, taken = [] }: WantedStay,
): Promise<CalendarDate | null> {
  const { turnaroundDays, today } = question;
  const latest = addDays(today, LATEST_START_DAYS);
  const periodFrom = (start: CalendarDate): Period | null => {
    const stay = stayFrom(closures, start, { days, turnaroundDays });
    return stay && { from: stay.start, until: stay.until };
  };
  for (let from = earliest; from <= latest; from = addDays(from, WINDOW_DAYS)) {
    const lastStart = earlier(addDays(from, WINDOW_DAYS - 1), latest);
    const lastEnd = addDays(lastStart, days - 1);
    const until = addDays(nextOpenDay(closures, lastEnd) ?? lastEnd, 1 + turnaroundDays);
    const calendars = await calendarsBetween(em, question, { from, until });
    const withBasket = taken.reduce<UnitCalendar[]>((all, { unitId, stay }) => withStay(all, unitId, stay), calendars);
    const found = firstFreeDate(withBasket, { quantity, earliest: from, latest: lastStart }, periodFrom);
    if (found !== null) return found;
    if (calendars.length < quantity) return null;
  }
  return null;
}

function earlier(a: CalendarDate, b: CalendarDate): CalendarDate {
  return a < b ? a : b;
}
