/** Transactions that survive losing a race. */
import type { EntityManager } from '@mikro-orm/postgresql';

const ATTEMPTS = 3;
// Deadlock and serialization failure: PostgreSQL rolled one of two rivals back, who may simply try again.
const RACE_LOST_CODES = new Set(['40P01', '40001']);

/**
 * Runs the work in a transaction on a fork of its own, again from the start when PostgreSQL made it give
 * way to another. The work must read everything it needs through the EntityManager it is given.
 */
export async function inTransaction<T>(em: EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await em.fork().transactional(work);
    } catch (error) {
      if (attempt >= ATTEMPTS || !lostRace(error)) throw error;
    }
  }
}

/** Whether PostgreSQL rolled the transaction back in favour of another: the whole of it must be tried again. */
export function lostRace(error: unknown): boolean {
  return error instanceof Error && RACE_LOST_CODES.has(String((error as { code?: unknown }).code));
}

/** Makes the checkouts of one buyer take turns until the transaction ends. */
export async function lockBuyer(em: EntityManager, buyerId: string): Promise<void> {
  await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [buyerId]);
}
