/** Missed events, and discrepancies between Stripe and the orders. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { ShopModule } from '../../platform/module.js';
import { FindDiscrepanciesJob } from './find-discrepancies.job.js';
import type { MissedEventsService } from './missed-events.service.js';
import { ReadMissedEventsJob } from './read-missed-events.job.js';
import type { ReconciliationService } from './reconciliation.service.js';

interface ReconciliationDependencies {
  missedEvents: MissedEventsService;
  reconciliation: ReconciliationService;
  clock: Clock;
  logger: Logger;
}

export const reconciliationModule: ShopModule<ReconciliationDependencies> = {
  createJobs: ({ missedEvents, reconciliation, clock, logger }) => [
    new ReadMissedEventsJob(missedEvents, reconciliation, clock, logger),
    new FindDiscrepanciesJob(reconciliation, clock, logger),
  ],
};
