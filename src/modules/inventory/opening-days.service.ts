/** Reads and changes the days on which the shop is closed. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import { type CalendarDate, checkDay } from '../../platform/kernel/calendar-date.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { ClosedDate, ClosedWeekday } from './closed-day.entity.js';
import type { Closures } from './opening-days.js';

/** What staff see and change. */
export interface ClosedDays {
  weekdays: number[];
  dates: ClosedDate[];
}

// A shop plans its holidays a few years ahead, and every checkout reads them.
const CLOSED_DATES_MAXIMUM = 1_000;

export class OpeningDaysService {
  /** The closures from a day on, as rentals need them. */
  async closuresFrom(em: EntityManager, date: CalendarDate): Promise<Closures> {
    const rows = await em.execute<{ weekday: number | null; date: CalendarDate | null }[]>(
      `select weekday, null as date from closed_weekdays
       union all select null, date::text from closed_dates where date >= ?`,
      [date],
    );
    return {
      weekdays: new Set(rows.flatMap(({ weekday }) => weekday ?? [])),
      dates: new Set(rows.flatMap((row) => row.date ?? [])),
    };
  }

  async list(em: EntityManager): Promise<ClosedDays> {
    const weekdays = await em.find(ClosedWeekday, {}, { orderBy: { weekday: 'asc' } });
    const dates = await em.find(ClosedDate, {}, { orderBy: { date: 'asc' } });
    return { weekdays: weekdays.map(({ weekday }) => weekday), dates };
  }

  /** Rentals that exist stay as they are; from now on none starts or ends on these weekdays. */
  async setWeekdays(em: EntityManager, weekdays: readonly number[]): Promise<void> {
    const distinct = [...new Set(weekdays)];
    const wrong = distinct.some((weekday) => weekday < 1 || weekday > 7);
    if (wrong) throw DomainError.badInput('weekdays', 'must be ISO weekdays, 1 (Monday) to 7 (Sunday)');
    if (distinct.length === 7) throw DomainError.badInput('weekdays', 'must leave a day on which the shop is open');
    await inTransaction(em, async (transaction) => {
      // Concurrent changes are serialized: together they could close the shop on all days.
      await transaction.execute('lock table closed_weekdays in share row exclusive mode');
      await transaction.execute('delete from closed_weekdays');
      for (const weekday of distinct) {
        await transaction.execute('insert into closed_weekdays (weekday) values (?)', [weekday]);
      }
    });
  }

  /** Closes the shop on a date, or changes the reason of one that is closed. */
  async closeDate(em: EntityManager, date: CalendarDate, reason: string): Promise<void> {
    checkDay('date', date);
    if ((await em.count(ClosedDate)) >= CLOSED_DATES_MAXIMUM) {
      throw DomainError.badInput('date', `more than ${CLOSED_DATES_MAXIMUM} dates are closed: open past ones first`);
    }
    await em.upsert(ClosedDate, { date, reason });
  }

  /** Opens the shop on a date again; one that was open stays so. */
  async openDate(em: EntityManager, date: CalendarDate): Promise<void> {
    checkDay('date', date);
    await em.nativeDelete(ClosedDate, { date });
  }
}
