/** Erases personal data from events that were being stored while their orders were anonymised. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Job, JobRunOutcome } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { AnonymisationService } from './anonymisation.service.js';

// No transaction lasts as long; later events are anonymised before they are stored. Two days outlast an outage.
const LATE_FOR_MS = 48 * 3_600_000;

export class AnonymiseRemainingEventsJob implements Job {
  readonly name = 'anonymise-remaining-events';
  readonly schedule = '*/10 * * * *';

  constructor(
    private readonly anonymisation: AnonymisationService,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager): Promise<JobRunOutcome> {
    const since = new Date(this.clock.now().getTime() - LATE_FOR_MS);
    const events = await this.anonymisation.anonymiseRemainingEvents(em, since);
    if (events > 0) this.logger.info({ events }, 'Remaining events of anonymised orders were anonymised');
    return 'done';
  }
}
