/** One order, one process: jobs claim what they work on in the database, since two of them may run at once. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** @param until others leave the order alone until then; false when another process was faster */
export async function claimOrder(em: EntityManager, orderId: string, now: Date, until: Date): Promise<boolean> {
  const claimed = await em.execute(
    'update orders set next_check_at = ? where id = ? and (next_check_at is null or next_check_at <= ?) returning id',
    [until, orderId, now],
  );
  return claimed.length > 0;
}
