/** The order for the page that the buyer returns to, up to date even before Stripe's event has arrived. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Viewer } from '../../platform/auth/viewer.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type CheckoutSnapshot, type PaymentGateway, PaymentProviderError } from '../../stripe/payment-gateway.js';
import type { OrderState } from '../orders/order.entity.js';
import { saveOrder } from '../orders/order-records.repository.js';
import { claimReturnPageCheck } from '../orders/orders.repository.js';
import type { OrdersService } from '../orders/orders.service.js';
import type { PaymentsService } from './payments.service.js';

// Return pages poll; Stripe is called for one order this often at most.
const ASK_AGAIN_AFTER_MS = 5_000;
// A buyer is waiting for the page: the stored status is better than a long wait.
const RESPONSE_TIMEOUT_MS = 3_000;

export class ReturnPageService {
  constructor(
    private readonly orders: OrdersService,
    private readonly payments: PaymentsService,
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Null for an unknown session and for somebody else's alike. While the order is unpaid, Stripe is polled. */
  async findBySession(em: EntityManager, viewer: Viewer, sessionId: string): Promise<OrderState | null> {
    const order = await this.orders.findBySession(em, viewer, sessionId);
    if (!order?.awaitsPayment() || !(await this.mayAsk(em, order.id))) return order;
    const checkout = await this.ask(order, sessionId);
    if (checkout === null) return order;
    await failPoint('return page: Stripe answered');
    await inTransaction(em, async (transaction) => {
      const locked = await this.payments.lockRecordOf(transaction, { orderId: order.id });
      if (locked === null) return;
      await this.payments.applyCheckout(transaction, locked, checkout, { actor: 'stripe' });
      saveOrder(transaction, locked);
    });
    return this.orders.find(em, viewer, order.id);
  }

  private async mayAsk(em: EntityManager, orderId: string): Promise<boolean> {
    const now = this.clock.now();
    return claimReturnPageCheck(em, orderId, now, new Date(now.getTime() - ASK_AGAIN_AFTER_MS));
  }

  /** Null where Stripe does not respond: the page then shows the stored status, and polls again. */
  private async ask({ id }: Pick<OrderState, 'id'>, sessionId: string): Promise<CheckoutSnapshot | null> {
    try {
      return await this.gateway.retrieveCheckout(sessionId, CallContext.forPerson(RESPONSE_TIMEOUT_MS, this.clock));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      // Logged when the suspension began.
      if (error.kind === 'suspended') return null;
      this.logger.warn(
        { orderId: id, kind: error.kind },
        'Return page: the checkout could not be retrieved from Stripe',
      );
      return null;
    }
  }
}
