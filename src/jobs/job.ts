/** Background work, and the way to ask for it. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** Work that is done on a schedule, by one process at a time, and as soon as somebody asks for it. */
export interface Job {
  readonly name: string;
  /** When it runs even if nobody asked: a cron expression of five fields, in UTC. */
  readonly schedule: string;
  /**
   * One round. Every item of it claims itself in the database, since a process that was taken for dead may
   * still be at it.
   *
   * @param em a fork of its own
   * @param ending aborted when the round has taken too long, or the process stops. A round of many items looks at it
   *   between two of them: what is left, the next round finds again. What cannot go on from the middle ignores it
   * @throws RoundError when some of its items failed
   */
  runOnce(em: EntityManager, ending: AbortSignal): Promise<void>;
}

/** Some items of a round failed, each for a reason of its own; the others are done. */
export class RoundError extends AggregateError {
  override readonly name = 'RoundError';
}

/**
 * Does the items of a round one by one, until the round should end. One that fails holds up none of the others: what
 * went wrong is told when all have had their turn.
 *
 * @throws RoundError
 */
export async function doEach<Item extends { id: string }>(
  ending: AbortSignal,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const failed: { id: string; error: unknown }[] = [];
  for (const item of items) {
    if (ending.aborted) break;
    await work(item).catch((error: unknown) => failed.push({ id: item.id, error }));
  }
  if (failed.length === 0) return;
  const errors = failed.map(({ error }) => error);
  const ids = failed.map(({ id }) => id).join(', ');
  throw new RoundError(errors, `${failed.length} of ${items.length} failed: ${ids}`);
}

/** Asks for jobs from inside a transaction: the request is there if, and only if, the transaction commits. */
export interface JobRequests {
  /** @param options.afterSeconds not before so many seconds have passed */
  request(em: EntityManager, jobName: string, options?: { afterSeconds?: number }): Promise<void>;
}
