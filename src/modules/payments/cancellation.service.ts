/** Cancels unpaid orders: Stripe's session is expired first, and a payment that was faster wins. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { visibleTo } from '../../platform/auth/ownership.js';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import { isUuid } from '../../platform/kernel/identifier.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type CheckoutSnapshot, PaymentProviderError } from '../../stripe/payment-gateway.js';
import { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import type { CheckoutSessions } from './checkout-sessions.js';
import type { PaymentsService } from './payments.service.js';
import { paymentsSuspended } from './payments-suspended.js';

// As for a checkout: below the ten seconds that a shutdown grants to requests in flight, and from when Stripe is
// called.
const RESPONSE_TIMEOUT_MS = 8_000;

export class CancellationService {
  constructor(
    private readonly payments: PaymentsService,
    private readonly sessions: CheckoutSessions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Cancels an order of the viewer's, or anybody's for staff. An order that is over already stays as it is.
   *
   * @throws DomainError `NOT_FOUND` for an unknown order and for one of somebody else alike,
   *   `ORDER_NOT_CANCELLABLE` for one that is paid or is being paid, `PAYMENT_PROVIDER_UNAVAILABLE` or
   *   `PAYMENTS_SUSPENDED` when it could not be completed: the request is stored, and may be repeated
   */
  async cancelOrder(em: EntityManager, viewer: Viewer, orderId: string): Promise<Order> {
    const wasOpen = await inTransaction(em, async (transaction) => {
      const order = await this.lock(transaction, orderId, visibleTo(viewer));
      if (!order) throw DomainError.ofFields('NOT_FOUND', { orderId: 'is not the id of an order of yours' });
      return this.request(order, actorOf(viewer));
    });
    if (wasOpen) await this.complete(em, orderId, CallContext.forPerson(RESPONSE_TIMEOUT_MS, this.clock));
    const order = await em.findOneOrFail(Order, { id: orderId }, { refresh: true });
    if (!order.isOver()) throw notCancellable(order, 'orderId');
    return order;
  }

  /**
   * The order, locked; null for an unknown order and for somebody else's alike. That is checked before the lock: a
   * caller who may not see an order must not wait for its lock, nor hold it.
   */
  async lock(em: EntityManager, orderId: string, owner: { buyerId?: string }): Promise<Order | null> {
    if (!isUuid(orderId) || (await em.count(Order, { id: orderId, ...owner })) === 0) return null;
    return this.payments.lockOrderOf(em, { orderId });
  }

  /**
   * Records on a locked order that it is to be cancelled; takes effect once its session has ended.
   *
   * @returns false when the order is over already
   * @throws DomainError `ORDER_NOT_CANCELLABLE`
   */
  request(order: Order, actor: string, field = 'orderId'): boolean {
    if (order.isOver()) return false;
    if (order.paidAt || order.completedUnpaidAt || order.isUnderReview()) throw notCancellable(order, field);
    order.cancelRequestedAt ??= this.clock.now();
    order.cancelRequestedBy ??= actor;
    return true;
  }

  /** Expires the session of an order that is to be cancelled, and applies what Stripe reports of it. */
  async complete(em: EntityManager, orderId: string, call: CallContext): Promise<void> {
    await failPoint('cancel: request committed');
    const order = await em.fork().findOneOrFail(Order, { id: orderId }, { populate: ['stripeRequest'] });
    const checkout = await this.endCheckout(order, call);
    await failPoint('cancel: Stripe answered');
    const isLeftOpen = await inTransaction(em, async (transaction) => {
      const locked = await this.payments.lockOrderOf(transaction, { orderId });
      if (!locked || locked.isOver()) return false;
      const actor = locked.cancelRequestedBy ?? 'system';
      if (checkout === 'unknown') await this.payments.reviewUnknown(transaction, locked);
      else if (checkout === 'none')
        await this.payments.cancel(transaction, locked, OrderEventCause.ORDER_CANCELED, actor);
      else await this.payments.applyCheckout(transaction, locked, checkout, { actor, cause: causeOf(checkout) });
      return checkout === 'unknown' && locked.awaitsPayment();
    });
    if (isLeftOpen) throw unavailable();
  }

  /**
   * The checkout once nobody can begin to pay it. Where the process died before it stored Stripe's response, the
   * session is requested again with the same idempotency key, which returns the same session, and that is expired.
   *
   * @returns `none` when it is certain that there never was a session; `unknown` when Stripe does not know the session
   *   that it returned, from which nothing may be concluded
   * @throws DomainError `PAYMENT_PROVIDER_UNAVAILABLE` or `PAYMENTS_SUSPENDED`
   */
  async endCheckout(order: Order, call: CallContext): Promise<CheckoutSnapshot | 'none' | 'unknown'> {
    try {
      const sessionId = order.checkoutSessionId ?? (await this.sessionOf(order, call));
      return sessionId === null ? 'none' : await this.sessions.expire(sessionId, call);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      if (error.kind === 'suspended') throw paymentsSuspended();
      if (error.kind !== 'missing') throw unavailable();
      const { id: orderId, checkoutSessionId: sessionId } = order;
      this.logger.error({ orderId, sessionId }, 'Checkout session not found at Stripe');
      return 'unknown';
    }
  }

  private async sessionOf(order: Order, call: CallContext): Promise<string | null> {
    try {
      return (await this.sessions.open(order, call))?.sessionId ?? null;
    } catch (error) {
      if (error instanceof PaymentProviderError && error.kind === 'rejected') return null;
      throw error;
    }
  }
}

function causeOf({ status, paid }: CheckoutSnapshot): OrderEventCause {
  if (status === 'expired') return OrderEventCause.ORDER_CANCELED;
  return paid ? OrderEventCause.PAYMENT_RECEIVED : OrderEventCause.CHECKOUT_COMPLETED;
}

/** The error for cancelling an order that is paid, or is being paid. */
export function notCancellable({ id, status }: Order, field: string): DomainError {
  return new DomainError('ORDER_NOT_CANCELLABLE', `The order is ${status}: only unpaid orders can be cancelled.`, {
    fields: { [field]: `is an order that is ${status}` },
    orderId: id,
    status,
  });
}

export function unavailable(): DomainError {
  return new DomainError(
    'PAYMENT_PROVIDER_UNAVAILABLE',
    'The payment provider does not respond. The order can no longer be paid here; send the same request again.',
  );
}
