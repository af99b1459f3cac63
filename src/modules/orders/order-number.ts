/** Order numbers for people. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';

/**
 * Such as `2026-000042`: unique, ascending, with gaps where a transaction was rolled back, or a payment was returned.
 *
 * @param day the day on which the order is paid, in the shop's time zone: the number begins with its year
 */
export function orderNumber(sequence: string, day: CalendarDate): string {
  const [year] = day.split('-');
  return `${year}-${sequence.padStart(6, '0')}`;
}

/** The next number, where it is not assigned by the statement that records a payment. */
export async function nextOrderNumber(em: EntityManager, day: CalendarDate): Promise<string> {
  const [row] = await em.execute<{ sequence: string }[]>(`select nextval('order_numbers') as sequence`);
  if (!row) throw new Error('The sequence order_numbers gave no value.');
  return orderNumber(String(row.sequence), day);
}
