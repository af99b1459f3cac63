/**
 * Reads the calendars of an equipment's units, as much of them as a question needs. It joins the units, which belong to
 * the catalogue, with their bookings because every checkout and every look at availability passes here, and two
 * statements would bring all bookings of all units out of the database (`npm run bench -- inventory`).
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { addDays, type CalendarDate } from '../../platform/kernel/calendar-date.js';
import type { FreeSpan, Period, TakenStay, UnitCalendar } from './unit-search.js';

/** Of which equipment, and what day it is: a unit that is overdue today is busy until it can have come back. */
export interface CalendarQuestion {
  equipmentId: number;
  turnaroundDays: number;
  today: CalendarDate;
}

interface Whereabouts {
  overdueSince: CalendarDate | null;
  returnedOn: CalendarDate | null;
}

interface Neighbours extends Whereabouts {
  unit: number;
  previousFrom: CalendarDate | null;
  previousUntil: CalendarDate | null;
  nextFrom: CalendarDate | null;
  nextUntil: CalendarDate | null;
}

/**
 * The units in service that no booking keeps from a stay, with the bookings next to it: the last that begins before its
 * end, which is the only one that can overlap it, and the first after it. Two steps in an index for each unit, however
 * long its history is.
 */
export async function calendarsAround(
  em: EntityManager,
  question: CalendarQuestion,
  stay: Period,
): Promise<UnitCalendar[]> {
  const rows = await em.execute<Neighbours[]>(
    `select u.id as unit, lower(previous.period)::text as "previousFrom", upper(previous.period)::text as "previousUntil",
       lower(next.period)::text as "nextFrom", upper(next.period)::text as "nextUntil", overdue.since as "overdueSince",
       back.day as "returnedOn"
     from equipment_units u
     left join lateral (
       select b.period from bookings b where b.unit_id = u.id and b.active and lower(b.period) < ?
       order by lower(b.period) desc limit 1
     ) previous on true
     left join lateral (
       select b.period from bookings b where b.unit_id = u.id and b.active and lower(b.period) >= ?
       order by lower(b.period) limit 1
     ) next on true
     left join lateral (${OVERDUE}) overdue on true
     left join lateral (${RETURNED}) back on true
     where u.equipment_id = ? and u.active and (previous.period is null or upper(previous.period) <= ?)
     order by u.id`,
    [stay.until, stay.until, question.today, turnaroundStart(question), question.equipmentId, stay.from],
  );
  return rows.map(({ unit, previousFrom, previousUntil, nextFrom, nextUntil, ...place }) => {
    const bookings = [toPeriod(previousFrom, previousUntil), toPeriod(nextFrom, nextUntil)];
    return { unitId: unit, busy: inOrder([...bookings, ...awayPeriods(place, question)]) };
  });
}

/**
 * When how many units in service are free between two days. Put together by the database, which has the bookings: what
 * comes back is as many rows as there are different spans, at most, and not as there are bookings.
 *
 * @param minDays shorter spans are left out
 * @param taken days on which units are taken besides
 */
export async function freeSpans(
  em: EntityManager,
  question: CalendarQuestion,
  { from, until }: Period,
  { minDays = 1, taken = [] }: { minDays?: number; taken?: readonly TakenStay[] } = {},
): Promise<FreeSpan[]> {
  const { equipmentId, turnaroundDays, today } = question;
  return em.execute<FreeSpan[]>(
    `select lower(free.days)::text as "from", upper(free.days)::text as until, count(*)::int as units
     from equipment_units u
     cross join lateral (
       select range_agg(busy.days) as days from (
         select b.period as days from bookings b where b.unit_id = u.id and b.active and b.period && daterange(?, ?)
         union all select daterange(overdue.since::date, ?) from (${OVERDUE}) overdue
         union all select daterange(back.day::date, back.day::date + ?::int) from (${RETURNED}) back
         where back.day is not null and ?::int > 1
         union all select daterange(t.starts, t.ends)
           from unnest(?::int[], ?::date[], ?::date[]) as t (unit, starts, ends) where t.unit = u.id
       ) busy
     ) calendar
     cross join lateral unnest(
       datemultirange(daterange(?, ?)) - coalesce(calendar.days, '{}'::datemultirange)
     ) as free (days)
     where u.equipment_id = ? and u.active and upper(free.days) - lower(free.days) >= ?
     group by 1, 2`,
    [
      ...[from, until],
      // It may come back today at the earliest, and is then turned around.
      ...[addDays(today, 1 + turnaroundDays), today],
      // Back on a day, it could leave again on the same one where nothing has to be done to it.
      ...[1 + turnaroundDays, turnaroundStart(question), 1 + turnaroundDays],
      ...[arrayOf(taken.map(({ unitId }) => unitId))],
      ...[arrayOf(taken.map(({ stay }) => stay.from)), arrayOf(taken.map(({ stay }) => stay.until))],
      ...[from, until, equipmentId, minDays],
    ],
  );
}

/** An array as PostgreSQL writes it; of values that need no quotes. */
function arrayOf(values: readonly (number | CalendarDate)[]): string {
  return `{${values.join(',')}}`;
}

// Overdue is computed, never stored: picked up, not back, and its day has passed.
const OVERDUE = `
  select lower(o.period)::text as since from bookings o
  where o.unit_id = u.id and o.picked_up_at is not null and o.returned_at is null and o.return_date < ? limit 1`;

// A unit that came back late is turned around then, whatever its booking said.
const RETURNED = `
  select max(r.returned_on)::text as day from bookings r where r.unit_id = u.id and r.returned_on >= ?`;

/** A unit that came back before this day has been turned around. */
function turnaroundStart({ today, turnaroundDays }: CalendarQuestion): CalendarDate {
  return addDays(today, -turnaroundDays);
}

/** The days on which a unit is not ready although no booking says so. */
function awayPeriods({ overdueSince, returnedOn }: Whereabouts, question: CalendarQuestion): (Period | null)[] {
  const { today, turnaroundDays } = question;
  const readyAfter = (day: CalendarDate) => addDays(day, 1 + turnaroundDays);
  return [
    // It may come back today at the earliest, and is then turned around.
    overdueSince === null ? null : { from: overdueSince, until: readyAfter(today) },
    // Back on this day, it could leave again on the same one where nothing has to be done to it.
    returnedOn === null || turnaroundDays === 0 ? null : { from: returnedOn, until: readyAfter(returnedOn) },
  ];
}

function toPeriod(from: CalendarDate | null, until: CalendarDate | null): Period | null {
  return from === null || until === null ? null : { from, until };
}

/** In order and without overlaps, which the days of a late unit may have with its bookings. */
function inOrder(periods: readonly (Period | null)[]): Period[] {
  const sorted = periods.filter((period) => period !== null).sort((a, b) => (a.from < b.from ? -1 : 1));
  const merged: Period[] = [];
  for (const period of sorted) {
    const last = merged.at(-1);
    if (last === undefined || last.until <= period.from) merged.push(period);
    else merged[merged.length - 1] = { from: last.from, until: last.until > period.until ? last.until : period.until };
  }
  return merged;
}
