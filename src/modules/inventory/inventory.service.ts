/** Holds, confirms and releases goods. Every method runs inside the caller's transaction. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { executePrepared, type PreparedStatement } from '../../platform/database/prepared-statement.js';
import { addDays, type CalendarDate } from '../../platform/kernel/calendar-date.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { lockAllEquipment, lockTurnaroundDays } from '../catalogue/catalogue.repository.js';
import { ItemType } from '../catalogue/item-type.js';
import { countMovements, freeBookings, type UnitMovements } from './bookings.repository.js';
import { HoldState } from './hold-state.js';
import { ALWAYS_OPEN, isOpen } from './opening-days.js';
import type { ShopDay } from './shop-day.js';
import { calendarsAround } from './unit-calendars.hot-path.js';
import { freeUnits } from './unit-search.js';

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
  /** The day on which a rental has to be back; null for products. */
  returnDate?: CalendarDate | null | undefined;
  holdState: HoldState;
}

/** Too few units for a line. The caller looks up from when there are enough, once the locks are released. */
export class UnitsNotAvailable extends DomainError {
  constructor(
    readonly line: GoodsLine,
    readonly available: number,
  ) {
    super('NOT_AVAILABLE', `Only ${available} of equipment ${line.itemId} free on these days.`);
  }

  /** The error for the buyer. @param date the first day with enough units; null when there is none to order */
  withDate(date: CalendarDate | null): DomainError {
    const { line, available } = this;
    const hint = date === null ? 'no date has that many free' : `that many are free from ${date}`;
    return new DomainError(
      'NOT_AVAILABLE',
      `Only ${available} of equipment ${line.itemId} free on these days; ${hint}.`,
      {
        fields: { [`items[${line.position}].startDate`]: `only ${available} free; ${hint}` },
        item: { type: line.type, id: String(line.itemId) },
        available,
        firstFreeDate: date,
      },
    );
  }
}

/** The last day that a rental is paid for. */
export function lastRentalDay(line: Pick<GoodsLine, 'id' | 'startDate' | 'returnDate' | 'days'>): CalendarDate {
  return addDays(daysOf(line).start, line.days - 1);
}

// The stocks are locked in the order of their ids, as everywhere: an update alone would lock them in any order. It goes
// by the rows as they were locked: of one that has changed while it waited, an update first sees what was there before,
// and would miss pieces that were released, or fail a constraint.
const HOLD_PRODUCTS: PreparedStatement = {
  name: 'hold products',
  text: `with stocks as materialized (
    select product_id, on_hand, held from product_stocks where product_id = any($1) order by product_id for update
  )
  update product_stocks stock set held = stocks.held + wanted.pieces, on_hand = stocks.on_hand
  from unnest($1::int[], $2::int[]) as wanted (product_id, pieces) join stocks using (product_id)
  where stock.product_id = wanted.product_id
    and (stocks.on_hand is null or stocks.on_hand - stocks.held >= wanted.pieces)
  returning stock.product_id as id`,
};

