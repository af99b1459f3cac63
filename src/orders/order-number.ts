/** Order numbers for people. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** The next number, such as `2026-000042`: unique, rising, with gaps where a transaction was rolled back. */
export async function nextOrderNumber(em: EntityManager, now: Date): Promise<string> {
  const [row] = await em.execute<{ value: string }[]>(`select nextval('order_numbers') as value`);
  if (!row) throw new Error('The sequence order_numbers gave no value.');
  return `${now.getUTCFullYear()}-${String(row.value).padStart(6, '0')}`;
}
