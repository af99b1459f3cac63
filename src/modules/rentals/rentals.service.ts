/** Rentals after their payment: picking up, returning, moving to another unit, and bookings at risk. */
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
  startOfDay,
} from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid, parseCatalogueId } from '../../platform/kernel/identifier.js';
import type { Waiting } from '../../platform/kernel/waiting.js';
import { findUnits } from '../catalogue/catalogue.repository.js';
import { EquipmentUnit } from '../catalogue/equipment-unit.entity.js';
import { lockEquipment } from '../catalogue/management.service.js';
import {
  countMovements,
  findBlocks,
  findLeavingRentals,
  findOverdueRentals,
  findRentalsLeavingUntil,
  findRentalsOfLines,
  findReturningRentals,
  isOutWithAnother,
  moveBooking,
  type RentalBooking,
  recordPickUp,
  recordReturn,
  type UnitBlock,
} from '../inventory/bookings.repository.js';
import { HoldState } from '../inventory/hold-state.js';
import { calendarsAround } from '../inventory/unit-calendars.hot-path.js';
import { freeUnits } from '../inventory/unit-search.js';
import { fulfillmentStatusOf } from '../orders/fulfillment-status.js';
import type { HandoverConsent, HandoverRules } from '../orders/handover-rules.js';
import { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { OrderLine } from '../orders/order-line.entity.js';
import { findPaidLines } from '../orders/order-lines.repository.js';
import type { TimelineEntry } from '../orders/order-rules.js';
import type { ShopConfig } from '../shop/shop-config.js';

/** One unit of a rental that is paid. */
export interface RentedUnit extends RentalBooking {
  orderId: string;
  label: string;
  /** Of the equipment, as it was ordered. */
  name: string;
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
  block: UnitBlock | null;
  /** The overdue rental that has the unit. */
  overdue: RentedUnit;
}

/** Knows which deposits are held; the deposits, which build on rentals, implement it. */
export interface HeldDeposits {
  /** Whether the deposit of the rentals of an order that start on a day is held, or they have none. */
  isHeld(em: EntityManager, orderId: string, startDate: CalendarDate): Promise<boolean>;
}

/** What staff confirm when units leave. */
export interface PickUpConsent extends HandoverConsent {
  /** Why they leave although no deposit is held. */
  withoutDeposit?: string | null | undefined;
}

interface UnitsOfLine {
  orderLineId: string;
  /** Absent: all of the line's. */
  unitIds?: readonly string[] | null | undefined;
}

// Staff look at days and weeks; a quarter is more than enough.
const MAX_SPAN_DAYS = 92;

export class RentalsService {
  constructor(
    private readonly handover: HandoverRules,
    private readonly deposits: HeldDeposits,
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
   *   `NOT_AVAILABLE` for a unit that the renter before has not brought back; `ORDER_REFUNDED` or `ORDER_DISPUTED`;
   *   `DEPOSIT_NOT_HELD`
   */
  async markPickedUp(em: EntityManager, viewer: Viewer, request: UnitsOfLine & PickUpConsent): Promise<OrderLine> {
    return inTransaction(em, async (transaction) => {
      const { line, order, units } = await this.lockUnits(transaction, request);
      // Consecutive rentals of one unit are of different orders: their locks meet here.
      await lockEquipment(transaction, { id: String(line.itemId) });
      const today = this.today();
      const leaving = units.filter(({ pickedUpAt }) => pickedUpAt === null);
      if (leaving.length > 0) await this.handover.check(transaction, order, [line], request);
      const isHeld = leaving.length === 0 || (await this.isHeld(transaction, line, request));
      for (const unit of leaving) {
        if (unit.startDate > today) throw DomainError.badInput('orderLineId', `starts on ${unit.startDate} only`);
        rejectWhenOver(line, today);
        await this.rejectWhileOut(transaction, unit);
        await recordPickUp(transaction, unit.bookingId, this.clock.now());
        const note = `unit ${unit.unitId}${isHeld ? '' : `, without a deposit: ${request.withoutDeposit}`}`;
        this.addTimelineEntry(order, viewer, { cause: OrderEventCause.UNIT_PICKED_UP, note });
      }
      await updateFulfillment(transaction, order, line);
      return line;
    });
  }

  /** Takes units back, all of a line or some. */
  async markReturned(em: EntityManager, viewer: Viewer, request: UnitsOfLine): Promise<OrderLine> {
    return inTransaction(em, async (transaction) => {
      const { line, order, units } = await this.lockUnits(transaction, request);
      const { turnaroundDays } = await lockEquipment(transaction, { id: String(line.itemId) });
      for (const unit of units.filter(({ returnedAt }) => returnedAt === null)) {
        if (unit.pickedUpAt === null) throw DomainError.badInput('orderLineId', `unit ${unit.label} is not out`);
        const day = { today: this.today(), turnaroundDays };
        await recordReturn(transaction, unit.bookingId, this.clock.now(), day);
        this.addTimelineEntry(order, viewer, { cause: OrderEventCause.UNIT_RETURNED, note: `unit ${unit.unitId}` });
      }
      await updateFulfillment(transaction, order, line);
      return line;
    });
  }

  /**
   * Moves a rental that has not left yet to another unit of the same equipment.
   *
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT`; `NOT_AVAILABLE` where the other unit is booked
   */
  async reassignUnit(
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
        throw new DomainError('NOT_AVAILABLE', `Unit ${target.label} is booked on these days.`, {
          fields: { toUnitId: 'is booked on these days' },
        });
      }
      await moveBooking(transaction, unit.bookingId, target.id);
      this.addTimelineEntry(order, viewer, {
        cause: OrderEventCause.UNIT_REASSIGNED,
        note: `unit ${target.id} instead of unit ${unit.unitId}`,
      });
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
    const leaving = await findLeavingRentals(em, { from, to });
    const returning = await findReturningRentals(em, { from, to });
    // Most of those that leave also come back in the span: what is known of each is read once.
    const all = new Map([...leaving, ...returning].map((rental) => [rental.bookingId, rental]));
    const paid = new Map((await this.paidUnits(em, [...all.values()])).map((unit) => [unit.bookingId, unit]));
    const unitsOf = (rentals: readonly RentalBooking[]) =>
      rentals.flatMap(({ bookingId }) => paid.get(bookingId) ?? []);
    return { leaving: unitsOf(leaving), returning: unitsOf(returning) };
  }

  /** Rentals and blocks to come whose unit is out past its day and could not be ready in time, the earliest first. */
  async atRisk(em: EntityManager): Promise<BookingAtRisk[]> {
    const today = this.today();
    const overdue = await this.paidUnits(em, await findOverdueRentals(em, today));
    if (overdue.length === 0) return [];
    const unitIds = overdue.map(({ unitId }) => unitId);
    const turnarounds = await findUnits(em, unitIds);
    const readyOn = (unitId: number) => addDays(today, turnarounds.get(unitId)?.turnaroundDays ?? 0);
    const latest = unitIds.map(readyOn).sort().at(-1) ?? today;
    const next = (
      await this.paidUnits(em, await findRentalsLeavingUntil(em, unitIds, { from: today, to: latest }))
    ).filter(({ unitId, startDate }) => startDate <= readyOn(unitId));
    const blocks = (await findBlocks(em, unitIds, today)).filter(({ unitId, from }) => from <= readyOn(unitId));
    const lateOn = (unit: number) => overdue.filter(({ unitId }) => unitId === unit);
    const found: BookingAtRisk[] = [
      ...next.flatMap((rental) => lateOn(rental.unitId).map((late) => ({ rental, block: null, overdue: late }))),
      ...blocks.flatMap((block) => lateOn(block.unitId).map((late) => ({ rental: null, block, overdue: late }))),
    ];
    return found.sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
  }

  /** Units that are out past the day on which they had to be back, since that day was over; not those given up as lost. */
  async overdue(em: EntityManager): Promise<Waiting[]> {
    const late = await this.paidUnits(em, await findOverdueRentals(em, this.today()));
    const units = await findUnits(
      em,
      late.map(({ unitId }) => unitId),
    );
    const awaited = late.filter(({ unitId }) => units.get(unitId)?.active);
    return awaited.map(({ bookingId, orderId, returnDate }) => {
      const dueAt = startOfDay(addDays(returnDate, 1), this.shop.timeZone);
      return { id: String(bookingId), orderId, since: dueAt, dueAt };
    });
  }

  /** The same as `atRisk`, since the unit is overdue, until it is needed. */
  async waitingAtRisk(em: EntityManager): Promise<Waiting[]> {
    const found = await this.atRisk(em);
    return found.map((booking) => ({
      id: booking.rental ? `rental ${booking.rental.bookingId}` : `block ${booking.block?.id}`,
      orderId: booking.rental?.orderId ?? null,
      since: startOfDay(addDays(booking.overdue.returnDate, 1), this.shop.timeZone),
      dueAt: startOfDay(startOf(booking), this.shop.timeZone),
    }));
  }

  private async readUnits(em: EntityManager, orderLineIds: readonly string[]): Promise<RentedUnit[]> {
    return this.paidUnits(em, await findRentalsOfLines(em, orderLineIds));
  }

  /** Those of the bookings that are paid, with what order and catalogue say of them. */
  private async paidUnits(em: EntityManager, bookings: readonly RentalBooking[]): Promise<RentedUnit[]> {
    const lineIds = bookings.map(({ orderLineId }) => orderLineId);
    const lines = new Map((await findPaidLines(em, lineIds)).map((line) => [line.id, line]));
    const paid = bookings.filter(({ orderLineId }) => lines.has(orderLineId));
    const unitIds = paid.map(({ unitId }) => unitId);
    const units = await findUnits(em, unitIds);
    const today = this.today();
    return paid.map((booking) => {
      const { pickedUpAt, returnedAt, returnDate } = booking;
      const { orderId = '', name = '' } = lines.get(booking.orderLineId) ?? {};
      const isOverdue = pickedUpAt !== null && returnedAt === null && returnDate < today;
      return { ...booking, orderId, name, label: units.get(booking.unitId)?.label ?? '', isOverdue };
    });
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
    const isPaid = line.holdState === HoldState.CONFIRMED || line.holdState === HoldState.RETURNED;
    if (!isPaid || units.length === 0) {
      throw DomainError.badInput('orderLineId', 'is not a rental that is paid');
    }
    if (unitIds == null) return { line, order, units };
    const wanted = units.filter(({ unitId }) => unitIds.includes(String(unitId)));
    if (wanted.length < new Set(unitIds).size) throw DomainError.badInput(field, 'is not a unit of this rental');
    return { line, order, units: wanted };
  }

  /** @throws DomainError `DEPOSIT_NOT_HELD` unless staff say why that does not matter */
  private async isHeld(em: EntityManager, line: OrderLine, { withoutDeposit }: PickUpConsent): Promise<boolean> {
    const { id: orderId } = line.order;
    if (!line.depositMinor || (await this.deposits.isHeld(em, orderId, line.startDate ?? ''))) return true;
    if (withoutDeposit) return false;
    throw new DomainError('DEPOSIT_NOT_HELD', 'The deposit is not held: nothing is to leave the shop.', {
      fields: { withoutDeposit: 'has to say why the units leave without a deposit' },
      orderId,
    });
  }

  private async rejectWhileOut(em: EntityManager, { unitId, label, bookingId }: RentedUnit): Promise<void> {
    if (!(await isOutWithAnother(em, unitId, bookingId))) return;
    throw new DomainError('NOT_AVAILABLE', `Unit ${label} is still out: take it back first, or reassign the rental.`, {
      fields: { orderLineId: `unit ${label} is still out` },
    });
  }

  /** Who handed what out, and who took it back: it matters when something is missing. */
  private addTimelineEntry(order: Order, viewer: Viewer, what: Pick<TimelineEntry, 'cause' | 'note'>): void {
    order.addTimelineEntry({ at: this.clock.now(), ...what, actor: actorOf(viewer) });
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

/** By all lines of the order, which is locked, and the bookings of the one that has changed. */
async function updateFulfillment(em: EntityManager, order: Order, line: OrderLine): Promise<void> {
  line.countUnits(await countMovements(em, line.id));
  order.fulfillmentStatus = fulfillmentStatusOf(await em.find(OrderLine, { order }));
}

function startOf({ rental, block }: BookingAtRisk): CalendarDate {
  return rental?.startDate ?? block?.from ?? '';
}