export class InventoryService {
  /**
   * Takes the goods of new lines off offer, all or none.
   *
   * @throws DomainError `OUT_OF_STOCK` with what is left; UnitsNotAvailable
   */
  async hold(em: EntityManager, lines: readonly GoodsLine[], day: ShopDay): Promise<void> {
    const ordered = inLockOrder(lines);
    await this.holdProducts(
      em,
      ordered.filter(({ type }) => type === ItemType.PRODUCT),
    );
    for (const line of ordered) if (line.type === ItemType.EQUIPMENT) await this.bookUnits(em, line, day);
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

  /** Sold pieces are on hand again. */
  async restock(em: EntityManager, productId: number, pieces: number): Promise<void> {
    await em.execute('update product_stocks set on_hand = on_hand + ? where product_id = ?', [pieces, productId]);
  }

  /**
   * Frees units of a paid rental that are not out.
   *
   * @param unitIds which ones; null for any, the last ones first
   * @returns how many there were, with fewer than asked for none is freed; and where the line's units are then
   */
  async freeUnits(
    em: EntityManager,
    line: Pick<GoodsLine, 'id' | 'itemId'>,
    count: number,
    unitIds: readonly number[] | null,
  ): Promise<{ free: number; movements: UnitMovements }> {
    await lockAllEquipment(em, [line.itemId]);
    const free = await freeBookings(em, line.id, count, unitIds);
    return { free, movements: await countMovements(em, line.id) };
  }

  /**
   * Locks the rows of several sets of lines at once, in the order that all transactions use. For a transaction that
   * releases some goods and then takes others: locking twice, it could deadlock with another.
   */
  async lock(em: EntityManager, lines: readonly Pick<GoodsLine, 'type' | 'itemId'>[]): Promise<void> {
    const idsOf = (type: ItemType) => lines.filter((line) => line.type === type).map(({ itemId }) => itemId);
    const products = idsOf(ItemType.PRODUCT);
    const equipment = idsOf(ItemType.EQUIPMENT);
    if (products.length > 0) {
      await em.execute('select 1 from product_stocks where product_id in (?) order by product_id for update', [
        products,
      ]);
    }
    if (equipment.length > 0) {
      await lockAllEquipment(em, equipment);
    }
  }

  /** @param lines of different products */
  private async holdProducts(em: EntityManager, lines: readonly GoodsLine[]): Promise<void> {
    if (lines.length === 0) return;
    const ids = lines.map(({ itemId }) => itemId);
    const pieces = lines.map(({ quantity }) => quantity);
    const rows = await executePrepared<{ id: number }>(em, HOLD_PRODUCTS, [ids, pieces]);
    const held = new Set(rows.map(({ id }) => id));
    const missing = lines.find(({ itemId }) => !held.has(itemId));
    if (missing !== undefined) throw outOfStock(missing, await this.piecesLeft(em, missing.itemId));
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
    const { start } = daysOf(line);
    if (start < today) throw new DomainError('NOT_AVAILABLE', 'The rental would have started already.');
    // Its days were promised when it was ordered: one that was closed since changes nothing.
    await this.bookUnits(em, line, { today, closures: ALWAYS_OPEN, earliestEnd: start });
  }

  private async bookUnits(em: EntityManager, line: GoodsLine, day: ShopDay): Promise<void> {
    const { today, closures } = day;
    const { start, returnDate } = daysOf(line);
    // The row lock makes buyers of one kind of equipment take turns. The exclusion constraint alone keeps the calendar
    // right, but many buyers at once then deadlock on it.
    const turnaroundDays = await lockTurnaroundDays(em, line.itemId);
    const question = { equipmentId: line.itemId, turnaroundDays, today };
    const stay = { from: start, until: addDays(returnDate, 1 + turnaroundDays) };
    const isPossible =
      isOpen(closures, start) && isOpen(closures, returnDate) && lastRentalDay(line) >= day.earliestEnd;
    const free = isPossible ? freeUnits(await calendarsAround(em, question, stay), stay) : [];
    if (free.length < line.quantity) throw new UnitsNotAvailable(line, free.length);
    for (const unitId of free.slice(0, line.quantity)) {
      await em.execute(
        `insert into bookings (kind, unit_id, order_line_id, period, return_date)
         values ('RENTAL', ?, ?, daterange(?, ?), ?)`,
        [unitId, line.id, stay.from, stay.until, returnDate],
      );
    }
  }
}

/** The one order in which everyone locks goods, so that no two buyers wait for each other in a ring. */
function inLockOrder(lines: readonly GoodsLine[]): GoodsLine[] {
  const rank = ({ type }: GoodsLine) => (type === ItemType.PRODUCT ? 0 : 1);
  return [...lines].sort((a, b) => rank(a) - rank(b) || a.itemId - b.itemId || a.position - b.position);
}

function daysOf({ id, startDate, returnDate }: Pick<GoodsLine, 'id' | 'startDate' | 'returnDate'>): {
  start: CalendarDate;
  returnDate: CalendarDate;
} {
  if (!startDate || !returnDate) throw new Error(`Order line ${id} rents equipment without its days.`);
  return { start: startDate, returnDate };
}

function outOfStock(line: GoodsLine, left: number): DomainError {
  return new DomainError('OUT_OF_STOCK', `Only ${left} left of product ${line.itemId}.`, {
    fields: { [`items[${line.position}].quantity`]: `only ${left} left` },
    item: { type: line.type, id: String(line.itemId) },
    available: left,
  });
}
