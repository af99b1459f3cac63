/** Holds, confirms and releases goods. Every method runs inside the caller's transaction. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { ItemType } from '../catalogue/item-type.js';
import { addDays, type CalendarDate } from '../shared/calendar-date.js';
import { DomainError } from '../shared/domain-error.js';
import { HoldState } from './hold-state.js';
import { firstFreeDate, freeUnits, type Period, type UnitCalendar } from './unit-search.js';

/** What the inventory needs to know of an order line; it moves the goods and `holdState` together. */
export interface GoodsLine {
  id: string;
  /** Index in the basket, to name the line in errors. */
  position: number;
  type: ItemType;
  itemId: number;
  quantity: number;
  days: number;
  /** The first rental day; null for products. */
  startDate?: CalendarDate | null | undefined;
  holdState: HoldState;
}

// How far ahead an order may start, and so how far ahead it is worth looking for a free date.
export const LATEST_START_DAYS = 730;

export class InventoryService {
  /**
   * Takes the goods of new lines off offer, all or none.
   *
   * @param today the first day on which a rental could start instead
   * @throws DomainError `OUT_OF_STOCK` with what is left, `NOT_AVAILABLE` with the first free date
   */
  async hold(em: EntityManager, lines: readonly GoodsLine[], today: CalendarDate): Promise<void> {
    for (const line of inLockOrder(lines)) {
      if (line.type === ItemType.PRODUCT) await this.holdProduct(em, line);
      else await this.bookUnits(em, line, today);
    }
    for (const line of lines) line.holdState = HoldState.HELD;
  }

  /**
   * Makes the goods of a paid order the buyer's. Lines already confirmed stay as they are; released ones
   * are taken again.
   *
   * @throws DomainError `OUT_OF_STOCK` or `NOT_AVAILABLE` when released goods have gone to others; run it
   *   in a savepoint, since lines before that one have been moved
   */
  async confirm(em: EntityManager, lines: readonly GoodsLine[], today: CalendarDate): Promise<void> {
    const unconfirmed = lines.filter(({ holdState }) => holdState !== HoldState.CONFIRMED);
    for (const line of inLockOrder(unconfirmed)) {
      if (line.type === ItemType.PRODUCT) await this.sellProduct(em, line);
      else if (line.holdState === HoldState.RELEASED) await this.bookAgain(em, line, today);
    }
    for (const line of unconfirmed) line.holdState = HoldState.CONFIRMED;
  }

  /** Puts held goods back on offer; lines in any other state stay as they are. */
  async release(em: EntityManager, lines: readonly GoodsLine[]): Promise<void> {
    for (const line of inLockOrder(lines.filter(({ holdState }) => holdState === HoldState.HELD))) {
      if (line.type === ItemType.PRODUCT) {
        await em.execute('update product_stocks set held = held - ? where product_id = ?', [
          line.quantity,
          line.itemId,
        ]);
      } else {
        await em.execute('update bookings set active = false where order_line_id = ? and active', [line.id]);
      }
      line.holdState = HoldState.RELEASED;
    }
  }

  private async holdProduct(em: EntityManager, line: GoodsLine): Promise<void> {
    const held = await em.execute(
      `update product_stocks set held = held + ?
       where product_id = ? and (on_hand is null or on_hand - held >= ?) returning product_id`,
      [line.quantity, line.itemId, line.quantity],
    );
    if (held.length === 0) throw outOfStock(line, await this.piecesLeft(em, line.itemId));
  }

  private async sellProduct(em: EntityManager, line: GoodsLine): Promise<void> {
    const heldPieces = line.holdState === HoldState.HELD ? line.quantity : 0;
    const sold = await em.execute(
      `update product_stocks set held = held - ?, on_hand = on_hand - ?
       where product_id = ? and (on_hand is null or on_hand - held + ? >= ?) returning product_id`,
      [heldPieces, line.quantity, line.itemId, heldPieces, line.quantity],
    );
    if (sold.length === 0) throw outOfStock(line, await this.piecesLeft(em, line.itemId));
  }

  private async piecesLeft(em: EntityManager, productId: number): Promise<number> {
    const [stock] = await em.execute<{ left: number | null }[]>(
      'select on_hand - held as left from product_stocks where product_id = ?',
      [productId],
    );
    return stock?.left ?? 0;
  }

