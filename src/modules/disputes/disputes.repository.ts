/** What other modules ask of disputes by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** The orders among these whose payment is contested, or whose money has not come back after a dispute was won. */
export async function findDisputedOrders(em: EntityManager, orderIds: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select distinct order_id as id from disputes
     where order_id in (?) and (state in ('INQUIRY', 'OPEN') or (state = 'WON' and taken_minor > 0))`,
    [orderIds],
  );
  return rows.map(({ id }) => id);
}
