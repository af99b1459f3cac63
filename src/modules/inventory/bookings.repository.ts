/** What other modules, and staff who manage units, ask of bookings by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { addDays, type CalendarDate } from '../../platform/kernel/calendar-date.js';
import type { Period } from './unit-search.js';

/** A rental that a unit has not left for. */
export interface RentalToCome extends Period {
  bookingId: number;
  orderLineId: string;
}

/** A unit as it is booked by an order line. */
export interface RentalBooking {
  bookingId: number;
  orderLineId: string;
  unitId: number;
  startDate: CalendarDate;
  returnDate: CalendarDate;
  /** The first day on which the unit may leave again. */
  until: CalendarDate;
  pickedUpAt: Date | null;
  returnedAt: Date | null;
}

/** Days on which staff keep a unit back. */
export interface UnitBlock {
  id: number;
  unitId: number;
  from: CalendarDate;
  /** The last day. */
  to: CalendarDate;
  reason: string;
}

interface Span {
  from: CalendarDate;
  to: CalendarDate;
}

const RENTAL = `select id::int as "bookingId", order_line_id as "orderLineId", unit_id as "unitId",
    lower(period)::text as "startDate", return_date::text as "returnDate", upper(period)::text as until,
    picked_up_at as "pickedUpAt", returned_at as "returnedAt"
  from bookings where active and kind = 'RENTAL'`;

const BLOCK = `select id::int, unit_id as "unitId", lower(period)::text as "from", (upper(period) - 1)::text as "to", reason
  from bookings where kind = 'BLOCK'`;

export async function findRentalsOfLines(em: EntityManager, lineIds: readonly string[]): Promise<RentalBooking[]> {
  return lineIds.length === 0 ? [] : findRentals(em, 'and order_line_id in (?) order by unit_id', [lineIds]);
}

/** Those that leave in a span of days, in the order of days. */
export async function findLeavingRentals(em: EntityManager, { from, to }: Span): Promise<RentalBooking[]> {
  return findRentals(em, 'and lower(period) between ? and ? order by lower(period), unit_id', [from, to]);
}

/** Those that have to be back in a span of days, in the order of days. */
export async function findReturningRentals(em: EntityManager, { from, to }: Span): Promise<RentalBooking[]> {
  return findRentals(em, 'and return_date between ? and ? order by return_date, unit_id', [from, to]);
}

/** Those that are out, and should have been back before a day. */
export async function findOverdueRentals(em: EntityManager, today: CalendarDate): Promise<RentalBooking[]> {
  return findRentals(em, 'and picked_up_at is not null and returned_at is null and return_date < ?', [today]);
}

/** One that came back after its day. */
export interface LateReturn {
  bookingId: number;
  orderLineId: string;
  unitId: number;
  returnDate: CalendarDate;
  returnedOn: CalendarDate;
}

/** Those that came back late, since a day. */
export async function findLateReturns(em: EntityManager, since: CalendarDate): Promise<LateReturn[]> {
  return em.execute(
    `select id::int as "bookingId", order_line_id as "orderLineId", unit_id as "unitId",
       return_date::text as "returnDate", returned_on::text as "returnedOn"
     from bookings where returned_on > return_date and returned_on >= ? and order_line_id is not null order by id`,
    [since],
  );
}

/** Those that have not left, and are to leave until a day. */
export async function findRentalsLeavingUntil(
  em: EntityManager,
  unitIds: readonly number[],
  { from, to }: Span,
): Promise<RentalBooking[]> {
  const condition = 'and unit_id in (?) and picked_up_at is null and return_date >= ? and lower(period) <= ?';
  return findRentals(em, condition, [unitIds, from, to]);
}

/** Whether a unit is out for another rental than this one. */
export async function isOutWithAnother(em: EntityManager, unitId: number, bookingId: number): Promise<boolean> {
  const out = await em.execute(
    'select 1 from bookings where unit_id = ? and id <> ? and picked_up_at is not null and returned_at is null limit 1',
    [unitId, bookingId],
  );
  return out.length > 0;
}

/** Whether a unit is out, and should have been back before a day. */
export async function isOverdue(em: EntityManager, unitId: number, today: CalendarDate): Promise<boolean> {
  const overdue = await em.execute(
    'select 1 from bookings where unit_id = ? and picked_up_at is not null and returned_at is null and return_date < ?',
    [unitId, today],
  );
  return overdue.length > 0;
}

export async function recordPickUp(em: EntityManager, bookingId: number, at: Date): Promise<void> {
  await em.execute('update bookings set picked_up_at = ? where id = ?', [at, bookingId]);
}

/**
 * A unit that comes back early is free earlier, and one that comes late is turned around before it leaves again, as far
 * as the next rental lets it.
 */
