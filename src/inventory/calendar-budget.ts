/** How much of the calendars of equipment one request may look at. */
import { DomainError } from '../shared/domain-error.js';

// A hundred items with their next free date, or a month of ninety of them.
const DAYS_OF_A_REQUEST = 6_000;
// To read a calendar costs about as much as to show a month of it.
const DAYS_TO_READ = 30;
const DAYS_TO_SEARCH = 30;

/**
 * A document may ask for a page of items whose size is in a variable, and for several calendars of each: what that comes
 * to is known only as it runs.
 */
export class CalendarBudget {
  private daysLeft = DAYS_OF_A_REQUEST;

  constructor(
    /** Counts what this and other requests of its sender look at, and throws when it is too much. */
    private readonly countDays: (days: number) => Promise<void>,
  ) {}

  /**
   * Before so many days are shown.
   *
   * @throws DomainError `BAD_USER_INPUT`, or `RATE_LIMITED`
   */
  async spendOnDays(days: number): Promise<void> {
    await this.spend('availability', DAYS_TO_READ + days);
  }

  /**
   * Before a free date is searched for.
   *
   * @throws DomainError `BAD_USER_INPUT`, or `RATE_LIMITED`
   */
  async spendOnSearch(): Promise<void> {
    await this.spend('nextAvailableDate', DAYS_TO_READ + DAYS_TO_SEARCH);
  }

  private async spend(field: string, days: number): Promise<void> {
    this.daysLeft -= days;
    if (this.daysLeft < 0) {
      throw DomainError.badInput(field, 'is asked for over too many days and items at once: ask in several requests');
    }
    await this.countDays(days);
  }
}
