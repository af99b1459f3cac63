/** Finds the first day from which enough units are free, searching further and further ahead. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { addDays, type CalendarDate, daysBetween } from '../../platform/kernel/calendar-date.js';
import { type Closures, latestStart, nextOpenDay, stayFrom } from './opening-days.js';
import { type CalendarQuestion, freeSpans } from './unit-calendars.hot-path.js';
import { firstStart, type StayRules, type TakenStay } from './unit-search.js';

// How far ahead an order may start, and so how far ahead a free date is searched.
export const LATEST_START_DAYS = 730;
// Most dates lie in the next quarter. Each read that finds none is followed by one twice as far, so that a full
// calendar is read in four.
const FIRST_LOOK_DAYS = 92;

export interface WantedStay {
  quantity: number;
  days: number;
  earliest: CalendarDate;
  /** The first day on which it may end. */
  earliestEnd: CalendarDate;
  closures: Closures;
  /** What the same basket has taken already: units with their stays. */
  taken?: readonly TakenStay[];
}

/** Runs each read of the database within a limit of concurrent ones. */
export type LimitedRead = <T>(look: () => Promise<T>) => Promise<T>;

/** The first start day on which so many units are free for the whole stay; null when no order could have one. */
export async function nextStartDate(
  em: EntityManager,
  question: CalendarQuestion,
  { quantity, days, earliest, earliestEnd, closures, taken = [] }: WantedStay,
  limitedRead: LimitedRead,
): Promise<CalendarDate | null> {
  const { turnaroundDays, today } = question;
  const length = { days, turnaroundDays };
  const rules: StayRules = {
    canStart: (day) => addDays(day, days - 1) >= earliestEnd && stayFrom(closures, day, length) !== null,
    latestStart: (until) => latestStart(closures, until, length),
  };
  const latest = addDays(today, LATEST_START_DAYS);
  let lookDays = FIRST_LOOK_DAYS;
  for (let from = earliest; from <= latest; from = addDays(from, lookDays), lookDays *= 2) {
    const lastStart = addDays(from, Math.min(lookDays - 1, daysBetween(from, latest)));
    const lastEnd = addDays(lastStart, days - 1);
    const until = addDays(nextOpenDay(closures, lastEnd) ?? lastEnd, 1 + turnaroundDays);
    const minDays = days + turnaroundDays;
    const spans = await limitedRead(() => freeSpans(em, question, { from, until }, { minDays, taken }));
    const found = firstStart(spans, { quantity, earliest: from, latest: lastStart }, rules);
    if (found !== null) return found;
  }
  return null;
}
