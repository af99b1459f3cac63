/** Reads the calendars of an equipment's units, as much of them as a question needs. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { addDays, type CalendarDate } from '../shared/calendar-date.js';
import type { Period, UnitCalendar } from './unit-search.js';

/** Of which equipment, and what day it is: a unit that is overdue today is busy until it can have come back. */
export interface CalendarQuestion {
  equipmentId: number;
  turnaroundDays: number;
  today: CalendarDate;
}

interface Neighbours {
  unit: number;
  previousFrom: CalendarDate | null;
  previousUntil: CalendarDate | null;
  nextFrom: CalendarDate | null;
  nextUntil: CalendarDate | null;
  overdueSince: CalendarDate | null;
}

/**
 * Every unit in service with the bookings next to a stay: the last that begins before its end, which is the
 * only one that can overlap it, and the first after it. Two steps in an index for each unit, however long
 * its history is.
 */
export async function calendarsAround(
  em: EntityManager,
  question: CalendarQuestion,
  stay: Period,
): Promise<UnitCalendar[]> {
  const rows = await em.execute<Neighbours[]>(
    `select u.id as unit, lower(previous.period)::text as "previousFrom", upper(previous.period)::text as "previousUntil",
       lower(next.period)::text as "nextFrom", upper(next.period)::text as "nextUntil", overdue.since as "overdueSince"
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
     where u.equipment_id = ? and u.active
     order by u.id`,
    [stay.until, stay.until, question.today, question.equipmentId],
  );
  return rows.map(({ unit, previousFrom, previousUntil, nextFrom, nextUntil, overdueSince }) => {
    const overdue = overduePeriod(overdueSince, question);
    const busy = [toPeriod(previousFrom, previousUntil), toPeriod(nextFrom, nextUntil), overdue];
    return { unitId: unit, busy: inOrder(busy) };
  });
}

/** Every unit in service with all its bookings between two days, the second not included. */
export async function calendarsBetween(
  em: EntityManager,
  question: CalendarQuestion,
  { from, until }: Period,
): Promise<UnitCalendar[]> {
  const rows = await em.execute<
    { unit: number; from: CalendarDate | null; until: CalendarDate | null; overdueSince: CalendarDate | null }[]
  >(
    `select u.id as unit, lower(b.period)::text as "from", upper(b.period)::text as until, overdue.since as "overdueSince"
     from equipment_units u
     left join bookings b on b.unit_id = u.id and b.active and b.period && daterange(?, ?)
     left join lateral (${OVERDUE}) overdue on true
     where u.equipment_id = ? and u.active
     order by u.id`,
    [from, until, question.today, question.equipmentId],
  );
  const calendars = new Map<number, (Period | null)[]>();
  for (const row of rows) {
    const busy = calendars.get(row.unit) ?? [overduePeriod(row.overdueSince, question)];
    calendars.set(row.unit, [...busy, toPeriod(row.from, row.until)]);
  }
  return [...calendars].map(([unitId, busy]) => ({ unitId, busy: inOrder(busy) }));
}

// Overdue is computed, never stored: picked up, not back, and its day has passed.
const OVERDUE = `
  select lower(o.period)::text as since from bookings o
  where o.unit_id = u.id and o.picked_up_at is not null and o.returned_at is null and o.return_date < ? limit 1`;

/** It may come back today at the earliest, and is then turned around. */
function overduePeriod(since: CalendarDate | null, { today, turnaroundDays }: CalendarQuestion): Period | null {
  return since === null ? null : { from: since, until: addDays(today, 1 + turnaroundDays) };
}

function toPeriod(from: CalendarDate | null, until: CalendarDate | null): Period | null {
  return from === null || until === null ? null : { from, until };
}

function inOrder(periods: readonly (Period | null)[]): Period[] {
  return periods.filter((period) => period !== null).sort((a, b) => (a.from < b.from ? -1 : 1));
}
