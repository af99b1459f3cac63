/** Staff decide on money that does not match its order. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../auth/viewer.js';
import { inTransaction } from '../database/transaction.js';
import type { Clock } from '../shared/clock.js';
import { DomainError } from '../shared/domain-error.js';
import { isUuid } from '../shared/identifier.js';
import type { CheckoutSnapshot } from '../stripe/payment-gateway.js';
import type { CancellationService } from './cancellation.service.js';
import { Order } from './order.entity.js';
import { Payment, PaymentState } from './payment.entity.js';
import type { NewsSource, SettlementService } from './settlement.service.js';

// As for a checkout: below the ten seconds that a shutdown grants to requests in flight.
const ANSWER_WITHIN_MS = 8_000;

export class ReviewService {
  constructor(
    private readonly settlement: SettlementService,
    private readonly cancellation: CancellationService,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes the money under review as the payment of its order.
   *
   * @throws DomainError `NOT_FOUND`, `ORDER_NOT_UNDER_REVIEW`, `NO_PAYMENT_TO_ACCEPT`; `OUT_OF_STOCK` or
   *   `NOT_AVAILABLE` when its goods had been released and have gone to others; `PAYMENT_PROVIDER_UNAVAILABLE`: nothing
   *   was decided, try again
   */
  async acceptPayment(em: EntityManager, viewer: Viewer, orderId: string): Promise<Order> {
    return this.decide(em, viewer, orderId, async (transaction, order, payment, source) => {
      if (payment === null) throw noPayment(order);
      await this.settlement.acceptReviewed(transaction, order, payment, source);
    });
  }

  /**
   * Sends the money under review back, where there is any, and ends the order.
   *
   * @throws DomainError `NOT_FOUND`, `ORDER_NOT_UNDER_REVIEW` or `PAYMENT_PROVIDER_UNAVAILABLE`
   */
  async refusePayment(em: EntityManager, viewer: Viewer, orderId: string): Promise<Order> {
    return this.decide(em, viewer, orderId, (transaction, order, payment, source) =>
      this.settlement.refuseReviewed(transaction, order, payment, source),
    );
  }

  private async decide(
    em: EntityManager,
    viewer: Viewer,
    orderId: string,
    act: (em: EntityManager, order: Order, payment: Payment | null, source: NewsSource) => Promise<void>,
  ): Promise<Order> {
    const checkout = await this.endOwnCheckout(em, orderId);
    await inTransaction(em, async (transaction) => {
      const order = await this.settlement.lockOrderOf(transaction, { orderId });
      if (!order) throw unknownOrder();
      if (!order.isUnderReview()) throw notUnderReview(order, 'No payment of the order is under review.');
      const source = { actor: actorOf(viewer) };
      // The buyer may have paid the order's own session meanwhile: that money decides, without staff.
      if (checkout !== null) await this.settlement.settle(transaction, order, checkout, source);
      if (!order.isUnderReview()) return;
      const payment = await transaction.findOne(Payment, { order, state: PaymentState.UNDER_REVIEW });
      await act(transaction, order, payment, source);
    });
    return em.findOneOrFail(Order, { id: orderId }, { refresh: true });
  }

  /** So that nobody pays an order that has been decided on; null when there is nothing to end, or to be found. */
  private async endOwnCheckout(em: EntityManager, orderId: string): Promise<CheckoutSnapshot | null> {
    const order = isUuid(orderId)
      ? await em.fork().findOne(Order, { id: orderId }, { populate: ['stripeRequest'] })
      : null;
    if (!order) throw unknownOrder();
    if (!order.isUnderReview()) throw notUnderReview(order, 'No payment of the order is under review.');
    const checkout = await this.cancellation.endCheckout(order, this.clock.now().getTime() + ANSWER_WITHIN_MS);
    return typeof checkout === 'string' ? null : checkout;
  }
}

function unknownOrder(): DomainError {
  return DomainError.ofFields('NOT_FOUND', { orderId: 'is not the id of an order' });
}

/** Of an order whose money is overdue, or whose session Stripe does not know. */
function noPayment({ id, status }: Order): DomainError {
  const message = 'No money has arrived for the order, so there is none to accept: wait for it, or refuse it.';
  const fields = { orderId: 'is an order without a payment' };
  return new DomainError('NO_PAYMENT_TO_ACCEPT', message, { fields, orderId: id, status });
}

function notUnderReview({ id, status }: Order, message: string): DomainError {
  return new DomainError('ORDER_NOT_UNDER_REVIEW', message, {
    fields: { orderId: `is an order that is ${status}` },
    orderId: id,
    status,
  });
}
