/** Expires unpaid checkouts after their time: goods are released only when Stripe confirms that they were not paid. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Job, JobRun } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type CheckoutSnapshot, type PaymentGateway, PaymentProviderError } from '../../stripe/payment-gateway.js';
import { processOrders } from '../orders/order-backlog.js';
import { findOverdueOrders, type OverdueOrder } from '../orders/orders.repository.js';
import type { PaymentsService } from '../payments/payments.service.js';

// Stripe's clock may differ from ours, and its event is probably on its way.
const SLACK_MS = 60_000;
const CALL_TIMEOUT_MS = 8_000;

export class ExpireCheckoutsJob implements Job {
  readonly name = 'expire-checkouts';
  readonly schedule = '* * * * *';

  constructor(
    private readonly payments: PaymentsService,
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, run: JobRun) {
    return processOrders<OverdueOrder>(em, run, {
      now: () => this.clock.now(),
      findDue: (fork, limit) => this.findOverdue(fork, limit),
      work: (fork, order) => this.end(fork, order),
      explainFailure: ({ id: orderId }, error) => {
        if (!(error instanceof PaymentProviderError)) return false;
        this.logger.warn({ orderId, kind: error.kind }, 'Overdue checkout session could not be expired');
        return true;
      },
    });
  }

  private async findOverdue(em: EntityManager, limit: number): Promise<OverdueOrder[]> {
    const now = this.clock.now();
    return findOverdueOrders(em, { endedBefore: new Date(now.getTime() - SLACK_MS), now, limit });
  }

  private async end(em: EntityManager, { id: orderId, sessionId }: OverdueOrder): Promise<void> {
    const checkout = await this.ask(sessionId);
    await failPoint('expire: Stripe answered');
    await inTransaction(em, (transaction) => this.applyCheckout(transaction, orderId, checkout));
  }

  private async ask(sessionId: string): Promise<CheckoutSnapshot | null> {
    const call = CallContext.forJob(CALL_TIMEOUT_MS, this.clock);
    const checkout = await this.gateway.retrieveCheckout(sessionId, call);
    return checkout?.status === 'open' ? this.gateway.expireCheckout(sessionId, call) : checkout;
  }

  private async applyCheckout(em: EntityManager, orderId: string, checkout: CheckoutSnapshot | null): Promise<void> {
    const order = await this.payments.lockOrderOf(em, { orderId });
    if (!order) return;
    if (checkout !== null) return this.payments.applyCheckout(em, order, checkout, { actor: 'system' });
    await this.payments.reviewUnknown(em, order);
    const { checkoutSessionId: sessionId, status } = order;
    this.logger.error({ orderId, sessionId, status }, 'Checkout session not found at Stripe');
  }
}
