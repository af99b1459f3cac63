/** Prices a basket from the catalogue: pure, exact, in integer minor units. */
import { ItemType } from '../catalogue/item-type.js';
import { addDays, type CalendarDate } from '../shared/calendar-date.js';

/** What the price of a line depends on. */
export interface BasketLine {
  type: ItemType;
  quantity: number;
  /** Rental days; products have none, whatever was sent. */
  days: number;
  /** The first rental day; null for products. */
  startDate: CalendarDate | null;
  /** List price a piece, or a unit and day, in minor units. */
  unitPriceMinor: number;
}

export interface PricedLine extends BasketLine {
  /** The last rental day; null for products. */
  endDate: CalendarDate | null;
  /** What one piece, or one unit for all its days, costs. */
  rateMinor: number;
  /** quantity × rate. */
  amountMinor: number;
}

/** One line with its rate and amount. */
export function priceLine(line: BasketLine): PricedLine {
  const isRental = line.type === ItemType.EQUIPMENT;
  const days = isRental ? line.days : 1;
  const rateMinor = line.unitPriceMinor * days;
  return {
    ...line,
    days,
    endDate: isRental && line.startDate !== null ? addDays(line.startDate, days - 1) : null,
    rateMinor,
    amountMinor: rateMinor * line.quantity,
  };
}

/** What the buyer pays: the sum of the lines and nothing else. */
export function totalMinor(lines: readonly { amountMinor: number }[]): number {
  return lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}
