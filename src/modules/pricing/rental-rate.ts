/** What a rental of so many days costs at the cheapest combination of daily, weekly and monthly prices: pure. */

/** The prices of one unit, in minor units. A null is a price that the equipment does not have. */
export interface RentalPrices {
  perDayMinor: number;
  perWeekMinor: number | null;
  perMonthMinor: number | null;
}

/** How often each price is charged for one unit, and what that comes to. */
export interface RentalRate {
  months: number;
  weeks: number;
  days: number;
  rateMinor: number;
}

const DAYS_A_WEEK = 7;
// A rental month has the same length whenever it begins, so that the price of thirty days does not depend on the season.
const DAYS_A_MONTH = 30;

/**
 * The cheapest way to cover the days. A longer price may cover more days than are rented: six days can be
 * cheaper as a week. Of two ways that cost the same, the one with the fewer charges is taken.
 */
export function cheapestRate(days: number, prices: RentalPrices): RentalRate {
  const ways = monthsToTry(days, prices).flatMap((months) => {
    const daysLeft = Math.max(0, days - months * DAYS_A_MONTH);
    return weeksToTry(daysLeft, prices).map((weeks) => rateOf(months, weeks, daysLeft, prices));
  });
  return ways.reduce((best, way) => (isBetter(way, best) ? way : best));
}

function monthsToTry(days: number, { perMonthMinor }: RentalPrices): number[] {
  return perMonthMinor === null ? [0] : upTo(Math.ceil(days / DAYS_A_MONTH));
}

function weeksToTry(days: number, { perWeekMinor }: RentalPrices): number[] {
  return perWeekMinor === null ? [0] : upTo(Math.ceil(days / DAYS_A_WEEK));
}

function rateOf(months: number, weeks: number, daysLeft: number, prices: RentalPrices): RentalRate {
  const days = Math.max(0, daysLeft - weeks * DAYS_A_WEEK);
  const { perDayMinor, perWeekMinor, perMonthMinor } = prices;
  const rateMinor = months * (perMonthMinor ?? 0) + weeks * (perWeekMinor ?? 0) + days * perDayMinor;
  return { months, weeks, days, rateMinor };
}

function isBetter(way: RentalRate, best: RentalRate): boolean {
  return way.rateMinor < best.rateMinor || (way.rateMinor === best.rateMinor && charges(way) < charges(best));
}

function charges({ months, weeks, days }: RentalRate): number {
  return months + weeks + days;
}

function upTo(largest: number): number[] {
  return Array.from({ length: largest + 1 }, (_, index) => index);
}
