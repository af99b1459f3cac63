/** Applies the state of a checkout at the payment provider to its order: the one place where that happens. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { batched } from '../../platform/database/batched.js';
import { lockRow } from '../../platform/database/lock-row.js';
import { inSavepoint } from '../../platform/database/transaction.js';
import { databaseUnavailable } from '../../platform/database/unavailable.js';
import { type CalendarDate, calendarDateAt } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import type { CheckoutSnapshot, DeclineSnapshot } from '../../stripe/payment-gateway.js';
import { ItemType } from '../catalogue/item-type.js';
import { HoldState } from '../inventory/hold-state.js';
import { type InventoryService, lastRentalDay } from '../inventory/inventory.service.js';
import { Order, type OrderState } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { moveHeld, releasedGoods, storeHoldState } from '../orders/order-lines.repository.js';
import { nextOrderNumber, orderNumber } from '../orders/order-number.js';
import type { OrderRecord } from '../orders/order-record.js';
import { lockOrder, type OrderKey } from '../orders/order-records.repository.js';
import type { OrderFacts } from '../orders/order-status.js';
import { ReviewReason } from '../orders/review-reason.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { Payment, PaymentPurpose, PaymentState } from './payment.entity.js';
import { decidePayment, type PaymentDecision, type ReceivedPayment, receivedPayment } from './payment-decision.js';
import { type RefundGrounds, RefundReason } from './refund-reason.js';
import { takePayment } from './take-payment.hot-path.js';

/** Who or what caused a change of an order. */
export interface ChangeContext {
  actor: string;
  stripeEventId?: string | undefined;
  /** When it happened, by the provider's event; absent where the provider was polled for the current state. */
  occurredAt?: Date;
  /** What happened, where the checkout itself does not say it all. */
  cause?: OrderEventCause;
}

/** A payment that has to go back to the buyer. */
export interface DueRefund extends RefundGrounds {
  order: OrderState;
  paymentIntentId: string;
  amountMinor: number;
  currency: string;
}

/** Stores that money is to go back; the refunds, which build on the payments, implement it. */
export interface RefundScheduler {
  /** Part of the caller's transaction. */
  scheduleRefund(em: EntityManager, refund: DueRefund): Promise<void>;

  /** How much of a payment the shop still has, after refunds and disputes, in minor units. */
  remainingOf(em: EntityManager, paymentIntentId: string): Promise<number>;
}

/** Called when an order is linked to its payment intent: earlier events of that payment may be waiting. */
export interface PaymentLinkListener {
  /** Part of the caller's transaction. */
  paymentLinked(em: EntityManager, paymentIntentId: string): Promise<void>;
}

/** Called when an order is paid whose session has saved the card. */
export interface PaidOrderListener {
  /** Part of the caller's transaction, which has locked the order. */
  orderPaid(em: EntityManager, order: OrderState): Promise<void>;
}

const REJECTED: RefundGrounds = { reason: RefundReason.PAYMENT_REJECTED, note: 'staff rejected the payment' };
const SUPERSEDED: RefundGrounds = {
  reason: RefundReason.DUPLICATE_PAYMENT,
  note: 'the order was paid through its own session',
};

// Time for an operator to see the error in the log; after that staff decide.
const UNKNOWN_FOR_MS = 24 * 3_600_000;

/** What an order may be found by; tried in this order. */
export interface OrderReferences {
  orderId?: string | null;
  sessionId?: string;
  paymentIntentId?: string | null;
}

