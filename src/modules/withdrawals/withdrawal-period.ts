/** Until when a buyer can withdraw: pure functions, by articles L221-18 to L221-28 of the French Code de la consommation. */
import { addDays, type CalendarDate } from '../../platform/kernel/calendar-date.js';
import { ItemType } from '../catalogue/item-type.js';
import { nextOpenDay } from '../inventory/opening-days.js';

const PERIOD_DAYS = 14;
// The shop knows when a parcel left, and not when it arrived: the days begin when it should have.
const ON_ITS_WAY_DAYS = 7;
const WEEKEND = new Set([6, 7]);

/** When goods of a line left for the buyer. */
interface Departure {
  date: CalendarDate;
  /** By a carrier, instead of over the counter. */
  isSent: boolean;
}

/** What the period of a line depends on. */
export interface PeriodFacts {
  type: ItemType;
  /** The day on which the order was paid. */
  contractDate: CalendarDate;
  /** Whether any of its pieces are still to leave. */
  isComplete: boolean;
  departures: readonly Departure[];
  /** Dates on which the shop is closed, public holidays among them. */
  closedDates: ReadonlySet<CalendarDate>;
}

/**
 * The last day on which the buyer can withdraw. Products: fourteen days after the last piece arrived. Rentals are
 * services: fourteen days after the contract. A period that would end on a weekend or a holiday ends on the next day
 * that is neither.
 *
 * @returns null for products that are not all with the buyer yet: the period has not begun, and they can withdraw
 */
export function lastDayToWithdraw(facts: PeriodFacts): CalendarDate | null {
  const began = facts.type === ItemType.EQUIPMENT ? facts.contractDate : arrivalOf(facts);
  if (began === null) return null;
  const last = addDays(began, PERIOD_DAYS);
  return nextOpenDay({ weekdays: WEEKEND, dates: facts.closedDates }, last) ?? last;
}

function arrivalOf({ isComplete, departures }: PeriodFacts): CalendarDate | null {
  if (!isComplete || departures.length === 0) return null;
  const arrivals = departures.map(({ date, isSent }) => (isSent ? addDays(date, ON_ITS_WAY_DAYS) : date));
  return arrivals.sort().at(-1) ?? null;
}
