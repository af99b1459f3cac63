/** Prices a basket from the catalogue: pure, exact, in integer minor units. */
import { cheapestRate, type RentalPrices, type RentalRate } from './rental-rate.js';

/** What the price of a line depends on. */
export type BasketPrice =
  | { priceMinor: number; quantity: number }
  | { rentalPrices: RentalPrices; depositMinor: number | null; quantity: number; days: number };

/** How often each price is charged, what that is for one piece or unit, and for the line. */
export interface LinePrice extends RentalRate {
  /** List price a piece, or a unit and day. */
  unitPriceMinor: number;
  /** quantity × rate. */
  amountMinor: number;
  /** Deposit a unit; null for none. */
  depositMinor: number | null;
}

/** One line with its rate and amount. */
export function priceLine(line: BasketPrice): LinePrice {
  if ('priceMinor' in line) {
    const { priceMinor, quantity } = line;
    const rate = { months: 0, weeks: 0, days: 0, rateMinor: priceMinor };
    return { ...rate, unitPriceMinor: priceMinor, amountMinor: priceMinor * quantity, depositMinor: null };
  }
  const { rentalPrices, quantity, days, depositMinor } = line;
  const rate = cheapestRate(days, rentalPrices);
  return { ...rate, unitPriceMinor: rentalPrices.perDayMinor, amountMinor: rate.rateMinor * quantity, depositMinor };
}

/** What the buyer pays: the sum of the lines and nothing else. */
export function totalMinor(lines: readonly { amountMinor: number }[]): number {
  return lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}
