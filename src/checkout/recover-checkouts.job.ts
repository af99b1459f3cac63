/** Goes on with checkouts and cancellations that a crash, or a silent Stripe, left between their phases. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { doEach, type Job } from '../jobs/job.js';
import type { CancellationService } from '../orders/cancellation.service.js';
import { claimOrder } from '../orders/order-claim.js';
import type { Clock } from '../shared/clock.js';
import { DomainError } from '../shared/domain-error.js';
import type { Logger } from '../shared/logger.js';
import type { CheckoutService } from './checkout.service.js';

// Far beyond the eight seconds after which whoever opened the checkout has given up.
const LEFT_ALONE_AFTER_MS = 120_000;
// Longer than one attempt takes, so that no second process begins while the first is at it.
const PAUSE_MS = 60_000;
const CALL_WITHIN_MS = 8_000;
const ROUND_SIZE = 50;

export class RecoverCheckoutsJob implements Job {
  readonly name = 'recover-checkouts';
  readonly schedule = '* * * * *';

  constructor(
    private readonly checkouts: CheckoutService,
    private readonly cancellation: CancellationService,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, ending: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const leftSince = new Date(now.getTime() - LEFT_ALONE_AFTER_MS);
    const left = await em.execute<{ id: string; isCancelled: boolean }[]>(
      `select id, cancel_requested_at is not null as "isCancelled" from orders
       where status in ('PENDING', 'PAYMENT_FAILED')
         and (cancel_requested_at <= ? or (cancel_requested_at is null and checkout_session_id is null and created_at <= ?))
         and completed_unpaid_at is null and expired_at is null and (next_check_at is null or next_check_at <= ?)
       order by created_at limit ?`,
      [leftSince, leftSince, now, ROUND_SIZE],
    );
    await doEach(ending, left, (order) => this.recover(em, order));
  }

  private async recover(em: EntityManager, { id, isCancelled }: { id: string; isCancelled: boolean }): Promise<void> {
    const now = this.clock.now();
    if (!(await claimOrder(em, id, now, new Date(now.getTime() + PAUSE_MS)))) return;
    const deadline = now.getTime() + CALL_WITHIN_MS;
    try {
      if (isCancelled) await this.cancellation.complete(em, id, deadline);
      else await this.checkouts.resume(em, id, deadline);
      this.logger.warn({ orderId: id, isCancelled }, 'A checkout that had been left alone was gone on with');
    } catch (error) {
      // Stripe does not answer, or refused: in the latter case the order has been given up.
      if (!(error instanceof DomainError)) throw error;
      this.logger.warn({ orderId: id, code: error.code }, 'A checkout that had been left alone could not be opened');
    }
  }
}
