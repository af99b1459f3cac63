/** How much of the calendars of equipment one request may read: all of its fields together. */
import { DomainError } from '../../platform/kernel/domain-error.js';

// A hundred items with their next free date, a month of ninety of them, or the largest basket, none of it free.
const DAYS_OF_A_REQUEST = 6_000;
// To read a calendar costs about as much as to show a month of it, and so does to search it.
const DAYS_TO_READ = 30;
const DAYS_TO_SEARCH = 30;
// What a calendar costs grows with the units of the equipment: every two hundred of them count as one.
const UNITS_OF_A_CALENDAR = 200;

/**
 * A document may ask for a page of items whose size is in a variable, for several calendars of each, and for baskets of
 * many lines: what that comes to is known only as it runs. Charged before the work is done.
 */
export class CalendarBudget {
  private daysLeft = DAYS_OF_A_REQUEST;

  constructor(
    /** Counts what this and other requests of the same sender read, and throws when it is too much. */
    private readonly countDays: (days: number) => Promise<void>,
  ) {}

  /**
   * Charges for showing so many days of so many units.
   *
   * @throws DomainError `BAD_USER_INPUT`, or `RATE_LIMITED`
   */
  async spendOnDays(days: number, units: number): Promise<void> {
    await this.spend('availability', costOf(DAYS_TO_READ + days, units));
  }

  /**
   * Charges for searching a free date.
   *
   * @param field what asks for it, to be named in the error
   * @throws DomainError `BAD_USER_INPUT`, or `RATE_LIMITED`
   */
  async spendOnSearch(units: number, field: string): Promise<void> {
    await this.spend(field, costOf(DAYS_TO_READ + DAYS_TO_SEARCH, units));
  }

  /**
   * Charges for searching units that are free on the days of a basket.
   *
   * @param unitCounts how many units the equipment of each line has
   * @throws DomainError `BAD_USER_INPUT`, or `RATE_LIMITED`
   */
  async spendOnStays(unitCounts: readonly number[]): Promise<void> {
    const days = unitCounts.reduce((sum, units) => sum + costOf(DAYS_TO_READ, units), 0);
    if (days > 0) await this.spend('items', days);
  }

  private async spend(field: string, days: number): Promise<void> {
    this.daysLeft -= days;
    if (this.daysLeft < 0) {
      throw DomainError.badInput(field, 'is asked for over too many days and items at once: ask in several requests');
    }
    await this.countDays(days);
  }
}

/** At most what a request may spend: however many units there are of a thing, it can be asked for. */
function costOf(days: number, units: number): number {
  return Math.min(DAYS_OF_A_REQUEST, days * Math.max(1, Math.ceil(units / UNITS_OF_A_CALENDAR)));
}
