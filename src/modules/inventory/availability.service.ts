/** Finds what is available, without holding it. A hold uses the same search, under its locks. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { batched } from '../../platform/database/batched.js';
import { addDays, type CalendarDate, calendarDateAt, daysBetween } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { countUnits } from '../catalogue/catalogue.repository.js';
import type { Equipment } from '../catalogue/equipment.entity.js';
import { ItemType } from '../catalogue/item-type.js';
import type { ShopConfig } from '../shop/shop-config.js';
import type { CalendarBudget } from './calendar-budget.js';
import { CalendarReadLimiter } from './calendar-read-limiter.js';
import { LATEST_START_DAYS, type LimitedRead, nextStartDate } from './next-date.js';
import { isOpen } from './opening-days.js';
import type { OpeningDaysService } from './opening-days.service.js';
import { earliestEndAt, type ShopDay } from './shop-day.js';
import { type CalendarQuestion, calendarsAround, freeSpans } from './unit-calendars.hot-path.js';
import { freeByDay, freeUnits, type TakenStay, withStays } from './unit-search.js';

/** A line of a basket, as a request to the inventory. */
export interface WantedLine {
  type: ItemType;
  itemId: number;
  quantity: number;
  days: number;
  /** Null for products. */
  rental: { startDate: CalendarDate; returnDate: CalendarDate } | null;
  /** Days between two rentals; 0 for products. */
  turnaroundDays: number;
}

export interface LineAvailability {
  isAvailable: boolean;
  /** How many are available; null is unlimited. */
  available: number | null;
  /**
   * From when the requested quantity is free for the whole stay, where it is not on the requested days; null for
   * products.
   */
  firstFreeDate: CalendarDate | null;
}

export interface DayAvailability {
  date: CalendarDate;
  /** Units that are free on the day. A rental needs one unit for its whole length, so this is only an indication. */
  free: number;
  /** Whether a rental may start or end on the day. */
  isOpen: boolean;
}

/** The state of checking a basket. */
interface BasketLook {
  day: ShopDay;
  budget: CalendarBudget;
  /** By the id of the equipment: how many units it has, and which the lines before take. */
  units: ReadonlyMap<number, number>;
  taken: Map<number, readonly TakenStay[]>;
}

const MAX_SPAN_DAYS = 366;

export class AvailabilityService {
  private readonly calendarReads = new CalendarReadLimiter();

  /** How many units of an equipment are in service, by its id: what reading its calendars costs. */
  private readonly unitCounts = batched<{ id: string; units: number }>(readUnitCounts, ({ id }) => id);

