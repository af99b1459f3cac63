/** Tells what could be had, without taking anything. A hold asks the same search, under its locks. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Equipment } from '../catalogue/equipment.entity.js';
import { ItemType } from '../catalogue/item-type.js';
import type { ShopConfig } from '../config.js';
import { addDays, type CalendarDate, calendarDateAt, daysBetween } from '../shared/calendar-date.js';
import type { Clock } from '../shared/clock.js';
import { DomainError } from '../shared/domain-error.js';
import type { CalendarBudget } from './calendar-budget.js';
import type { ShopDay } from './inventory.service.js';
import { LATEST_START_DAYS, nextStartDate } from './next-date.js';
import { isOpen } from './opening-days.js';
import type { OpeningDaysService } from './opening-days.service.js';
import { type CalendarQuestion, calendarsAround, calendarsBetween } from './unit-calendars.js';
import { countFree, freeUnits, type Period, type UnitCalendar, withStay } from './unit-search.js';

/** What a line of a basket asks for. */
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
  /** How many could be had of what was asked for; null is unlimited. */
  available: number | null;
  /** From when so many are free for so long, where they are not on the days asked for; null for products. */
  firstFreeDate: CalendarDate | null;
}

export interface DayAvailability {
  date: CalendarDate;
  /** Units that are free on the day. A rental needs one unit for its whole length, so this is only a picture. */
  free: number;
  /** Whether a rental may start or end on the day. */
  isOpen: boolean;
}

type TakenUnits = Map<number, { unitId: number; stay: Period }[]>;

const LONGEST_SPAN_DAYS = 366;

export class AvailabilityService {
  constructor(
    private readonly openingDays: OpeningDaysService,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /** For each line whether the basket could be had as a whole up to it: lines of one equipment share its units. */
  async checkLines(em: EntityManager, lines: readonly WantedLine[], day: ShopDay): Promise<LineAvailability[]> {
    const taken: TakenUnits = new Map();
    const answers: LineAvailability[] = [];
    for (const line of lines) {
      answers.push(
        line.rental === null ? await this.checkProduct(em, line) : await this.checkRental(em, line, day, taken),
      );
    }
    return answers;
  }

  /**
   * Free units a day.
   *
   * @param budget what the request may still look at
   * @throws DomainError `BAD_USER_INPUT` for a span that is empty, too long, or not in the time that can be ordered,
   *   and for more days than one request may look at; `RATE_LIMITED`
   */
  async byDay(
    em: EntityManager,
    equipment: Equipment,
    { from, to }: { from: CalendarDate; to: CalendarDate },
    budget: CalendarBudget,
  ): Promise<DayAvailability[]> {
    const today = this.today();
    checkSpan(from, to, today);
    await budget.spendOnDays(daysBetween(from, to) + 1);
    const closures = await this.openingDays.closuresFrom(em, from);
    const calendars = await calendarsBetween(em, questionOf(equipment, today), { from, until: addDays(to, 1) });
    return Array.from({ length: daysBetween(from, to) + 1 }, (_, index) => {
      const date = addDays(from, index);
      const free = countFree(calendars, { from: date, until: addDays(date, 1) });
      return { date, free, isOpen: isOpen(closures, date) };
    });
  }

  /**
   * The first day on which so many units could leave for so many days; null when there is none to order.
   *
   * @param budget what the request may still look at
   * @throws DomainError `BAD_USER_INPUT` for more searches than one request may ask for, `RATE_LIMITED`
   */
  async nextDate(
    em: EntityManager,
    equipment: Equipment,
    wanted: { quantity: number; days: number; from: CalendarDate | null },
    budget: CalendarBudget,
  ): Promise<CalendarDate | null> {
    await budget.spendOnSearch();
    const today = this.today();
    const { quantity, days, from } = wanted;
    const closures = await this.openingDays.closuresFrom(em, today);
    const earliest = from !== null && from > today ? from : today;
    return nextStartDate(em, questionOf(equipment, today), { quantity, days, earliest, closures });
  }

  private async checkProduct(em: EntityManager, { itemId, quantity }: WantedLine): Promise<LineAvailability> {
    const [stock] = await em.execute<{ left: number | null }[]>(
      'select on_hand - held as left from product_stocks where product_id = ?',
      [itemId],
    );
    const left = stock === undefined ? 0 : stock.left;
    return { isAvailable: left === null || left >= quantity, available: left, firstFreeDate: null };
  }

  private async checkRental(
    em: EntityManager,
    line: WantedLine,
    { today, closures }: ShopDay,
    taken: TakenUnits,
  ): Promise<LineAvailability> {
    const { itemId, quantity, days, turnaroundDays } = line;
    const { startDate, returnDate } = line.rental ?? neverARental(line);
    const question = { equipmentId: itemId, turnaroundDays, today };
    const stay = { from: startDate, until: addDays(returnDate, 1 + turnaroundDays) };
    const before = taken.get(itemId) ?? [];
    const isPossible = isOpen(closures, startDate) && isOpen(closures, returnDate);
    const free = isPossible ? freeUnits(withBasket(await calendarsAround(em, question, stay), before), stay) : [];
    if (free.length >= quantity) {
      const chosen = free.slice(0, quantity).map((unitId) => ({ unitId, stay }));
      taken.set(itemId, [...before, ...chosen]);
      return { isAvailable: true, available: free.length, firstFreeDate: startDate };
    }
    const wanted = { quantity, days, earliest: startDate, closures, taken: before };
    return {
      isAvailable: false,
      available: free.length,
      firstFreeDate: await nextStartDate(em, question, wanted),
    };
  }

  private today(): CalendarDate {
    return calendarDateAt(this.clock.now(), this.shop.timeZone);
  }
}

function withBasket(
  calendars: readonly UnitCalendar[],
  taken: readonly { unitId: number; stay: Period }[],
): readonly UnitCalendar[] {
  return taken.reduce((all, { unitId, stay }) => withStay(all, unitId, stay), calendars);
}

function questionOf({ id, turnaroundDays }: Equipment, today: CalendarDate): CalendarQuestion {
  return { equipmentId: id, turnaroundDays, today };
}

function checkSpan(from: CalendarDate, to: CalendarDate, today: CalendarDate): void {
  const latest = addDays(today, LATEST_START_DAYS + LONGEST_SPAN_DAYS);
  if (from < today || from > latest) throw DomainError.badInput('from', `must be between ${today} and ${latest}`);
  const span = daysBetween(from, to) + 1;
  if (span < 1 || span > LONGEST_SPAN_DAYS) {
    throw DomainError.badInput('to', `must make a span of 1 to ${LONGEST_SPAN_DAYS} days`);
  }
}

function neverARental({ type, itemId }: WantedLine): never {
  throw new Error(`${type === ItemType.PRODUCT ? 'Product' : 'Equipment'} ${itemId} has no rental days.`);
}
