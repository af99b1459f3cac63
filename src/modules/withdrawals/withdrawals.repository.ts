/** What other modules ask of withdrawals, and what is asked of their lines, by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { pageOf, toWaiting, type Waiting, type WaitingPage } from '../../platform/kernel/waiting.js';

// The money has to be back within fourteen days (article L221-24 of the Code de la consommation).
const TO_REFUND_WITHIN = `interval '14 days'`;

/** Withdrawals that no refund has named, since they were declared. */
export async function findOpenWithdrawals(em: EntityManager, page: WaitingPage): Promise<Waiting[]> {
  const [sql, ...parameters] = pageOf(page);
  const rows = await em.execute<Waiting[]>(
    `select id, "orderId", since, since + ${TO_REFUND_WITHIN} as "dueAt" from (
       select id::text as id, order_id as "orderId", at as since from withdrawals where closed_at is null
     ) waiting where ${sql}`,
    parameters,
  );
  return rows.map(toWaiting);
}

export async function countOpenWithdrawals(em: EntityManager): Promise<number> {
  const [row] = await em.execute<[{ count: number }]>(
    'select count(*)::int as count from withdrawals where closed_at is null',
  );
  return row.count;
}

/** The orders among these with a withdrawal that waits. */
export async function findOrdersWithOpenWithdrawals(em: EntityManager, orderIds: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    'select distinct order_id as id from withdrawals where order_id in (?) and closed_at is null',
    [orderIds],
  );
  return rows.map(({ id }) => id);
}
