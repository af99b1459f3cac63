/** Syncs the refunds and disputes of orders for which Stripe reported a change. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import { processBacklog } from '../../platform/jobs/backlog.js';
import type { Job, JobRequests, JobRun } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { PaymentProviderError } from '../../stripe/payment-gateway.js';
import { claimPaymentSync, findOrdersToSync } from '../orders/orders.repository.js';
import { SYNC_PAYMENTS } from '../payments/payment-sync-requests.js';
import type { PaymentsService } from '../payments/payments.service.js';
import type { PaymentReading, PaymentSync } from '../payments/review.service.js';

const CALLS_TIMEOUT_MS = 8_000;
// Where Stripe does not respond; the first pause is longer than the calls of most orders take, and each is twice as
// long as the one before. A change must not wait longer than the last.
const PAUSES = { firstSeconds: 15, maxSeconds: 600 };

export class SyncPaymentsJob implements Job {
  readonly name = SYNC_PAYMENTS;
  readonly schedule = '* * * * *';

  constructor(
    private readonly payments: PaymentsService,
    private readonly paymentSync: PaymentSync,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, run: JobRun) {
    return processBacklog<{ id: string }>(em, run, {
      findDue: (fork, limit) => findOrdersToSync(fork, this.clock.now(), limit),
      work: (fork, { id }) => this.refresh(fork, id),
    });
  }

  private async refresh(em: EntityManager, orderId: string): Promise<void> {
    const pauseSeconds = await claimPaymentSync(em, orderId, this.clock.now(), PAUSES);
    if (pauseSeconds === null) return;
    try {
      const reading = await this.paymentSync.read(em, orderId, CallContext.forJob(CALLS_TIMEOUT_MS, this.clock));
      await failPoint('payment sync: Stripe answered');
      await inTransaction(em, (transaction) => this.write(transaction, orderId, reading));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ orderId, kind: error.kind }, 'Refunds and disputes of an order could not be read from Stripe');
      const options = { afterSeconds: pauseSeconds };
      await inTransaction(em, (transaction) => this.jobs.request(transaction, SYNC_PAYMENTS, options));
    }
  }

  /** Only if no sync was requested since: what was read may be older than the change. */
  private async write(em: EntityManager, orderId: string, reading: PaymentReading): Promise<void> {
    const order = await this.payments.lockOrderOf(em, { orderId });
    if (
      !order ||
      (await this.paymentSync.write(em, order, reading)) ||
      order.paymentSyncRequested <= order.paymentSyncCompleted
    )
      return;
    Object.assign(order, { paymentSyncDueAt: null, paymentSyncAttempts: 0 });
    await this.jobs.request(em, SYNC_PAYMENTS);
  }
}
