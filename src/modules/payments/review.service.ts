/** Staff decide on payments that do not match their orders. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid } from '../../platform/kernel/identifier.js';
import { formatMoney } from '../../platform/kernel/money.js';
import { CallContext } from '../../stripe/call-context.js';
import {
  type CheckoutSnapshot,
  type DisputeSnapshot,
  PaymentProviderError,
  type RefundSnapshot,
} from '../../stripe/payment-gateway.js';
import { Order } from '../orders/order.entity.js';
import { type CancellationService, unavailable } from './cancellation.service.js';
import { Payment, PaymentState } from './payment.entity.js';
import type { ChangeContext, PaymentsService, RefundScheduler } from './payments.service.js';

// As for a checkout: below the ten seconds that a shutdown grants to requests in flight.
const RESPONSE_TIMEOUT_MS = 8_000;

/**
 * The refunds and disputes of an order's payments as the provider has them, and up to which sync request they were
 * read.
 */
export interface PaymentReading {
  paymentSyncRequested: number;
  paymentSyncCompleted: number;
  /** By the id of the payment intent. */
  payments: Map<string, { refunds: RefundSnapshot[]; disputes: DisputeSnapshot[] }>;
}

/** Syncs refunds and disputes. Implemented in `refunds`, which build on payments. */
export interface PaymentSync {
  /** @throws PaymentProviderError */
  read(em: EntityManager, orderId: string, call: CallContext): Promise<PaymentReading>;

  /**
   * Stores what was read before the order was locked. Part of the caller's transaction.
   *
   * @returns false, with nothing stored, when a sync was requested since, or another payment arrived: it must be read
   *   again
   */
  write(em: EntityManager, order: Order, reading: PaymentReading): Promise<boolean>;
}

export class ReviewService {
  constructor(
    private readonly payments: PaymentsService,
    private readonly cancellation: CancellationService,
    private readonly paymentSync: PaymentSync,
    private readonly refunds: RefundScheduler,
    private readonly clock: Clock,
  ) {}

  /**
   * Accepts the payment under review as the payment of its order.
   *
   * @throws DomainError `NOT_FOUND`, `ORDER_NOT_UNDER_REVIEW`, `NO_PAYMENT_TO_ACCEPT`; `PAYMENT_ALREADY_REFUNDED` when
   *   the shop no longer has all of it; `OUT_OF_STOCK` or `NOT_AVAILABLE` when its goods had been released and have
   *   gone to others; `PAYMENT_PROVIDER_UNAVAILABLE`: nothing was decided, try again
   */
  async acceptPayment(em: EntityManager, viewer: Viewer, orderId: string): Promise<Order> {
    return this.decide(em, viewer, orderId, async (transaction, order, payment, source) => {
      if (payment === null) throw noPayment(order);
      const left = await this.refunds.remainingOf(transaction, payment.paymentIntentId);
      if (left < payment.amountMinor) throw alreadyRefunded(order, payment, left);
      await this.payments.acceptReviewed(transaction, order, payment, source);
    });
  }

  /**
   * Returns the payment under review, where there is one, and ends the order.
   *
   * @throws DomainError `NOT_FOUND`, `ORDER_NOT_UNDER_REVIEW` or `PAYMENT_PROVIDER_UNAVAILABLE`
   */
  async rejectPayment(em: EntityManager, viewer: Viewer, orderId: string): Promise<Order> {
    return this.decide(em, viewer, orderId, (transaction, order, payment, source) =>
      this.payments.rejectReviewed(transaction, order, payment, source),
    );
  }

  private async decide(em: EntityManager, viewer: Viewer, orderId: string, act: Decision): Promise<Order> {
    const call = CallContext.forPerson(RESPONSE_TIMEOUT_MS, this.clock);
    // Changes that are reported between reading and deciding are read as well.
    while (!(await this.decideOnce(em, { orderId, call, source: { actor: actorOf(viewer) } }, act)));
    return em.findOneOrFail(Order, { id: orderId }, { refresh: true });
  }

  /** False when what was read from Stripe was out of date: it has to be read again. */
  private async decideOnce(em: EntityManager, { orderId, call, source }: Case, act: Decision): Promise<boolean> {
    const checkout = await this.endOwnCheckout(em, orderId, call);
    const reading = await this.read(em, orderId, call);
    return inTransaction(em, async (transaction) => {
      const order = await this.payments.lockOrderOf(transaction, { orderId });
      if (!order) throw unknownOrder();
      if (!order.isUnderReview()) throw notUnderReview(order, 'No payment of the order is under review.');
      // The buyer may have paid the order's own session meanwhile: that payment decides, without staff.
      if (checkout !== null) await this.payments.applyCheckout(transaction, order, checkout, source);
      if (!order.isUnderReview()) return true;
      if (!(await this.paymentSync.write(transaction, order, reading))) return false;
      const payment = await transaction.findOne(Payment, { order, state: PaymentState.UNDER_REVIEW });
      await act(transaction, order, payment, source);
      return true;
    });
  }

  private async read(em: EntityManager, orderId: string, call: CallContext): Promise<PaymentReading> {
    try {
      return await this.paymentSync.read(em, orderId, call);
    } catch (error) {
      throw error instanceof PaymentProviderError ? unavailable() : error;
    }
  }

  /** So that nobody pays an order that has been decided on; null when there is nothing to end, or to be found. */
  private async endOwnCheckout(
    em: EntityManager,
    orderId: string,
    call: CallContext,
  ): Promise<CheckoutSnapshot | null> {
    const order = isUuid(orderId)
      ? await em.fork().findOne(Order, { id: orderId }, { populate: ['stripeRequest'] })
      : null;
    if (!order) throw unknownOrder();
    if (!order.isUnderReview()) throw notUnderReview(order, 'No payment of the order is under review.');
    const checkout = await this.cancellation.endCheckout(order, call);
    return typeof checkout === 'string' ? null : checkout;
  }
}

type Decision = (em: EntityManager, order: Order, payment: Payment | null, source: ChangeContext) => Promise<void>;

interface Case {
  orderId: string;
  call: CallContext;
  source: ChangeContext;
}

/** The error for accepting a payment that was refunded: its order would count as paid although the money is gone. */
function alreadyRefunded({ id }: Order, { amountMinor, currency }: Payment, leftMinor: number): DomainError {
  const left = { amount: Math.max(leftMinor, 0), currency };
  const words = [left, { amount: amountMinor, currency }].map((money) => formatMoney(money, 'en'));
  return new DomainError(
    'PAYMENT_ALREADY_REFUNDED',
    `Of the payment ${words.join(' of ')} are left, the rest has gone back: reject it, and the rest goes back as well.`,
    { fields: { orderId: 'is an order whose money has gone back, wholly or in part' }, orderId: id, left },
  );
}

function unknownOrder(): DomainError {
  return DomainError.ofFields('NOT_FOUND', { orderId: 'is not the id of an order' });
}

/** For an order whose payment is overdue, or whose session Stripe does not find. */
function noPayment({ id, status }: Order): DomainError {
  const message = 'No money has arrived for the order, so there is none to accept: wait for it, or reject it.';
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
