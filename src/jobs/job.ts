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
   */
  runOnce(em: EntityManager, ending: AbortSignal): Promise<void>;
}

/** The items of a round, one by one, until the round should end. */
export function* until<Item>(ending: AbortSignal, items: readonly Item[]): Generator<Item> {
  for (const item of items) {
    if (ending.aborted) return;
    yield item;
  }
}

/** Asks for jobs from inside a transaction: the request is there if, and only if, the transaction commits. */
export interface JobRequests {
  /** @param options.afterSeconds not before so many seconds have passed */
  request(em: EntityManager, jobName: string, options?: { afterSeconds?: number }): Promise<void>;
}