  /** A rental that was released and then paid: its days must still lie ahead. */
  private async bookAgain(em: EntityManager, line: GoodsLine, today: CalendarDate): Promise<void> {
    if (startOf(line) < today) throw new DomainError('NOT_AVAILABLE', 'The rental would have started already.');
    await this.bookUnits(em, line, today);
  }

  private async bookUnits(em: EntityManager, line: GoodsLine, today: CalendarDate): Promise<void> {
    // The row lock makes buyers of one kind of equipment take turns. The exclusion constraint alone keeps
    // the calendar right, but many buyers at once then deadlock on it.
    const [equipment] = await em.execute<{ turnaround: number }[]>(
      'select turnaround_days as turnaround from equipment where id = ? for update',
      [line.itemId],
    );
    const lengthDays = line.days + (equipment?.turnaround ?? 0);
    const stay = { from: startOf(line), until: addDays(startOf(line), lengthDays) };
    const calendars = await this.calendars(em, line.itemId, today);
    const chosen = freeUnits(calendars, stay).slice(0, line.quantity);
    if (chosen.length < line.quantity) {
      throw notAvailable(line, calendars, { free: chosen.length, lengthDays, today });
    }
    for (const unitId of chosen) {
      await em.execute('insert into bookings (unit_id, order_line_id, period) values (?, ?, daterange(?, ?))', [
        unitId,
        line.id,
        stay.from,
        stay.until,
      ]);
    }
  }

  /** Every unit in service with its bookings from a day on. */
  private async calendars(em: EntityManager, equipmentId: number, from: CalendarDate): Promise<UnitCalendar[]> {
    const rows = await em.execute<{ unit: number; from: CalendarDate | null; until: CalendarDate | null }[]>(
      `select u.id as unit, lower(b.period)::text as "from", upper(b.period)::text as until
       from equipment_units u
       left join bookings b on b.unit_id = u.id and b.active and b.period && daterange(?, null)
       where u.equipment_id = ? and u.active
       order by u.id, lower(b.period)`,
      [from, equipmentId],
    );
    const calendars = new Map<number, Period[]>();
    for (const { unit, from: start, until } of rows) {
      const busy = calendars.get(unit) ?? [];
      if (start !== null && until !== null) busy.push({ from: start, until });
      calendars.set(unit, busy);
    }
    return [...calendars].map(([unitId, busy]) => ({ unitId, busy }));
  }
}

/** The one order in which everyone locks goods, so that no two buyers wait for each other in a ring. */
function inLockOrder(lines: readonly GoodsLine[]): GoodsLine[] {
  const rank = ({ type }: GoodsLine) => (type === ItemType.PRODUCT ? 0 : 1);
  return [...lines].sort((a, b) => rank(a) - rank(b) || a.itemId - b.itemId || a.position - b.position);
}

function startOf(line: GoodsLine): CalendarDate {
  if (!line.startDate) throw new Error(`Order line ${line.id} rents equipment without a start date.`);
  return line.startDate;
}

function outOfStock(line: GoodsLine, left: number): DomainError {
  return new DomainError('OUT_OF_STOCK', `Only ${left} left of product ${line.itemId}.`, {
    fields: { [`items[${line.position}].quantity`]: `only ${left} left` },
    item: { type: line.type, id: String(line.itemId) },
    available: left,
  });
}

function notAvailable(
  line: GoodsLine,
  calendars: UnitCalendar[],
  { free, lengthDays, today }: { free: number; lengthDays: number; today: CalendarDate },
): DomainError {
  const date = firstFreeDate(calendars, {
    quantity: line.quantity,
    lengthDays,
    earliest: startOf(line),
    latest: addDays(today, LATEST_START_DAYS),
  });
  const hint = date === null ? 'no date has that many free' : `that many are free from ${date}`;
  return new DomainError('NOT_AVAILABLE', `Only ${free} of equipment ${line.itemId} free on these days; ${hint}.`, {
    fields: { [`items[${line.position}].startDate`]: `only ${free} free; ${hint}` },
    item: { type: line.type, id: String(line.itemId) },
    available: free,
    firstFreeDate: date,
  });
}