export class PaymentsService {
  constructor(
    private readonly inventory: InventoryService,
    private readonly refunds: RefundScheduler,
    private readonly links: PaymentLinkListener,
    private readonly paid: PaidOrderListener,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /** The payments of an order, by its id, the earliest first. */
  readonly paymentsOf = batched<Payment>(
    (em, orders) => em.find(Payment, { order: { $in: [...orders] } }, { orderBy: { receivedAt: 'asc' } }),
    ({ order }) => order.id,
  );

  /** The order of a checkout, locked until the transaction ends; null when none is ours. */
  async lockOrderOf(em: EntityManager, references: OrderReferences): Promise<Order | null> {
    return firstOrder(em, references, (key, value) => lockRow(em, Order, key, value));
  }

  /** The same as a record, which is saved by `saveOrder`. */
  async lockRecordOf(em: EntityManager, references: OrderReferences): Promise<OrderRecord | null> {
    return firstOrder(em, references, (key, value) => lockOrder(em, key, value));
  }

  /**
   * Adds what is known of a checkout to its locked order and moves the goods accordingly. Safe in any order and
   * any number of times.
   */
  async applyCheckout(
    em: EntityManager,
    order: OrderState,
    checkout: CheckoutSnapshot,
    source: ChangeContext,
  ): Promise<void> {
    if (order.checkoutSessionId === null || order.checkoutSessionId === undefined) {
      // The process may have died, or be slow, between Stripe's response and storing it: the event stores the session.
      order.checkoutSessionId = checkout.sessionId;
      order.checkoutUrl = checkout.url ?? order.checkoutUrl ?? null;
    }
    const isOwn = checkout.sessionId === order.checkoutSessionId;
    if (isOwn && checkout.paymentIntentId !== null && !order.paymentIntentId) {
      order.paymentIntentId = checkout.paymentIntentId;
      // For an event, the inbox has done that itself.
      if (!source.stripeEventId) await this.links.paymentLinked(em, checkout.paymentIntentId);
    }
    if (checkout.paid) await this.applyPaidCheckout(em, order, receivedPayment(checkout), source);
    else if (isOwn) await this.applyUnpaidCheckout(em, order, checkout, source);
  }

  /** A declined attempt: the buyer may try again, so nothing is released. */
  async recordDecline(
    em: EntityManager,
    order: OrderState,
    decline: DeclineSnapshot,
    source: ChangeContext,
  ): Promise<void> {
    if (order.paidAt || order.expiredAt) return;
    order.lastPaymentErrorCode = decline.code;
    order.lastPaymentErrorDeclineCode = decline.declineCode;
    order.lastPaymentErrorMessage = order.anonymisedAt ? null : decline.message;
    // Once a session is completed, only the session itself says whether its payment succeeds.
    if (order.completedUnpaidAt) return;
    await this.recordFacts(
      em,
      order,
      { declinedAt: this.clock.now() },
      { ...source, cause: OrderEventCause.PAYMENT_DECLINED },
    );
  }

  /** The provider canceled the payment; matters only for a session that was completed and waits for its payment. */
  async recordCanceledPayment(
    em: EntityManager,
    order: OrderState,
    paymentIntentId: string,
    source: ChangeContext,
  ): Promise<void> {
    if (order.paymentIntentId && order.paymentIntentId !== paymentIntentId) return;
    await this.recordFacts(
      em,
      order,
      { paymentCanceledAt: this.clock.now() },
      { ...source, cause: OrderEventCause.PAYMENT_CANCELED },
    );
  }

  /** Cancels an order for which it is certain that no checkout can be paid. */
  async cancel(em: EntityManager, order: OrderState, cause: OrderEventCause, actor: string): Promise<void> {
    const now = this.clock.now();
    order.cancelRequestedBy ??= actor;
    // Nobody ever got a URL for it, so the buyer's key is free for another try.
    if (!order.checkoutSessionId) order.idempotencyKey = null;
    await this.recordFacts(em, order, { cancelRequestedAt: now, expiredAt: now }, { actor, cause });
  }

  /**
   * Stripe does not find the session of a locked order. That proves nothing: a key of another account or mode sees none
   * of ours. The goods stay held, and staff decide a day after the session's time was over.
   */
  async reviewUnknown(em: EntityManager, order: OrderState): Promise<void> {
    const overForMs = this.clock.now().getTime() - order.expiresAt.getTime();
    if (!order.awaitsPayment() || overForMs <= UNKNOWN_FOR_MS) return;
    await this.review(em, order, ReviewReason.UNKNOWN_AT_STRIPE, 'not found at Stripe');
  }

  /** A payment that should have arrived long ago: staff look into it, and the goods stay held. */
  async reviewOverdue(em: EntityManager, order: OrderState, note: string): Promise<void> {
    await this.review(em, order, ReviewReason.PAYMENT_OVERDUE, note);
  }

  /**
   * Staff accept the payment under review as the order's payment.
   *
   * @throws DomainError `OUT_OF_STOCK` or `NOT_AVAILABLE` when the goods have gone to others
   */
  async acceptReviewed(em: EntityManager, order: OrderState, payment: Payment, source: ChangeContext): Promise<void> {
    await this.confirm(em, order, this.dayOf(payment.receivedAt));
    payment.state = PaymentState.ACCEPTED;
    order.number ??= await nextOrderNumber(em, this.today());
    await this.markPaid(em, order, { ...source, cause: OrderEventCause.PAYMENT_ACCEPTED });
  }

  /** Staff return the payment under review, if there is one; the order is over. */
  async rejectReviewed(
    em: EntityManager,
    order: OrderState,
    payment: Payment | null,
    source: ChangeContext,
  ): Promise<void> {
    const now = this.clock.now();
    const facts = { reviewResolvedAt: now, cancelRequestedAt: now, expiredAt: now };
    const cause = payment === null ? OrderEventCause.REVIEW_CLOSED_UNPAID : OrderEventCause.PAYMENT_REJECTED;
    await this.recordFacts(em, order, facts, { ...source, cause });
    if (payment === null) return;
    payment.state = PaymentState.RETURNED;
    await this.returnPayment(em, order, payment, REJECTED, source);
  }

  private async review(em: EntityManager, order: OrderState, reviewReason: ReviewReason, note: string): Promise<void> {
    const entry = { actor: 'system', cause: OrderEventCause.REVIEW_OPENED };
    await this.recordFacts(em, order, { reviewReason, reviewNote: note }, entry);
  }

  private async applyUnpaidCheckout(
    em: EntityManager,
    order: OrderState,
    checkout: CheckoutSnapshot,
    source: ChangeContext,
  ) {
    const facts = unpaidFacts(checkout, this.clock.now());
    if (facts === null) return;
    const entry = { ...source, cause: source.cause ?? causeOfUnpaid(checkout) };
    // Stripe's event may be faster than the response to the request: the order was cancelled all the same.
    const isCancellation = checkout.status === 'expired' && order.cancelRequestedAt != null;
    const canceled = { actor: order.cancelRequestedBy ?? 'system', cause: OrderEventCause.ORDER_CANCELED };
    await this.recordFacts(em, order, facts, isCancellation ? { ...entry, ...canceled } : entry);
  }

  private async applyPaidCheckout(
    em: EntityManager,
    order: OrderState,
    payment: ReceivedPayment,
    source: ChangeContext,
  ) {
    const decision = decidePayment(order, payment);
    if (decision.kind === 'accept') return this.applyAccepted(em, order, payment, source);
    if (!(await this.record(em, order, payment, { state: stateAfter(decision), purpose: PaymentPurpose.ORDER })))
      return;
    if (decision.kind === 'return') return this.returnPayment(em, order, payment, decision, source);
    const facts = { reviewReason: decision.reason, reviewNote: decision.note };
    await this.recordFacts(em, order, facts, { ...source, cause: OrderEventCause.PAYMENT_RECEIVED });
  }

  /** Refunds or disputes of the payment that were reported earlier can be read now. */
  private syncAgain(order: OrderState): void {
    if (order.paymentSyncRequested > 0) order.paymentSyncRequested += 1;
  }

  /**
   * Records a payment that does not pay the goods of its order. Part of the transaction that has locked it.
   *
   * @returns false when this payment has been recorded before, and so applied
   */
  async record(
    em: EntityManager,
    order: OrderState,
    { paymentIntentId, checkoutSessionId, amountMinor, currency }: ReceivedPayment,
    { state, purpose }: { state: PaymentState; purpose: PaymentPurpose },
  ): Promise<boolean> {
    const recorded = await em.execute<object[]>(
      `insert into payments (payment_intent_id, order_id, checkout_session_id, amount_minor, currency, received_at, state, purpose)
       values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (payment_intent_id) do nothing returning 1`,
      [paymentIntentId, order.id, checkoutSessionId, amountMinor, currency, this.clock.now(), state, purpose],
    );
    const isNew = recorded.length > 0;
    if (isNew) this.syncAgain(order);
    return isNew;
  }

  /** Pays the order if its goods can still be had; else the money goes back. */
  private async applyAccepted(
    em: EntityManager,
    order: OrderState,
    payment: ReceivedPayment,
    source: ChangeContext,
  ): Promise<void> {
    const now = this.clock.now();
    const paidOn = this.paidOn(order, source);
    const taken = await takePayment(em, order.id, payment, { now, paidOn });
    if (taken === null) return;
    this.syncAgain(order);
    // The order's own payment replaces whatever was under review.
    await this.returnReviewed(em, order, payment, source);
    const cause = source.cause ?? OrderEventCause.PAYMENT_RECEIVED;
    const obstacle = taken.hasGoods ? null : await this.confirmGoods(em, order, paidOn);
    if (obstacle === null) {
      order.number ??= orderNumber(String(taken.sequence), this.today());
      await this.markPaid(em, order, { ...source, cause });
      return;
    }
    // It may have been cancelled for another order, its goods released before its session had ended: it has ended now.
    const facts = { expiredAt: now, paymentReturnedAt: now, ...reviewResolved(order, now) };
    await this.recordFacts(em, order, facts, { ...source, cause });
    await em.nativeUpdate(Payment, { paymentIntentId: payment.paymentIntentId }, { state: PaymentState.RETURNED });
    await this.returnPayment(em, order, payment, obstacle, source);
  }

  private async markPaid(
    em: EntityManager,
    order: OrderState,
    source: ChangeContext & { cause: OrderEventCause },
  ): Promise<void> {
    const now = this.clock.now();
    await this.recordFacts(em, order, { paidAt: now, ...reviewResolved(order, now) }, source);
    if (order.savesCard) await this.paid.orderPaid(em, order);
  }

  private async returnReviewed(em: EntityManager, order: OrderState, own: ReceivedPayment, source: ChangeContext) {
    if (!order.isUnderReview()) return;
    const others = { order: order.id, state: PaymentState.UNDER_REVIEW, paymentIntentId: { $ne: own.paymentIntentId } };
    for (const payment of await em.find(Payment, others)) {
      payment.state = PaymentState.RETURNED;
      await this.returnPayment(em, order, payment, SUPERSEDED, source);
    }
  }

  private async returnPayment(
    em: EntityManager,
    order: OrderState,
    { paymentIntentId, amountMinor, currency }: Pick<Payment, 'paymentIntentId' | 'amountMinor' | 'currency'>,
    { reason, note }: RefundGrounds,
    source: ChangeContext,
  ): Promise<void> {
    await this.refunds.scheduleRefund(em, { order, paymentIntentId, amountMinor, currency, reason, note });
    order.addTimelineEntry({ at: this.clock.now(), ...source, cause: OrderEventCause.REFUND_DUE, note });
  }

  private async recordFacts(
    em: EntityManager,
    order: OrderState,
    facts: OrderFacts,
    source: ChangeContext & { cause: OrderEventCause },
  ): Promise<void> {
    order.recordFacts(facts, { at: this.clock.now(), ...source });
    if (!order.isOver()) return;
    await this.inventory.release(em, await moveHeld(em, order.id, HoldState.RELEASED));
  }

  /** Null when the goods are confirmed; else, with nothing moved, why they cannot be. */
  private async confirmGoods(
    em: EntityManager,
    order: OrderState,
    paidOn: CalendarDate,
  ): Promise<RefundGrounds | null> {
    try {
      await this.confirm(em, order, paidOn);
      return null;
    } catch (error) {
      if (databaseUnavailable(error) !== null) throw error;
      if (error instanceof RentalOver) {
        return { reason: RefundReason.RENTAL_OVER, note: 'paid after the rental was over' };
      }
      if (error instanceof DomainError) {
        return { reason: RefundReason.GOODS_UNAVAILABLE, note: 'paid after the goods had gone to others' };
      }
      throw error;
    }
  }

  /**
   * @throws RentalOver, with nothing moved; another DomainError, likewise, when the goods were released and have gone
   *   to others since
   */
  private async confirm(em: EntityManager, order: OrderState, paidOn: CalendarDate): Promise<void> {
    const held = await moveHeld(em, order.id, HoldState.CONFIRMED);
    if (held.some((line) => line.type === ItemType.EQUIPMENT && lastRentalDay(line) < paidOn)) {
      await storeHoldState(em, held, HoldState.HELD);
      throw new RentalOver();
    }
    await this.inventory.confirm(em, held, this.today());
    // The lines of an order move together: where some were held, none had been released.
    if (held.length > 0) return;
    const released = await releasedGoods(em, order.id);
    if (released.length === 0) return;
    // What was moved before the line that failed is moved back.
    await inSavepoint(em, (part) => this.inventory.confirm(part, released, this.today()));
    await storeHoldState(em, released, HoldState.CONFIRMED);
  }

  /**
   * The day on which the payment arrived, in the shop's time zone. Where the provider does not say when: a session can
   * be paid until it ends; a payment that is known to have been processing may have arrived only now.
   */
  private paidOn(order: OrderState, { occurredAt }: ChangeContext): CalendarDate {
    const now = this.clock.now();
    const latest = order.completedUnpaidAt ? now : new Date(order.expiresAt.getTime() - 1);
    const paidAt = occurredAt ?? latest;
    return this.dayOf(paidAt < now ? paidAt : now);
  }

  private today(): CalendarDate {
    return this.dayOf(this.clock.now());
  }

  private dayOf(instant: Date): CalendarDate {
    return calendarDateAt(instant, this.shop.timeZone);
  }
}

async function firstOrder<Found>(
  em: EntityManager,
  { orderId, sessionId, paymentIntentId }: OrderReferences,
  lock: (key: OrderKey, value: string) => Promise<Found | null>,
): Promise<Found | null> {
  const ways = { id: orderId, checkoutSessionId: sessionId, paymentIntentId };
  for (const [key, value] of Object.entries(ways)) {
    const order = value ? await lock(key as OrderKey, value) : null;
    if (order) return order;
  }
  // A further payment of the order, beside the one that it is linked to.
  const payment = paymentIntentId ? await em.findOne(Payment, { paymentIntentId }) : null;
  return payment ? lock('id', payment.order.id) : null;
}

/** The payment arrived after the rental days that it pays for. */
class RentalOver extends DomainError {
  constructor() {
    super('NOT_AVAILABLE', 'The rental was over when it was paid.');
  }
}

function causeOfUnpaid({ status, paymentFailed }: CheckoutSnapshot): OrderEventCause {
  if (paymentFailed) return OrderEventCause.PAYMENT_FAILED;
  return status === 'expired' ? OrderEventCause.CHECKOUT_EXPIRED : OrderEventCause.CHECKOUT_COMPLETED;
}

/** The facts that follow from the order's own session while it is not paid; null when there are none. */
function unpaidFacts({ status, paymentFailed }: CheckoutSnapshot, now: Date): OrderFacts | null {
  if (status === 'complete') return { completedUnpaidAt: now, ...(paymentFailed ? { asyncFailedAt: now } : {}) };
  return status === 'expired' ? { expiredAt: now } : null;
}

function reviewResolved(order: OrderState, now: Date): OrderFacts {
  return order.isUnderReview() ? { reviewResolvedAt: now } : {};
}

function stateAfter({ kind }: PaymentDecision): PaymentState {
  return kind === 'review' ? PaymentState.UNDER_REVIEW : PaymentState.RETURNED;
}
