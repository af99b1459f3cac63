/**
 * Creates checkouts in three phases: a transaction prices, holds and stores the order with the whole request
 * to Stripe; Stripe is called, outside any transaction; a transaction stores Stripe's response. A process may
 * die between any two of them: the order's row has all that the next request or job needs to continue.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Viewer } from '../../platform/auth/viewer.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type CheckoutSnapshot, MIN_SESSION_MS, PaymentProviderError } from '../../stripe/payment-gateway.js';
import type { CalendarBudget } from '../inventory/calendar-budget.js';
import { Order, type OrderState } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import type { OrderWithRequest } from '../orders/order-record.js';
import { findOrderWithRequest, storeSession } from '../orders/order-records.repository.js';
import { type CancellationService, notCancellable } from '../payments/cancellation.service.js';
import type { CheckoutSessions } from '../payments/checkout-sessions.js';
import type { PaymentsService } from '../payments/payments.service.js';
import { paymentsSuspended } from '../payments/payments-suspended.js';
import type { CreateCheckoutSessionInput } from './checkout.input.js';
import type { OrderCreation } from './order-creation.js';

// A buyer waits. Eight seconds for Stripe stay below the ten that a shutdown grants to requests in flight, and far
// below the two minutes after which recovery continues an order. They begin when Stripe is called: what the database
// took before has limits of its own. Where both are slow, a shutdown may cut the request
// off: what is stored then is enough for its repetition, or for recovery.
const RESPONSE_TIMEOUT_MS = 8_000;
// How long to wait for a concurrent request with the same key.
const PATIENCE_MS = 2_000;
const POLL_INTERVAL_MS = 100;
const CLOCK_SLACK_MS = 60_000;

export class CheckoutService {
  constructor(
    private readonly orderCreation: OrderCreation,
    private readonly payments: PaymentsService,
    private readonly cancellation: CancellationService,
    private readonly sessions: CheckoutSessions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Creates a checkout for a basket, or finds the one that the same request created before.
   *
   * @param budget what the request may still read of calendars
   * @returns the order with its session; its URL is null once it can no longer be paid
   * @throws DomainError as the contract lists; after `PAYMENT_PROVIDER_UNAVAILABLE` the order waits for the
   *   same request to be repeated; with `PAYMENTS_SUSPENDED` nothing was stored
   */
  async createCheckoutSession(
    em: EntityManager,
    viewer: Viewer,
    input: CreateCheckoutSessionInput,
    budget: CalendarBudget,
  ): Promise<OrderState> {
    await this.admit(this.newCall());
    const { orderId, order, replacedOrderId } = await this.orderCreation.create(em, viewer, input, budget);
    await failPoint('checkout: order committed');
    const call = this.newCall();
    const hasEnded = replacedOrderId === null || (await this.endReplaced(em, replacedOrderId, orderId, call));
    // Stripe responds, then: a new timeout, since the time so far was mostly the database's.
    return this.open(em, order ?? (await this.awaitSession(em, orderId)), hasEnded ? null : call);
  }

  /**
   * Continues a stalled order: stores its session, so that the buyer's repetition finds it,
   * or cancels the order where it is certain that there is none.
   *
   * @throws DomainError when the order was cancelled, or Stripe does not respond
   */
  async resume(em: EntityManager, orderId: string, call: CallContext): Promise<void> {
    const order = await findOrderWithRequest(em, orderId);
    if (order.checkoutSessionId || order.expiredAt) return;
    const checkout = await this.openCheckout(em, order, call);
    await failPoint('recover: Stripe answered');
    await this.storeCheckout(em, orderId, checkout, call);
  }

  /** Before anything is stored or held: goods of an order that cannot be paid would be held for nothing. */
  private async admit(call: CallContext): Promise<void> {
    try {
      await this.sessions.admit(call);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      throw error.kind === 'suspended' ? paymentsSuspended() : unavailable();
    }
  }

  private newCall(): CallContext {
    return CallContext.forPerson(RESPONSE_TIMEOUT_MS, this.clock);
  }

  /** @param begun the context of a call to Stripe that has begun; null for a new one */
  private async open(em: EntityManager, order: OrderWithRequest, begun: CallContext | null): Promise<OrderState> {
    if (order.checkoutSessionId) return order;
    // Cancelled by a concurrent request: the key is free, so the next attempt creates a new order.
    if (order.expiredAt) throw unavailable();
    const call = begun ?? this.newCall();
    const checkout = await this.openCheckout(em, order, call);
    await failPoint('checkout: Stripe answered');
    return this.storeCheckout(em, order.id, checkout, call);
  }

  /**
   * Expires the session of a replaced order, whose goods are released already, before the new one can be paid. Where
   * Stripe does not respond, the request to cancel is stored, and the next repetition or recovery expires it.
   *
   * @returns false where Stripe did not respond
   * @throws DomainError `ORDER_NOT_CANCELLABLE` when the buyer has paid it after all: the new order is cancelled
   */
  private async endReplaced(
    em: EntityManager,
    replacedId: string,
    orderId: string,
    call: CallContext,
  ): Promise<boolean> {
    try {
      await this.cancellation.complete(em, replacedId, call);
    } catch (error) {
      this.logger.error(
        { orderId: replacedId, err: error },
        'Checkout session of a replaced order could not be expired',
      );
      return false;
    }
    const replaced = await em.fork().findOneOrFail(Order, { id: replacedId });
    if (replaced.isOver()) return true;
    await this.cancelNewOrder(em, orderId, call);
    throw notCancellable(replaced, 'replacesOrderId');
  }

  /**
   * The buyer has paid the order that this one was to replace. The session of this one may be open already, after an
   * earlier request could not expire the other: then it is expired as well, unless it was paid too.
   */
  private async cancelNewOrder(em: EntityManager, orderId: string, call: CallContext): Promise<void> {
    const cause = OrderEventCause.REPLACED_ORDER_PAID;
    const hasSession = await inTransaction(em, async (transaction) => {
      const order = await this.payments.lockOrderOf(transaction, { orderId });
      if (!order?.awaitsPayment() || order.completedUnpaidAt) return false;
      if (order.checkoutSessionId) return this.cancellation.request(order, 'system');
      await this.payments.cancel(transaction, order, cause, 'system');
      return false;
    });
    if (hasSession) await this.cancellation.complete(em, orderId, call);
  }

  /** The second phase. Built from the stored row only, so that every repetition sends the same bytes. */
  private async openCheckout(em: EntityManager, order: OrderWithRequest, call: CallContext): Promise<CheckoutSnapshot> {
    try {
      const checkout = await this.sessions.open(order, call);
      if (checkout !== null) return checkout;
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      throw error.kind === 'rejected' ? await this.cancelRejected(em, order, error) : unavailable();
    }
    await this.cancel(em, order, OrderEventCause.CHECKOUT_FAILED);
    throw unavailable();
  }

  /** A rejected request proves that no session exists: the order is cancelled and its goods are released at once. */
  private async cancelRejected(
    em: EntityManager,
    order: OrderState,
    error: PaymentProviderError,
  ): Promise<DomainError> {
    await this.cancel(em, order, OrderEventCause.CHECKOUT_REJECTED);
    if (error.parameter === 'customer_email') {
      return DomainError.badInput('customerInfo.email', 'is rejected by the payment provider');
    }
    if (error.parameter === 'expires_at') return this.rejectedExpiry(order);
    this.logger.error(
      { orderId: order.id, parameter: error.parameter, err: error },
      'Stripe rejected the checkout session',
    );
    return new DomainError('INTERNAL_SERVER_ERROR', 'The checkout could not be created.');
  }

  /** A repetition may come too late for its session: the key is free again, so the next attempt creates a new order. */
  private rejectedExpiry({ expiresAt }: OrderState): DomainError {
    const leftMs = expiresAt.getTime() - this.clock.now().getTime();
    if (leftMs < MIN_SESSION_MS + CLOCK_SLACK_MS) return unavailable();
    // By our clock it was in time, so our clock is wrong, as the log and `/readyz` say; the next one would be rejected
    // as well.
    return paymentsSuspended();
  }

  private async cancel(em: EntityManager, { id }: Pick<OrderState, 'id'>, cause: OrderEventCause): Promise<void> {
    await inTransaction(em, async (transaction) => {
      const order = await this.payments.lockOrderOf(transaction, { orderId: id });
      if (order && !order.checkoutSessionId) await this.payments.cancel(transaction, order, cause, 'system');
    });
  }

  /** The third phase. A webhook may have been faster, and the order may have been cancelled meanwhile. */
  private async storeCheckout(
    em: EntityManager,
    orderId: string,
    checkout: CheckoutSnapshot,
    call: CallContext,
  ): Promise<OrderState> {
    await failPoint('checkout: before the session is committed');
    const stored = await storeSession(em, orderId, checkout);
    const order = stored ?? (await findOrderWithRequest(em, orderId));
    await failPoint('checkout: session committed');
    if (!order.cancelRequestedAt) return order;
    await this.sessions.expire(checkout.sessionId, call).catch((error: unknown) => {
      this.logger.error(
        { orderId, sessionId: checkout.sessionId, err: error },
        'Checkout session of a cancelled order could not be expired',
      );
    });
    throw unavailable();
  }

  /** Waits for the concurrent request that creates this checkout; after that, the caller continues on its own. */
  private async awaitSession(em: EntityManager, orderId: string): Promise<OrderWithRequest> {
    const patienceEnds = this.clock.now().getTime() + PATIENCE_MS;
    for (;;) {
      const order = await findOrderWithRequest(em, orderId);
      if (order.checkoutSessionId || order.expiredAt || this.clock.now().getTime() >= patienceEnds) return order;
      await this.clock.wait(POLL_INTERVAL_MS);
    }
  }
}

function unavailable(): DomainError {
  return new DomainError(
    'PAYMENT_PROVIDER_UNAVAILABLE',
    'The payment provider does not respond. Nothing was charged: send the same request again.',
  );
}
