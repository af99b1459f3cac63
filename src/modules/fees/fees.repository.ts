/** What the fees' job and other modules ask of fees by SQL. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { pageOf, toWaiting, type Waiting, type WaitingPage } from '../../platform/kernel/waiting.js';

/** Fees whose charge or session has to be looked at, or ended, now; those that wait longest first. */
export async function findFeesToLookAt(em: EntityManager, now: Date, limit: number): Promise<{ id: string }[]> {
  return em.execute(
    `select id from fees where settled_at is null and next_look_at <= ? order by next_look_at, id limit ?`,
    [now, limit],
  );
}

/** Takes a fee for this process for a while; false when another was faster. */
export async function claimFee(em: EntityManager, id: string, now: Date, until: Date): Promise<boolean> {
  const claimed = await em.execute<object[]>(
    `update fees set next_look_at = ? where id = ? and settled_at is null and next_look_at <= ? returning 1`,
    [until, id, now],
  );
  return claimed.length > 0;
}

/** The lines and units, as `line unit`, of which the late return was charged, or dismissed. */
export async function findLateFees(em: EntityManager, lineIds: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ unit: string }[]>(
    `select order_line_id || ' ' || unit_id as unit from fees where kind = 'LATE' and order_line_id in (?)`,
    [lineIds],
  );
  return rows.map(({ unit }) => unit);
}

// A card is charged within seconds.
const UNPAID = `settled_at is null and (state <> 'DUE' or created_at < ?)`;

/**
 * Fees that are not paid, since they were charged.
 *
 * @param dueBefore of those whose card is being charged, the ones from before then
 */
export async function findUnpaidFees(em: EntityManager, dueBefore: Date, page: WaitingPage): Promise<Waiting[]> {
  const [sql, ...parameters] = pageOf(page);
  const rows = await em.execute<Waiting[]>(
    `select id, "orderId", since, null as "dueAt" from (
       select id::text as id, order_id as "orderId", created_at as since from fees where ${UNPAID}
     ) waiting where ${sql}`,
    [dueBefore, ...parameters],
  );
  return rows.map(toWaiting);
}

export async function countUnpaidFees(em: EntityManager, dueBefore: Date): Promise<number> {
  const [row] = await em.execute<[{ count: number }]>(`select count(*)::int as count from fees where ${UNPAID}`, [
    dueBefore,
  ]);
  return row.count;
}

/** The orders among these with a fee that is neither paid nor waived. */
export async function findOrdersWithUnpaidFees(em: EntityManager, orderIds: readonly string[]): Promise<string[]> {
  const rows = await em.execute<{ id: string }[]>(
    `select distinct order_id as id from fees where order_id in (?) and settled_at is null`,
    [orderIds],
  );
  return rows.map(({ id }) => id);
}
