/** Compares the last two days with Stripe once a day, to find what webhooks and the other jobs missed. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Job, JobRunOutcome } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { PaymentProviderError } from '../../stripe/payment-gateway.js';
import type { ReconciliationService } from './reconciliation.service.js';

// Twice the time between two runs: one that fails leaves no gap.
const LOOK_BACK_MS = 48 * 3_600_000;

export class FindDiscrepanciesJob implements Job {
  readonly name = 'find-discrepancies';
  readonly schedule = '41 2 * * *';

  constructor(
    private readonly reconciliation: ReconciliationService,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager): Promise<JobRunOutcome> {
    const to = this.clock.now();
    try {
      const discrepancies = await this.reconciliation.reconcile(em, {
        from: new Date(to.getTime() - LOOK_BACK_MS),
        to,
      });
      this.logger.info({ discrepancies: discrepancies.length }, 'Orders reconciled with Stripe');
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.error({ kind: error.kind, err: error }, 'Orders could not be reconciled with Stripe');
    }
    return 'done';
  }
}
