/** Compares the last days with Stripe once a day: the net under webhooks, jobs and reconciliation. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Job, RoundOutcome } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { PaymentProviderError } from '../../stripe/payment-gateway.js';
import type { ReconciliationService } from './reconciliation.service.js';

// Twice the time between two runs: one that failed leaves no gap.
const LOOK_BACK_MS = 48 * 3_600_000;

export class FindDiscrepanciesJob implements Job {
  readonly name = 'compare-with-stripe';
  readonly schedule = '41 2 * * *';

  constructor(
    private readonly comparison: ReconciliationService,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager): Promise<RoundOutcome> {
    const to = this.clock.now();
    try {
      const differences = await this.comparison.compare(em, { from: new Date(to.getTime() - LOOK_BACK_MS), to });
      this.logger.info({ differences: differences.length }, 'Orders were compared with Stripe');
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.error({ kind: error.kind, err: error }, 'Orders could not be compared with Stripe');
    }
    return 'done';
  }
}
