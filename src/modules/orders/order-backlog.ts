/** What the jobs that go through orders have in common: each order is claimed first, and none holds up the others. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { processBacklog } from '../../platform/jobs/backlog.js';
import type { JobRun, JobRunOutcome } from '../../platform/jobs/job.js';
import { type ClaimPauses, claimOrder } from './order-claims.repository.js';

interface OrderBacklog<Item extends { id: string }> {
  now: () => Date;
  /** The orders that are due, those first that were never tried. */
  findDue(em: EntityManager, limit: number): Promise<Item[]>;
  work(em: EntityManager, item: Item): Promise<void>;
  /** Logs a failure that is nobody's fault here. @returns false for any other, which fails the run after the others */
  explainFailure(item: Item, error: unknown): boolean;
  pauses?: ClaimPauses;
}

export async function processOrders<Item extends { id: string }>(
  em: EntityManager,
  run: JobRun,
  { now, findDue, work, explainFailure, pauses }: OrderBacklog<Item>,
): Promise<JobRunOutcome> {
  return processBacklog<Item>(em, run, {
    findDue,
    work: async (fork, item) => {
      if (!(await claimOrder(fork, item.id, now(), pauses))) return;
      try {
        await work(fork, item);
      } catch (error) {
        if (!explainFailure(item, error)) throw error;
      }
    },
  });
}
