/** Order numbers for people. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** Such as `2026-000042`: unique, rising, with gaps where a transaction was rolled back, or a payment went back. */
export function orderNumber(sequence: string, now: Date): string {
  return `${now.getUTCFullYear()}-${sequence.padStart(6, '0')}`;
}

/** The next one, where no statement that counts a payment gives it. */
export async function nextOrderNumber(em: EntityManager, now: Date): Promise<string> {
  const [row] = await em.execute<{ sequence: string }[]>(`select nextval('order_numbers') as sequence`);
  if (!row) throw new Error('The sequence order_numbers gave no value.');
  return orderNumber(String(row.sequence), now);
}
