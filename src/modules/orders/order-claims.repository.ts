/** Claims of orders by jobs, in the database, since two processes may run a job at once. */
import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * How long an order is claimed after an attempt: longer each time, so that one that always fails costs less and less.
 */
export interface ClaimPauses {
  minPauseMs: number;
  maxPauseMs: number;
}

// The shortest is longer than an attempt takes, so that no second process begins while the first works on it.
const PAUSES: ClaimPauses = { minPauseMs: 60_000, maxPauseMs: 3_600_000 };

/** @returns false when another process was faster */
export async function claimOrder(
  em: EntityManager,
  orderId: string,
  now: Date,
  { minPauseMs, maxPauseMs } = PAUSES,
): Promise<boolean> {
  const claimed = await em.execute(
    `update orders set check_attempts = check_attempts + 1,
       next_check_at = ?::timestamptz + least(? * power(2, least(check_attempts, 20)), ?) * interval '1 millisecond'
     where id = ? and (next_check_at is null or next_check_at <= ?) returning id`,
    [now, minPauseMs, maxPauseMs, orderId, now],
  );
  return claimed.length > 0;
}

/** After a successful attempt: the next claim begins with the shortest pause. */
export async function resetClaims(em: EntityManager, orderId: string): Promise<void> {
  await em.execute('update orders set check_attempts = 0, next_check_at = null where id = ?', [orderId]);
}
