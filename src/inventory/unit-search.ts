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
    .filter(({ busy }) => !busy.some((period) => overlaps(period, stay)))
    .map((calendar) => ({ unitId: calendar.unitId, gap: gapAround(calendar, stay) }))
    .sort((a, b) => a.gap - b.gap || a.unitId - b.unitId)
    .map(({ unitId }) => unitId);
}

/**
 * The first day, not before `earliest` and not after `latest`, on which so many units are free for so
 * many days; null when there is none. The set of free units can only grow when a booking ends, so the
 * ends of bookings are the only other days to try.
 */
export function firstFreeDate(
  calendars: readonly UnitCalendar[],
  wanted: { quantity: number; lengthDays: number; earliest: CalendarDate; latest: CalendarDate },
): CalendarDate | null {
  const ends = calendars.flatMap(({ busy }) => busy.map(({ until }) => until));
  const candidates = [...new Set([wanted.earliest, ...ends])]
    .filter((date) => date >= wanted.earliest && date <= wanted.latest)
    .sort();
  const fits = (from: CalendarDate) =>
    freeUnits(calendars, { from, until: addDays(from, wanted.lengthDays) }).length >= wanted.quantity;
  return candidates.find(fits) ?? null;
}

function overlaps(a: Period, b: Period): boolean {
  return a.from < b.until && b.from < a.until;
}

/** Idle days on both sides of the stay; a side without a neighbour counts as endless. */
function gapAround({ busy }: UnitCalendar, stay: Period): number {
  const before = busy.findLast(({ until }) => until <= stay.from);
  const after = busy.find(({ from }) => from >= stay.until);
  const idleBefore = before ? daysBetween(before.until, stay.from) : Number.MAX_SAFE_INTEGER / 4;
  const idleAfter = after ? daysBetween(stay.until, after.from) : Number.MAX_SAFE_INTEGER / 4;
  return idleBefore + idleAfter;
}
