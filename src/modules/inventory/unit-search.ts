/** Which units are free for a stay, and from when: pure, over calendars that the caller has read. */
import { addDays, type CalendarDate, daysBetween } from '../../platform/kernel/calendar-date.js';

/** Days from `from` up to, and without, `until`. */
export interface Period {
  from: CalendarDate;
  until: CalendarDate;
}

/** One unit and when it is booked: periods in order, none overlapping. */
export interface UnitCalendar {
  unitId: number;
  busy: readonly Period[];
}

/** Days on which one unit is taken. */
export interface TakenStay {
  unitId: number;
  stay: Period;
}

/** How many units are free on all these days, and on neither of the days next to them. */
export interface FreeSpan extends Period {
  units: number;
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

/** The calendars with stays added to those of their units. */
export function withStays(calendars: readonly UnitCalendar[], taken: readonly TakenStay[]): readonly UnitCalendar[] {
  if (taken.length === 0) return calendars;
  const staysOf = Map.groupBy(taken, ({ unitId }) => unitId);
  return calendars.map((calendar) => {
    const stays = staysOf.get(calendar.unitId)?.map(({ stay }) => stay) ?? [];
    const busy = [...calendar.busy, ...stays].sort((a, b) => (a.from < b.from ? -1 : 1));
    return { unitId: calendar.unitId, busy };
  });
}

/** How many units are free on each day of a period. */
export function freeByDay(spans: readonly FreeSpan[], { from, until }: Period): number[] {
  return runningSums(
    spans.map((span) => ({
      units: span.units,
      first: daysBetween(from, span.from),
      end: daysBetween(from, span.until),
    })),
    daysBetween(from, until),
  );
}

/** When a stay can begin that is wanted of an equipment. */
export interface StayRules {
  /** Whether one can begin on the day at all. */
  canStart(day: CalendarDate): boolean;
  /** The last day on which one can begin that is to end before a day; null when there is none. */
  latestStart(until: CalendarDate): CalendarDate | null;
}

/**
 * The first day from `earliest` to `latest` on which a stay can begin for which so many units are free; null when there
 * is none. A stay that fits into a span from some day on fits from every later one too, up to the last on which it ends
 * in time: so spans are counted from their first day to that one.
 *
 * @param spans of the days from `earliest` on, as far as the longest stay that begins by `latest` goes
 */
export function firstStart(
  spans: readonly FreeSpan[],
  wanted: { quantity: number; earliest: CalendarDate; latest: CalendarDate },
  rules: StayRules,
): CalendarDate | null {
  const { quantity, earliest, latest } = wanted;
  const ends = new Map<CalendarDate, number>();
  const endOfStarts = (until: CalendarDate): number => {
    const last = rules.latestStart(until);
    return last === null ? 0 : daysBetween(earliest, last) + 1;
  };
  const starts = spans.map(({ from, until, units }) => {
    const end = ends.get(until) ?? endOfStarts(until);
    ends.set(until, end);
    return { units, first: daysBetween(earliest, from), end };
  });
  const counts = runningSums(starts, daysBetween(earliest, latest) + 1);
  for (const [index, count] of counts.entries()) {
    if (count < quantity) continue;
    const day = addDays(earliest, index);
    if (rules.canStart(day)) return day;
  }
  return null;
}

/** For each of so many days the units of all that begins by it and ends after it. */
function runningSums(pieces: readonly { units: number; first: number; end: number }[], days: number): number[] {
  const changes = new Array<number>(days + 1).fill(0);
  for (const { units, first, end } of pieces) {
    const [from, until] = [Math.max(first, 0), Math.min(end, days)];
    if (from >= until) continue;
    changes[from] = (changes[from] ?? 0) + units;
    changes[until] = (changes[until] ?? 0) - units;
  }
  let sum = 0;
  return changes.slice(0, days).map((change) => {
    sum += change;
    return sum;
  });
}

/** Binary search: the periods are in order, so only the first that ends after the stay begins can overlap it. */
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
