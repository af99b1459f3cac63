/** Order numbers for people. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';

/**
 * Such as `2026-000042`: unique, rising, with gaps where a transaction was rolled back, or a payment went back.
 *
 * @param day the day on which the order is paid, where the shop is: its year is the one that people look in
 */
export function orderNumber(sequence: string, day: CalendarDate): string {
  const [year] = day.split('-');
  return `${year}-${sequence.padStart(6, '0')}`;
}

/** The next one, where no statement that counts a payment gives it. */
export async function nextOrderNumber(em: EntityManager, day: CalendarDate): Promise<string> {
  const [row] = await em.execute<{ sequence: string }[]>(`select nextval('order_numbers') as sequence`);
  if (!row) throw new Error('The sequence order_numbers gave no value.');
  return orderNumber(String(row.sequence), day);
}
