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

/** How many pieces of each line of an order refunds have claimed. */
export async function countRefundedPieces(em: EntityManager, orderId: string): Promise<Map<string, number>> {
  const rows = await em.execute<{ id: string; pieces: number }[]>(
    `select l.order_line_id as id, sum(l.quantity)::int as pieces
     from refund_lines l join refunds r on r.id = l.refund_id where r.order_id = ? group by l.order_line_id`,
    [orderId],
  );
  return new Map(rows.map(({ id, pieces }) => [id, pieces]));
}
