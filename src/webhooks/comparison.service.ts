/** Compares what Stripe has with what the orders say, finds what drifted apart, and repairs it. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../database/transaction.js';
import { Dispute } from '../disputes/dispute.entity.js';
import type { JobRequests } from '../jobs/job.js';
import { Order } from '../orders/order.entity.js';
import { Payment } from '../orders/payment.entity.js';
import type { SettlementService } from '../orders/settlement.service.js';
import { announceMoneyNews } from '../refunds/refresh-money.job.js';
import { Refund } from '../refunds/refund.entity.js';
import type { Logger } from '../shared/logger.js';
import type { CheckoutSnapshot, MoneyMovement, PaymentGateway, Span } from '../stripe/payment-gateway.js';

/** Something that Stripe has and the orders have not, or the other way round. */
export interface Difference {
  what: string;
  /** Stripe's id of the session, refund or dispute. */
  object: string;
  orderId: string | null;
  /** False where staff must look into it. */
  canBeRepaired: boolean;
}

interface Found {
  difference: Difference;
  repair: () => Promise<void>;
}

export class ComparisonService {
  constructor(
    private readonly settlement: SettlementService,
    private readonly gateway: PaymentGateway,
    private readonly jobs: JobRequests,
    private readonly logger: Logger,
  ) {}

  /**
   * Compares what was created in the span and repairs what differs. What cannot be repaired holds up nothing else.
   *
   * @throws PaymentProviderError
   */
  async compare(em: EntityManager, span: Span): Promise<Difference[]> {
    const found: Difference[] = [];
    for await (const { difference, repair } of this.differences(em, span)) {
      found.push(difference.canBeRepaired ? await this.repaired(difference, repair) : difference);
      if (!difference.canBeRepaired) this.logger.error({ ...difference }, 'A difference to Stripe');
    }
    return found;
  }

  /** What `compare` would repair; changes nothing. @throws PaymentProviderError */
  async look(em: EntityManager, span: Span): Promise<Difference[]> {
    const found: Difference[] = [];
    for await (const { difference } of this.differences(em, span)) found.push(difference);
    return found;
  }

  private async repaired(difference: Difference, repair: () => Promise<void>): Promise<Difference> {
    try {
      await repair();
      this.logger.error({ ...difference }, 'A difference to Stripe was repaired');
      return difference;
    } catch (error) {
      const left = { ...difference, canBeRepaired: false };
      this.logger.error({ ...left, err: error }, 'A difference to Stripe could not be repaired');
      return left;
    }
  }

  private async *differences(em: EntityManager, span: Span): AsyncGenerator<Found> {
    for await (const page of this.gateway.listCheckouts(span)) {
      for (const checkout of page.filter(({ orderId }) => orderId !== null)) {
        const difference = await this.compareCheckout(em.fork(), checkout);
        if (difference !== null) yield { difference, repair: () => this.settle(em, checkout) };
      }
    }
    for await (const page of this.gateway.listMoneyMovements(span)) {
      for (const movement of page) {
        const difference = await this.compareMoney(em.fork(), movement);
        if (difference !== null) yield { difference, repair: () => this.announce(em, difference) };
      }
    }
  }

  private async compareCheckout(em: EntityManager, checkout: CheckoutSnapshot): Promise<Difference | null> {
    const { sessionId, orderId } = checkout;
    const order = await em.findOne(Order, { id: orderId });
    const payment = await em.findOne(Payment, { paymentIntentId: checkout.paymentIntentId ?? '' });
    const what = order ? differenceOf(order, payment, checkout) : unknownOrder(checkout);
    if (what === null) return null;
    const isAhead = order?.paidAt != null && !checkout.paid && payment === null;
    return { what, object: sessionId, orderId: order?.id ?? null, canBeRepaired: order !== null && !isAhead };
  }

  private async compareMoney(em: EntityManager, movement: MoneyMovement): Promise<Difference | null> {
    const { stripeId: object, paymentIntentId, status } = movement;
    const payment = await em.findOne(Payment, { paymentIntentId: paymentIntentId ?? '' });
    // Another application's, or of a payment that has not been counted: which the checkouts tell.
    if (payment === null) return null;
    const row = (await em.findOne(Refund, { stripeRefundId: object })) ?? (await em.findOne(Dispute, { id: object }));
    const state = status.toUpperCase();
    const isRight =
      row instanceof Refund ? row.isFollowedUp() || row.state === row.stateFor(status) : row?.state === state;
    if (isRight) return null;
    const what = row ? `is ${state} at Stripe and ${row.state} here` : `is ${state} at Stripe and unknown here`;
    return { what, object, orderId: payment.order.id, canBeRepaired: true };
  }

  private async settle(em: EntityManager, checkout: CheckoutSnapshot): Promise<void> {
    await inTransaction(em, async (transaction) => {
      const order = await this.settlement.lockOrderOf(transaction, checkout);
      if (order) await this.settlement.settle(transaction, order, checkout, { actor: 'system' });
    });
  }

  private async announce(em: EntityManager, { orderId }: Difference): Promise<void> {
    if (orderId === null) return;
    await inTransaction(em, (transaction) => announceMoneyNews(transaction, this.jobs, orderId, null));
  }
}

function unknownOrder({ paid, orderId }: CheckoutSnapshot): string | null {
  return paid ? `is paid and names order ${orderId}, which does not exist` : null;
}

/** In words for staff; null where order and session agree. */
function differenceOf(order: Order, payment: Payment | null, checkout: CheckoutSnapshot): string | null {
  const isOwn = order.checkoutSessionId === checkout.sessionId;
  if (checkout.paid) return payment === null ? 'is paid, and the payment is not counted here' : null;
  if (!order.checkoutSessionId) return 'is not known to its order';
  if (!isOwn) return null;
  const accepted = order.paidAt != null && payment === null;
  if (accepted && !order.reviewResolvedAt) return 'is not paid, and its order is';
  if (!order.awaitsPayment()) return null;
  if (checkout.status === 'expired') return `is expired, and its order ${order.status}`;
  if (checkout.paymentFailed) return `has failed to be paid, and its order is ${order.status}`;
  return checkout.status === 'complete' && !order.completedUnpaidAt ? 'is complete, and its order does not know' : null;
}