  constructor(
    private readonly openingDays: OpeningDaysService,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /**
   * For each line, whether the basket is available as a whole up to it: lines of one equipment share its units.
   *
   * @param budget what the request may still read of calendars
   * @throws DomainError `BAD_USER_INPUT` for more searches than one request may make, `RATE_LIMITED`
   */
  async checkLines(
    em: EntityManager,
    lines: readonly WantedLine[],
    day: ShopDay,
    budget: CalendarBudget,
  ): Promise<LineAvailability[]> {
    const look = await this.beginLook(em, lines, day, budget);
    const answers: LineAvailability[] = [];
    for (const line of lines) {
      answers.push(line.rental === null ? await this.checkProduct(em, line) : await this.checkRental(em, line, look));
    }
    return answers;
  }

  /**
   * From when the last of some lines of a basket is available, beside those before it; null when there is no such day
   * to order.
   *
   * @throws DomainError as `checkLines`
   */
  async firstFreeDate(
    em: EntityManager,
    lines: readonly WantedLine[],
    day: ShopDay,
    budget: CalendarBudget,
  ): Promise<CalendarDate | null> {
    const wanted = lines.at(-1);
    // Other items do not matter for it.
    const sharing = lines.filter(({ type, itemId }) => type === wanted?.type && itemId === wanted.itemId);
    const look = await this.beginLook(em, sharing, day, budget);
    for (const line of sharing.slice(0, -1)) await this.takeUnits(em, line, look);
    return wanted ? (await this.checkRental(em, wanted, look)).firstFreeDate : null;
  }

  /**
   * Charges the budget for booking the units of a basket, which costs as much as searching for them.
   *
   * @param equipmentIds of each line
   * @throws DomainError as `checkLines`
   */
  async spendOnStays(em: EntityManager, equipmentIds: readonly number[], budget: CalendarBudget): Promise<void> {
    const units = await this.countUnits(em, equipmentIds);
    await budget.spendOnStays(equipmentIds.map((id) => units.get(id) ?? 0));
  }

  /**
   * Free units a day.
   *
   * @param budget what the request may still read of calendars
   * @throws DomainError `BAD_USER_INPUT` for a span that is empty, too long, or not in the time that can be ordered,
   *   and for more days than one request may read; `RATE_LIMITED`
   */
  async byDay(
    em: EntityManager,
    equipment: Equipment,
    { from, to }: { from: CalendarDate; to: CalendarDate },
    budget: CalendarBudget,
  ): Promise<DayAvailability[]> {
    const today = this.today();
    checkSpan(from, to, today);
    await budget.spendOnDays(daysBetween(from, to) + 1, await this.countUnitsOf(em, equipment.id));
    const closures = await this.openingDays.closuresFrom(em, from);
    const period = { from, until: addDays(to, 1) };
    const spans = await this.calendarReads.run(() => freeSpans(em, questionOf(equipment, today), period));
    return freeByDay(spans, period).map((free, index) => {
      const date = addDays(from, index);
      return { date, free, isOpen: isOpen(closures, date) };
    });
  }

  /**
   * The first day on which so many units could leave for so many days; null when there is none to order.
   *
   * @param budget what the request may still read of calendars
   * @throws DomainError `BAD_USER_INPUT` for more searches than one request may make, `RATE_LIMITED`
   */
  async nextDate(
    em: EntityManager,
    equipment: Equipment,
    wanted: { quantity: number; days: number; from: CalendarDate | null },
    budget: CalendarBudget,
  ): Promise<CalendarDate | null> {
    const units = await this.countUnitsOf(em, equipment.id);
    await budget.spendOnSearch(units, 'nextAvailableDate');
    const today = this.today();
    const { quantity, days, from } = wanted;
    if (units < quantity) return null;
    const closures = await this.openingDays.closuresFrom(em, today);
    const earliest = from !== null && from > today ? from : today;
    const earliestEnd = earliestEndAt(this.clock.now(), this.shop.timeZone);
    const stay = { quantity, days, earliest, earliestEnd, closures };
    return nextStartDate(em, questionOf(equipment, today), stay, (look) => this.calendarReads.run(look));
  }

  private async checkProduct(em: EntityManager, { itemId, quantity }: WantedLine): Promise<LineAvailability> {
    const [stock] = await em.execute<{ left: number | null }[]>(
      'select on_hand - held as left from product_stocks where product_id = ?',
      [itemId],
    );
    const left = stock === undefined ? 0 : stock.left;
    return { isAvailable: left === null || left >= quantity, available: left, firstFreeDate: null };
  }

  private async checkRental(em: EntityManager, line: WantedLine, look: BasketLook): Promise<LineAvailability> {
    const { itemId, quantity, days } = line;
    const { startDate } = rentalOf(line);
    const available = await this.takeUnits(em, line, look);
    if (available >= quantity) return { isAvailable: true, available, firstFreeDate: startDate };
    const units = look.units.get(itemId) ?? 0;
    if (units < quantity) return { isAvailable: false, available, firstFreeDate: null };
    await look.budget.spendOnSearch(units, 'items');
    const taken = look.taken.get(itemId) ?? [];
    const wanted = { quantity, days, earliest: startDate, ...look.day, taken };
    const limitedRead: LimitedRead = (read) => this.calendarReads.run(read);
    const firstFreeDate = await nextStartDate(em, questionAbout(line, look.day), wanted, limitedRead);
    return { isAvailable: false, available, firstFreeDate };
  }

  /** How many units are free for the line, which takes those that it wants where there are enough. */
  private async takeUnits(em: EntityManager, line: WantedLine, { day, taken }: BasketLook): Promise<number> {
    const { startDate, returnDate } = rentalOf(line);
    const isPossible = isOpen(day.closures, startDate) && isOpen(day.closures, returnDate);
    if (!isPossible || addDays(startDate, line.days - 1) < day.earliestEnd) return 0;
    const stay = { from: startDate, until: addDays(returnDate, 1 + line.turnaroundDays) };
    const before = taken.get(line.itemId) ?? [];
    const calendars = await this.calendarReads.run(() => calendarsAround(em, questionAbout(line, day), stay));
    const free = freeUnits(withStays(calendars, before), stay);
    if (free.length >= line.quantity) {
      const chosen = free.slice(0, line.quantity).map((unitId) => ({ unitId, stay }));
      taken.set(line.itemId, [...before, ...chosen]);
    }
    return free.length;
  }

  private async beginLook(
    em: EntityManager,
    lines: readonly WantedLine[],
    day: ShopDay,
    budget: CalendarBudget,
  ): Promise<BasketLook> {
    const equipmentIds = lines.filter(({ rental }) => rental !== null).map(({ itemId }) => itemId);
    const units = await this.countUnits(em, equipmentIds);
    await budget.spendOnStays(equipmentIds.map((id) => units.get(id) ?? 0));
    return { day, budget, units, taken: new Map() };
  }

  private async countUnits(em: EntityManager, equipmentIds: readonly number[]): Promise<Map<number, number>> {
    const ids = [...new Set(equipmentIds)];
    const counts = await Promise.all(ids.map((id) => this.countUnitsOf(em, id)));
    return new Map(ids.map((id, index) => [id, counts[index] ?? 0]));
  }

  private async countUnitsOf(em: EntityManager, equipmentId: number): Promise<number> {
    const [count] = await this.unitCounts(em, String(equipmentId));
    return count?.units ?? 0;
  }

  private today(): CalendarDate {
    return calendarDateAt(this.clock.now(), this.shop.timeZone);
  }
}

function questionOf({ id, turnaroundDays }: Equipment, today: CalendarDate): CalendarQuestion {
  return { equipmentId: id, turnaroundDays, today };
}

function checkSpan(from: CalendarDate, to: CalendarDate, today: CalendarDate): void {
  const latest = addDays(today, LATEST_START_DAYS + MAX_SPAN_DAYS);
  if (from < today || from > latest) throw DomainError.badInput('from', `must be between ${today} and ${latest}`);
  const span = daysBetween(from, to) + 1;
  if (span < 1 || span > MAX_SPAN_DAYS) {
    throw DomainError.badInput('to', `must make a span of 1 to ${MAX_SPAN_DAYS} days`);
  }
}

function questionAbout({ itemId, turnaroundDays }: WantedLine, { today }: ShopDay): CalendarQuestion {
  return { equipmentId: itemId, turnaroundDays, today };
}

function rentalOf({ type, itemId, rental }: WantedLine): { startDate: CalendarDate; returnDate: CalendarDate } {
  if (rental !== null) return rental;
  throw new Error(`${type === ItemType.PRODUCT ? 'Product' : 'Equipment'} ${itemId} has no rental days.`);
}

async function readUnitCounts(em: EntityManager, equipmentIds: readonly string[]) {
  const counts = await countUnits(em, equipmentIds.map(Number));
  return counts.map(({ id, units }) => ({ id: String(id), units }));
}
