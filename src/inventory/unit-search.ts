/** Which units are free for a stay, and from when: pure, over calendars that the caller has read. */
import { addDays, type CalendarDate, daysBetween } from '../shared/calendar-date.js';

/** Days from `from` up to, and without, `until`. */
export interface Period {
  from: CalendarDate;
  until: CalendarDate;
}

/** One unit and when it is spoken for: periods in order, none overlapping. */
export interface UnitCalendar {
  unitId: number;
  busy: readonly Period[];
}

/**
 * The units that are free for the **whole** stay, the tightest fit first: a stay in a small gap leaves
 * the large gaps to long rentals.
 */
export function freeUnits(calendars: readonly UnitCalendar[], stay: Period): number[] {
  return calendars
    .filter((calendar) => isFree(calendar, stay))
    .map((calendar) => ({ unitId: calendar.unitId, gap: gapAround(calendar, stay) }))
    .sort((a, b) => a.gap - b.gap || a.unitId - b.unitId)
    .map(({ unitId }) => unitId);
}

/** The calendars with a stay added to that of one unit. */
export function withStay(calendars: readonly UnitCalendar[], unitId: number, stay: Period): UnitCalendar[] {
  return calendars.map((calendar) => {
    if (calendar.unitId !== unitId) return calendar;
    const busy = [...calendar.busy, stay].sort((a, b) => (a.from < b.from ? -1 : 1));
    return { unitId, busy };
  });
}

/**
 * The first day from `earliest` to `latest` on which a stay can begin for which so many units are free; null
 * when there is none. Day by day, since closed days make the length of a stay depend on its start.
 *
 * @param stayFrom the days that a stay takes when it begins on a day; null when it cannot begin then
 */
export function firstFreeDate(
  calendars: readonly UnitCalendar[],
  wanted: { quantity: number; earliest: CalendarDate; latest: CalendarDate },
  stayFrom: (start: CalendarDate) => Period | null,
): CalendarDate | null {
  const { quantity, earliest, latest } = wanted;
  if (calendars.length < quantity) return null;
  for (let start = earliest; start <= latest; start = addDays(start, 1)) {
    const stay = stayFrom(start);
    if (stay !== null && hasFree(calendars, stay, quantity)) return start;
  }
  return null;
}

/** Counts no further than it takes. */
function hasFree(calendars: readonly UnitCalendar[], stay: Period, quantity: number): boolean {
  let missing = quantity;
  for (const [index, calendar] of calendars.entries()) {
    if (calendars.length - index < missing) return false;
    if (isFree(calendar, stay)) missing -= 1;
    if (missing === 0) return true;
  }
  return false;
}

export function countFree(calendars: readonly UnitCalendar[], stay: Period): number {
  return calendars.reduce((count, calendar) => count + (isFree(calendar, stay) ? 1 : 0), 0);
}

/** By halving: the periods are in order, so only the first that ends after the stay begins can stand in its way. */
function isFree({ busy }: UnitCalendar, stay: Period): boolean {
  let [low, high] = [0, busy.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((busy[middle]?.until ?? '') > stay.from) high = middle;
    else low = middle + 1;
  }
  const next = busy[low];
  return next === undefined || next.from >= stay.until;
}

/** Idle days on both sides of the stay; a side without a neighbour counts as endless. */
function gapAround({ busy }: UnitCalendar, stay: Period): number {
  const before = busy.findLast(({ until }) => until <= stay.from);
  const after = busy.find(({ from }) => from >= stay.until);
  const idleBefore = before ? daysBetween(before.until, stay.from) : Number.MAX_SAFE_INTEGER / 4;
  const idleAfter = after ? daysBetween(stay.until, after.from) : Number.MAX_SAFE_INTEGER / 4;
  return idleBefore + idleAfter;
}
