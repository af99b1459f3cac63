/** Polls Stripe once a day for delayed payments that are processing. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Job, JobRun } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type CheckoutSnapshot, type PaymentGateway, PaymentProviderError } from '../../stripe/payment-gateway.js';
import { Order } from '../orders/order.entity.js';
import { processOrders } from '../orders/order-backlog.js';
import { OrderStatus } from '../orders/order-status.js';
import type { PaymentsService } from './payments.service.js';

const DAY_MS = 24 * 3_600_000;
// The slowest methods take two weeks.
const OVERDUE_AFTER_MS = 21 * DAY_MS;
const CALL_TIMEOUT_MS = 8_000;

export class RecheckDelayedPaymentsJob implements Job {
  readonly name = 'recheck-delayed-payments';
  readonly schedule = '23 * * * *';

  constructor(
    private readonly payments: PaymentsService,
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, run: JobRun) {
    return processOrders<Order>(em, run, {
      now: () => this.clock.now(),
      findDue: (fork, limit) => this.findWaiting(fork, limit),
      work: (fork, order) => this.recheck(fork, order),
      explainFailure: ({ id: orderId }, error) => {
        if (!(error instanceof PaymentProviderError)) return false;
        this.logger.warn({ orderId, kind: error.kind }, 'A delayed payment could not be rechecked');
        return true;
      },
      pauses: { minPauseMs: DAY_MS, maxPauseMs: DAY_MS },
    });
  }

  private async findWaiting(em: EntityManager, limit: number): Promise<Order[]> {
    const now = this.clock.now();
    const waiting = {
      status: OrderStatus.PROCESSING,
      completedUnpaidAt: { $lte: new Date(now.getTime() - DAY_MS) },
      $or: [{ nextCheckAt: null }, { nextCheckAt: { $lte: now } }],
    };
    return em.find(Order, waiting, {
      orderBy: [{ nextCheckAt: 'asc nulls first' }, { completedUnpaidAt: 'asc' }],
      limit,
    });
  }

  private async recheck(em: EntityManager, { id, checkoutSessionId }: Order): Promise<void> {
    const call = CallContext.forJob(CALL_TIMEOUT_MS, this.clock);
    const checkout = await this.gateway.retrieveCheckout(checkoutSessionId ?? '', call);
    await inTransaction(em, (transaction) => this.applyCheckout(transaction, id, checkout));
  }

  private async applyCheckout(em: EntityManager, orderId: string, checkout: CheckoutSnapshot | null): Promise<void> {
    const order = await this.payments.lockOrderOf(em, { orderId });
    if (!order) return;
    if (checkout !== null) await this.payments.applyCheckout(em, order, checkout, { actor: 'system' });
    // Stripe has reported its payment: a session that is not found any more does not mean that the payment failed.
    else this.logger.error({ orderId }, 'Checkout session of a delayed payment not found at Stripe');
    const waitingForMs = this.clock.now().getTime() - (order.completedUnpaidAt?.getTime() ?? 0);
    if (order.status !== OrderStatus.PROCESSING || waitingForMs < OVERDUE_AFTER_MS) return;
    await this.payments.reviewOverdue(em, order, 'the money has been on its way for more than 21 days');
    this.logger.error({ orderId }, 'Delayed payment overdue: the order is under review');
  }
}
