/** Reads the refunds and disputes of orders of which there was news, and writes them down as Stripe has them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import { processBacklog } from '../../platform/jobs/backlog.js';
import type { Job, JobRequests, JobRun } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { PaymentProviderError } from '../../stripe/payment-gateway.js';
import { SYNC_PAYMENTS } from '../payments/payment-sync-requests.js';
import type { PaymentsService } from '../payments/payments.service.js';
import type { PaymentReading, PaymentSync } from '../payments/review.service.js';

const CALLS_TIMEOUT_MS = 8_000;
// Where Stripe does not answer; the first pause is longer than the calls of most orders take, and each is twice as long
// as the one before. News of a payment is not to wait longer than the last.
const FIRST_PAUSE_SECONDS = 15;
const MAX_PAUSE_SECONDS = 600;

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
      findDue: (fork, limit) => this.findStale(fork, limit),
      work: (fork, { id }) => this.refresh(fork, id),
    });
  }

  private async findStale(em: EntityManager, limit: number): Promise<{ id: string }[]> {
    return em.execute(
      `select id from orders
       where payment_sync_requested > payment_sync_completed and (payment_sync_due_at is null or payment_sync_due_at <= ?)
       order by payment_sync_due_at nulls first limit ?`,
      [this.clock.now(), limit],
    );
  }

  private async refresh(em: EntityManager, orderId: string): Promise<void> {
    const pauseSeconds = await this.claim(em, orderId);
    if (pauseSeconds === null) return;
    try {
      const reading = await this.paymentSync.read(em, orderId, CallContext.forJob(CALLS_TIMEOUT_MS, this.clock));
      await failPoint('payment sync: Stripe answered');
      await inTransaction(em, (transaction) => this.write(transaction, orderId, reading));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ orderId, kind: error.kind }, 'The refunds and disputes of an order could not be read');
      const options = { afterSeconds: pauseSeconds };
      await inTransaction(em, (transaction) => this.jobs.request(transaction, SYNC_PAYMENTS, options));
    }
  }

  /**
   * Only the process that claims an order reads it. One that cannot be read comes again later and later, behind those
   * that were not tried yet.
   *
   * @returns how long others leave it alone; null when another was faster
   */
  private async claim(em: EntityManager, orderId: string): Promise<number | null> {
    const now = this.clock.now();
    const [claimed] = await em.execute<{ dueAt: string }[]>(
      `update orders set payment_sync_attempts = payment_sync_attempts + 1,
         payment_sync_due_at = ?::timestamptz + least(? * power(2, least(payment_sync_attempts, 20)), ?) * interval '1 second'
       where id = ? and payment_sync_requested > payment_sync_completed and (payment_sync_due_at is null or payment_sync_due_at <= ?)
       returning payment_sync_due_at as "dueAt"`,
      [now, FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS, orderId, now],
    );
    return claimed ? (new Date(claimed.dueAt).getTime() - now.getTime()) / 1000 : null;
  }

  /** Only if there was no more news since: what was read may be older than that. */
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