export async function recordReturn(
  em: EntityManager,
  bookingId: number,
  at: Date,
  { today, turnaroundDays }: { today: CalendarDate; turnaroundDays: number },
): Promise<void> {
  const ready = addDays(today, 1 + turnaroundDays);
  await em.execute(
    `update bookings b set returned_at = ?, returned_on = ?, period = daterange(lower(b.period), greatest(lower(b.period) + 1, least(?::date,
       coalesce((select min(lower(n.period)) from bookings n where n.unit_id = b.unit_id and n.active
         and n.id <> b.id and lower(n.period) >= upper(b.period)), ?::date))))
     where b.id = ?`,
    [at, today, ready, ready, bookingId],
  );
}

/**
 * Frees bookings of a line whose units are not out, where there are enough.
 *
 * @param unitIds which ones; null for any, the last ones first
 * @returns how many there are; with fewer than asked for, none is freed
 */
export async function freeBookings(
  em: EntityManager,
  lineId: string,
  count: number,
  unitIds: readonly number[] | null,
): Promise<number> {
  const bookings = await em.execute<{ id: number }[]>(
    `select id::int from bookings where order_line_id = ? and active and picked_up_at is null
       and (? or unit_id in (?)) order by unit_id desc for update`,
    [lineId, unitIds === null, unitIds ?? [0]],
  );
  if (bookings.length < count) return bookings.length;
  const ids = bookings.slice(0, count).map(({ id }) => id);
  await em.execute('update bookings set active = false where id in (?)', [ids]);
  return bookings.length;
}

/** How many units of a paid rental are booked, how many of them have left, and how many of those came back. */
export interface UnitMovements {
  booked: number;
  pickedUp: number;
  returned: number;
}

export async function countMovements(em: EntityManager, lineId: string): Promise<UnitMovements> {
  const [counted] = await em.execute<UnitMovements[]>(
    `select count(*)::int as booked, count(picked_up_at)::int as "pickedUp", count(returned_at)::int as returned
     from bookings where order_line_id = ? and active`,
    [lineId],
  );
  return counted ?? { booked: 0, pickedUp: 0, returned: 0 };
}

export async function moveBooking(em: EntityManager, bookingId: number, toUnitId: number): Promise<void> {
  await em.execute('update bookings set unit_id = ? where id = ?', [toUnitId, bookingId]);
}

/**
 * What a unit is booked for by orders and has not left for, also today, the earliest first; locked, since an order that
 * ends meanwhile frees them without the equipment's lock.
 */
export async function lockRentalsToCome(
  em: EntityManager,
  unitId: number,
  today: CalendarDate,
): Promise<RentalToCome[]> {
  return em.execute(
    `select id::int as "bookingId", order_line_id as "orderLineId", lower(period)::text as "from",
       upper(period)::text as until
     from bookings where unit_id = ? and active and kind = 'RENTAL' and picked_up_at is null and return_date >= ?
     order by period for update`,
    [unitId, today],
  );
}

/** The blocks of units that are not over yet, the earliest first. */
export async function findBlocks(
  em: EntityManager,
  unitIds: readonly number[],
  today: CalendarDate,
): Promise<UnitBlock[]> {
  return em.execute(`${BLOCK} and active and unit_id in (?) and upper(period) > ? order by period`, [unitIds, today]);
}

/** A block, one that has ended included. */
export async function findBlock(em: EntityManager, id: number): Promise<UnitBlock> {
  const [block] = await em.execute<UnitBlock[]>(`${BLOCK} and id = ?`, [id]);
  if (!block) throw new Error(`The block ${id} is gone.`);
  return block;
}

/** A booking as it stands, ended ones included. */
interface BookingOfLine {
  orderLineId: string;
  unitId: number;
  /** As PostgreSQL writes a range of dates. */
  period: string;
  pickedUpAt: Date | null;
  returnedAt: Date | null;
}

/** All bookings of order lines, also those that were released, as they were made. */
export async function findBookingsOfLines(em: EntityManager, lineIds: readonly string[]): Promise<BookingOfLine[]> {
  if (lineIds.length === 0) return [];
  return em.execute(
    `select order_line_id as "orderLineId", unit_id as "unitId", period::text as period, picked_up_at as "pickedUpAt",
       returned_at as "returnedAt"
     from bookings where order_line_id in (?) order by id`,
    [lineIds],
  );
}

/** The order lines among these whose units are out, or are still to be fetched. */
export async function findLinesNotReturned(
  em: EntityManager,
  lineIds: readonly string[],
  today: CalendarDate,
): Promise<string[]> {
  if (lineIds.length === 0) return [];
  const rows = await em.execute<{ id: string }[]>(
    `select distinct order_line_id as id from bookings
     where order_line_id in (?) and active and returned_at is null and (picked_up_at is not null or return_date >= ?)`,
    [lineIds, today],
  );
  return rows.map(({ id }) => id);
}

async function findRentals(em: EntityManager, condition: string, values: readonly unknown[]): Promise<RentalBooking[]> {
  const rows = await em.execute<RentalBooking[]>(`${RENTAL} ${condition}`, values);
  return rows.map((row) => ({ ...row, pickedUpAt: toDate(row.pickedUpAt), returnedAt: toDate(row.returnedAt) }));
}

/** The driver gives timestamps of raw queries as it likes. */
function toDate(value: Date | string | null): Date | null {
  return value === null ? null : new Date(value);
}
