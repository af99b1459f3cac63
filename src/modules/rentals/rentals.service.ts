/** The life of a rental after its payment: handed out, brought back, moved to another unit, in danger. */
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { inTransaction } from '../../platform/database/transaction.js';
import {
  addDays,
  type CalendarDate,
  calendarDateAt,
  checkDay,
  daysBetween,
} from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid, parseCatalogueId } from '../../platform/kernel/identifier.js';
import { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';
import { lockEquipment } from '../catalogue/management.service.js';
import { HoldState } from '../inventory/hold-state.js';
import type { Block } from '../inventory/stock-management.service.js';
import { calendarsAround } from '../inventory/unit-calendars.js';
import { freeUnits } from '../inventory/unit-search.js';
import { Order } from '../orders/order.entity.js';
import { OrderLine } from '../orders/order-line.entity.js';
import type { ShopConfig } from '../shop/shop-config.js';

/** One unit of a rental. */
export interface RentedUnit {
  bookingId: number;
  orderId: string;
  orderLineId: string;
  unitId: number;
  label: string;
  /** Of the equipment, as it was ordered. */
  name: string;
  startDate: CalendarDate;
  returnDate: CalendarDate;
  /** The first day on which the unit may leave again. */
  until: CalendarDate;
  pickedUpAt: Date | null;
  returnedAt: Date | null;
  isOverdue: boolean;
}

/** What leaves and what comes back. */
export interface Movements {
  leaving: RentedUnit[];
  returning: RentedUnit[];
}

/** A rental, or a block by staff, whose unit may not be back in time: one of the two. */
export interface BookingAtRisk {
  rental: RentedUnit | null;
  block: Block | null;
  /** The overdue rental that has the unit. */
  overdue: RentedUnit;
}

interface UnitsOfLine {
  orderLineId: string;
  /** Absent: all of the line's. */
  unitIds?: readonly string[] | null | undefined;
}

// Staff look at days and weeks; a quarter is more than anybody reads.
const MAX_SPAN_DAYS = 92;

const RENTED_UNIT = `
  select b.id::int as "bookingId", l.order_id as "orderId", l.id as "orderLineId", u.id as "unitId", u.label, l.name,
    lower(b.period)::text as "startDate", b.return_date::text as "returnDate", upper(b.period)::text as until,
    b.picked_up_at as "pickedUpAt", b.returned_at as "returnedAt",
    (b.picked_up_at is not null and b.returned_at is null and b.return_date < ?) as "isOverdue"
  from bookings b
  join order_lines l on l.id = b.order_line_id
  join equipment_units u on u.id = b.unit_id
  where b.active and l.hold_state = 'CONFIRMED'`;

export class RentalsService {
  constructor(
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /** The units of a rental, by the id of its order line; none before it is paid. */
  readonly unitsOf = batched<RentedUnit>(
    (em, orderLineIds) => this.readUnits(em, orderLineIds),
    ({ orderLineId }) => orderLineId,
  );

  /**
   * Hands units out. Those that are out already stay so.
   *
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT` before the first day, `RENTAL_OVER` after the last,
   *   `NOT_AVAILABLE` for a unit that the renter before has not brought back
   */
  async markPickedUp(em: EntityManager, viewer: Viewer, request: UnitsOfLine): Promise<OrderLine> {
    return inTransaction(em, async (transaction) => {
      const { line, order, units } = await this.lockUnits(transaction, request);
      // Two rentals that follow each other on one unit are of different orders: they meet here.
      await lockEquipment(transaction, { id: String(line.itemId) });
      const today = this.today();
      for (const unit of units.filter(({ pickedUpAt }) => pickedUpAt === null)) {
        if (unit.startDate > today) throw DomainError.badInput('orderLineId', `starts on ${unit.startDate} only`);
        rejectWhenOver(line, today);
        await this.rejectWhileOut(transaction, unit);
        await transaction.execute('update bookings set picked_up_at = ? where id = ?', [
          this.clock.now(),
          unit.bookingId,
        ]);
        this.addTimelineEntry(order, viewer, `unit ${unit.unitId} picked up`);
      }
      return line;
    });
  }

  /**
   * Takes units back, all of a line or some. A unit that comes back early is free earlier, and one that
   * comes late is turned around before it leaves again, as far as the next rental lets it.
   */
  async markReturned(em: EntityManager, viewer: Viewer, request: UnitsOfLine): Promise<OrderLine> {
    return inTransaction(em, async (transaction) => {
      const { line, order, units } = await this.lockUnits(transaction, request);
      const { turnaroundDays } = await lockEquipment(transaction, { id: String(line.itemId) });
      for (const unit of units.filter(({ returnedAt }) => returnedAt === null)) {
        if (unit.pickedUpAt === null) throw DomainError.badInput('orderLineId', `unit ${unit.label} is not out`);
        await transaction.execute(
          `update bookings b set returned_at = ?, returned_on = ?, period = daterange(lower(b.period), greatest(lower(b.period) + 1, least(?::date,
             coalesce((select min(lower(n.period)) from bookings n where n.unit_id = b.unit_id and n.active
               and n.id <> b.id and lower(n.period) >= upper(b.period)), ?::date))))
           where b.id = ?`,
          [this.clock.now(), this.today(), ...twice(addDays(this.today(), 1 + turnaroundDays)), unit.bookingId],
        );
        this.addTimelineEntry(order, viewer, `unit ${unit.unitId} returned`);
      }
      return line;
    });
  }

  /**
   * Moves a rental that has not left yet to another unit of the same equipment.
   *
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT`; `NOT_AVAILABLE` where the other unit is spoken for
   */
  async swapUnit(
    em: EntityManager,
    viewer: Viewer,
    { orderLineId, fromUnitId, toUnitId }: { orderLineId: string; fromUnitId: string; toUnitId: string },
  ): Promise<OrderLine> {
    return inTransaction(em, async (transaction) => {
      const request = { orderLineId, unitIds: [fromUnitId] };
      const { line, order, units } = await this.lockUnits(transaction, request, 'fromUnitId');
      const [unit] = units;
      if (!unit) throw new Error(`Unit ${fromUnitId} of order line ${orderLineId} is gone.`);
      if (unit.pickedUpAt !== null) throw DomainError.badInput('fromUnitId', 'has been handed out already');
      const { id: equipmentId, turnaroundDays } = await lockEquipment(transaction, { id: String(line.itemId) });
      const target = await transaction.findOne(EquipmentUnit, { id: parseCatalogueId(toUnitId) ?? 0 });
      if (target?.equipment.id !== equipmentId || !target.active) {
        throw DomainError.ofFields('NOT_FOUND', { toUnitId: 'is not a unit in service of this equipment' });
      }
      const question = { equipmentId, turnaroundDays, today: this.today() };
      const stay = { from: unit.startDate, until: unit.until };
      if (!freeUnits(await calendarsAround(transaction, question, stay), stay).includes(target.id)) {
        throw new DomainError('NOT_AVAILABLE', `Unit ${target.label} is spoken for on these days.`, {
          fields: { toUnitId: 'is spoken for on these days' },
        });
      }
      await transaction.execute('update bookings set unit_id = ? where id = ?', [target.id, unit.bookingId]);
      this.addTimelineEntry(order, viewer, `unit ${unit.unitId} swapped for unit ${target.id}`);
      return line;
    });
  }

  /** What leaves and what comes back in a span of days, in the order of days. */
  async movements(em: EntityManager, from: CalendarDate, to: CalendarDate): Promise<Movements> {
    checkDay('from', from);
    checkDay('to', to);
    const span = daysBetween(from, to) + 1;
    if (span < 1 || span > MAX_SPAN_DAYS) {
      throw DomainError.badInput('to', `must make a span of 1 to ${MAX_SPAN_DAYS} days`);
    }
    const leaving = 'and lower(b.period) between ? and ? order by lower(b.period), u.id';
    const returning = 'and b.return_date between ? and ? order by b.return_date, u.id';
    return {
      leaving: await this.read(em, leaving, [from, to]),
      returning: await this.read(em, returning, [from, to]),
    };
  }

  /** Rentals and blocks to come whose unit is out past its day and could not be ready in time, the earliest first. */
  async atRisk(em: EntityManager): Promise<BookingAtRisk[]> {
    const overdue = await this.read(
      em,
      'and b.picked_up_at is not null and b.returned_at is null and b.return_date < ?',
      [this.today()],
    );
    if (overdue.length === 0) return [];
    const today = this.today();
    const next = await this.read(
      em,
      `and b.unit_id in (?) and b.picked_up_at is null and b.return_date >= ?
       and lower(b.period) <= ?::date + (select e.turnaround_days from equipment e where e.id = u.equipment_id)`,
      [overdue.map(({ unitId }) => unitId), today, today],
    );
    const blocks = await em.execute<Block[]>(
      `select b.id::int, b.unit_id as "unitId", lower(b.period)::text as "from", (upper(b.period) - 1)::text as "to", b.reason
       from bookings b join equipment_units u on u.id = b.unit_id join equipment e on e.id = u.equipment_id
       where b.kind = 'BLOCK' and b.active and b.unit_id in (?) and upper(b.period) > ?
         and lower(b.period) <= ?::date + e.turnaround_days`,
      [overdue.map(({ unitId }) => unitId), today, today],
    );
    const lateOn = (unit: number) => overdue.filter(({ unitId }) => unitId === unit);
    const found: BookingAtRisk[] = [
      ...next.flatMap((rental) => lateOn(rental.unitId).map((late) => ({ rental, block: null, overdue: late }))),
      ...blocks.flatMap((block) => lateOn(block.unitId).map((late) => ({ rental: null, block, overdue: late }))),
    ];
    return found.sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
  }

  private async readUnits(em: EntityManager, orderLineIds: readonly string[]): Promise<RentedUnit[]> {
    return this.read(em, 'and l.id in (?) order by u.id', [orderLineIds]);
  }

  private async read(em: EntityManager, condition: string, parameters: readonly unknown[]): Promise<RentedUnit[]> {
    const rows = await em.execute<RentedUnit[]>(`${RENTED_UNIT} ${condition}`, [this.today(), ...parameters]);
    return rows.map((row) => ({ ...row, pickedUpAt: toDate(row.pickedUpAt), returnedAt: toDate(row.returnedAt) }));
  }

  /** The line with the units asked for, its order's row locked. */
  private async lockUnits(
    em: EntityManager,
    { orderLineId, unitIds }: UnitsOfLine,
    field = 'unitIds',
  ): Promise<{ line: OrderLine; order: Order; units: RentedUnit[] }> {
    const line = isUuid(orderLineId) ? await em.findOne(OrderLine, { id: orderLineId }) : null;
    if (!line) throw DomainError.ofFields('NOT_FOUND', { orderLineId: 'is not the id of an order line' });
    const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
    const order = await em.findOneOrFail(Order, { id: line.order.id }, locked);
    await em.refresh(line);
    const units = await this.readUnits(em, [line.id]);
    if (line.holdState !== HoldState.CONFIRMED || units.length === 0) {
      throw DomainError.badInput('orderLineId', 'is not a rental that is paid');
    }
    if (unitIds == null) return { line, order, units };
    const wanted = units.filter(({ unitId }) => unitIds.includes(String(unitId)));
    if (wanted.length < new Set(unitIds).size) throw DomainError.badInput(field, 'is not a unit of this rental');
    return { line, order, units: wanted };
  }

  private async rejectWhileOut(em: EntityManager, { unitId, label, bookingId }: RentedUnit): Promise<void> {
    const out = await em.execute(
      'select 1 from bookings where unit_id = ? and id <> ? and picked_up_at is not null and returned_at is null limit 1',
      [unitId, bookingId],
    );
    if (out.length === 0) return;
    throw new DomainError('NOT_AVAILABLE', `Unit ${label} is still out: take it back first, or swap it.`, {
      fields: { orderLineId: `unit ${label} is still out` },
    });
  }

  /** Who handed what out, and who took it back: it matters when something is missing. */
  private addTimelineEntry(order: Order, viewer: Viewer, cause: string): void {
    order.addTimelineEntry({ at: this.clock.now(), cause, actor: actorOf(viewer) });
  }

  private today(): CalendarDate {
    return calendarDateAt(this.clock.now(), this.shop.timeZone);
  }
}

/** What is handed out after its last day would be overdue as it leaves, and keep the next renter waiting. */
function rejectWhenOver({ endDate }: OrderLine, today: CalendarDate): void {
  if (!endDate || endDate >= today) return;
  throw new DomainError('RENTAL_OVER', `The last day of the rental was ${endDate}.`, {
    fields: { orderLineId: `is a rental whose last day was ${endDate}` },
    endDate,
  });
}

function startOf({ rental, block }: BookingAtRisk): CalendarDate {
  return rental?.startDate ?? block?.from ?? '';
}

function twice<T>(value: T): [T, T] {
  return [value, value];
}

/** The driver gives timestamps of raw queries as it likes. */
function toDate(value: Date | string | null): Date | null {
  return value === null ? null : new Date(value);
}
