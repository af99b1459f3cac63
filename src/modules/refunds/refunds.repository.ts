/** What other modules ask of refunds by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** The orders among these with a refund that has not arrived, or was made after an instant and may still fail. */
export async function findOrdersAwaitingRefunds(
  em: EntityManager,
  orderIds: readonly string[],
  since: Date,
): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select distinct order_id as id from refunds
     where order_id in (?) and (state in ('DUE', 'REQUESTED', 'PENDING', 'BLOCKED')
       or (state = 'SUCCEEDED' and coalesce(issued_at, created_at) > ?))`,
    [orderIds, since],
  );
  return rows.map(({ id }) => id);
}
