/** Removes events from the inbox that were handled long ago; dead-lettered ones stay until staff have handled them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Job, JobRunOutcome } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';

// Three times as long as Stripe lists its events: what is pruned can no longer come back as new.
const KEPT_MS = 90 * 24 * 3_600_000;
// Short transactions: a long one would hold back the vacuum of a busy table.
const BATCH_SIZE = 1_000;

export class PruneEventsJob implements Job {
  readonly name = 'prune-events';
  readonly schedule = '17 3 * * *';

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager): Promise<JobRunOutcome> {
    const before = new Date(this.clock.now().getTime() - KEPT_MS);
    let pruned = 0;
    let batch: unknown[];
    do {
      batch = await em.execute(
        `delete from inbox_events where id in (
           select id from inbox_events where state in ('PROCESSED', 'IGNORED') and received_at < ?
           order by received_at limit ?)
         returning id`,
        [before, BATCH_SIZE],
      );
      pruned += batch.length;
    } while (batch.length === BATCH_SIZE);
    if (pruned > 0) this.logger.info({ pruned }, 'Handled events pruned from the inbox');
    return 'done';
  }
}
