/** Continues checkouts and cancellations that stalled between two phases, after a crash or an outage of Stripe. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { databaseUnavailable } from '../../platform/database/unavailable.js';
import type { Job, JobRun } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { processOrders } from '../orders/order-backlog.js';
import { resetClaims } from '../orders/order-claims.repository.js';
import { findStalledOrders, type StalledOrder } from '../orders/orders.repository.js';
import type { CancellationService } from '../payments/cancellation.service.js';
import type { CheckoutService } from './checkout.service.js';

// Far beyond the eight seconds after which the request that created the checkout has timed out.
const STALLED_AFTER_MS = 120_000;
const CALL_TIMEOUT_MS = 8_000;

export class RecoverCheckoutsJob implements Job {
  readonly name = 'recover-checkouts';
  readonly schedule = '* * * * *';

  constructor(
    private readonly checkouts: CheckoutService,
    private readonly cancellation: CancellationService,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, run: JobRun) {
    return processOrders<StalledOrder>(em, run, {
      now: () => this.clock.now(),
      findDue: (fork, limit) => this.findStalled(fork, limit),
      work: (fork, order) => this.recover(fork, order),
      // Stripe does not answer, or rejected: in the latter case the order has been cancelled.
      explainFailure: ({ id: orderId }, error) => {
        if (!(error instanceof DomainError) || databaseUnavailable(error) !== null) return false;
        this.logger.warn({ orderId, code: error.code }, 'A stalled checkout could not be opened');
        return true;
      },
    });
  }

  private async findStalled(em: EntityManager, limit: number): Promise<StalledOrder[]> {
    const now = this.clock.now();
    return findStalledOrders(em, { since: new Date(now.getTime() - STALLED_AFTER_MS), now, limit });
  }

  private async recover(em: EntityManager, { id, isCancelled }: StalledOrder): Promise<void> {
    const call = CallContext.forJob(CALL_TIMEOUT_MS, this.clock);
    if (isCancelled) await this.cancellation.complete(em, id, call);
    else await this.checkouts.resume(em, id, call);
    await resetClaims(em, id);
    this.logger.warn({ orderId: id, isCancelled }, 'A stalled checkout was resumed');
  }
}
