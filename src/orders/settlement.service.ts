/** Applies what the payment provider says of a checkout to its order: the one place where that happens. */
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ShopConfig } from '../config.js';
import { HoldState } from '../inventory/hold-state.js';
import type { InventoryService } from '../inventory/inventory.service.js';
import { calendarDateAt } from '../shared/calendar-date.js';
import type { Clock } from '../shared/clock.js';
import { DomainError } from '../shared/domain-error.js';
import { formatMoney } from '../shared/money.js';
import type { CheckoutSnapshot, DeclineSnapshot } from '../stripe/payment-gateway.js';
import { type Occurrence, Order } from './order.entity.js';
import { nextOrderNumber } from './order-number.js';
import type { OrderFacts } from './order-status.js';

/** Where the news came from. */
export interface NewsSource {
  actor: string;
  stripeEventId?: string | undefined;
  /** What happened, where it is more than what the checkout itself tells. */
  cause?: string;
}

/** A payment that has to go back to the buyer. */
export interface DueRefund {
  order: Order;
  paymentIntentId: string;
  amountMinor: number;
  currency: string;
  reason: string;
}

/** Sends money back; built on orders, so that orders know it by this alone. */
export interface RefundDesk {
  /** Part of the caller's transaction. */
  refundDue(em: EntityManager, refund: DueRefund): void;
}

export class SettlementService {
  constructor(
    private readonly inventory: InventoryService,
    private readonly refunds: RefundDesk,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /** The order of a checkout, locked until the transaction ends; null when none is ours. */
  async lockOrderOf(
    em: EntityManager,
    {
      orderId,
      sessionId,
      paymentIntentId,
    }: { orderId?: string | null; sessionId?: string; paymentIntentId?: string | null },
  ): Promise<Order | null> {
    const ways = [
      orderId ? { id: orderId } : null,
      sessionId ? { checkoutSessionId: sessionId } : null,
      paymentIntentId ? { paymentIntentId } : null,
    ];
    for (const way of ways) {
      // Read fresh, since a row that was read before the lock may have changed since.
      const options = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
      const order = way && (await em.findOne(Order, way, options));
      if (order) return order;
    }
    return null;
  }

  /**
   * Adds what a checkout tells to its locked order and moves the goods accordingly. Safe in any order and
   * any number of times.
   */
  async settle(em: EntityManager, order: Order, checkout: CheckoutSnapshot, source: NewsSource): Promise<void> {
    if (order.checkoutSessionId === null || order.checkoutSessionId === undefined) {
      // The process may have died, or be slow, between Stripe's answer and storing it: the event adopts it.
      order.checkoutSessionId = checkout.sessionId;
      order.checkoutUrl = checkout.url ?? order.checkoutUrl ?? null;
    }
    // Its payment is on its way back: no repetition of that news may sell the goods after all.
    if (order.paymentReturnedReason) return;
    const facts = this.factsOf(order, checkout);
    if (facts === null) return;
    if (checkout.sessionId === order.checkoutSessionId) {
      order.paymentIntentId ??= checkout.paymentIntentId;
    }
    const cause = source.cause ?? `checkout ${checkout.paid ? 'paid' : checkout.status}`;
    await this.apply(em, order, facts, { ...source, cause });
  }

  /** A declined attempt: the buyer may try again, so nothing is released. */
  async recordDecline(em: EntityManager, order: Order, decline: DeclineSnapshot, source: NewsSource): Promise<void> {
    if (order.paidAt || order.completedUnpaidAt || order.expiredAt) return;
    order.lastPaymentErrorCode = decline.code;
    order.lastPaymentErrorDeclineCode = decline.declineCode;
    order.lastPaymentErrorMessage = decline.message;
    await this.apply(em, order, { declinedAt: this.clock.now() }, { ...source, cause: 'payment declined' });
  }

  /** Gives up an order for which it is certain that no checkout can be paid. */
  async cancel(em: EntityManager, order: Order, cause: string, actor: string): Promise<void> {
    const now = this.clock.now();
    order.cancelRequestedBy ??= actor;
    // Nobody ever got a URL for it, so the buyer's key is free for another try.
    order.idempotencyKey = null;
    await this.apply(em, order, { cancelRequestedAt: now, expiredAt: now }, { actor, cause });
  }

  /** The facts that the checkout adds; null when it says nothing about this order. */
  private factsOf(order: Order, checkout: CheckoutSnapshot): OrderFacts | null {
    const now = this.clock.now();
    const own = checkout.sessionId === order.checkoutSessionId;
    if (checkout.paid) {
      const problem = own ? mismatch(order, checkout) : `paid through another session, ${checkout.sessionId}`;
      return problem === null ? { paidAt: now } : { reviewReason: problem };
    }
    if (!own) return null;
    if (checkout.status === 'complete') return { completedUnpaidAt: now };
    return checkout.status === 'expired' ? { expiredAt: now } : null;
  }

  private async apply(
    em: EntityManager,
    order: Order,
    facts: OrderFacts,
    source: NewsSource & { cause: string },
  ): Promise<void> {
    const occurrence = { at: this.clock.now(), ...source };
    const paysNow = facts.paidAt && !order.paidAt;
    if (paysNow && !(await this.confirmGoods(em, order))) {
      await this.returnPayment(em, order, facts, occurrence);
      return;
    }
    if (paysNow) order.number ??= await nextOrderNumber(em, this.clock.now());
    order.learn(facts, occurrence);
    const over = order.expiredAt || order.asyncFailedAt;
    if (over && !order.paidAt && !order.reviewReason) {
      await this.inventory.release(em, await order.lines.loadItems());
    }
  }

  /** Paid when the goods had gone to others: the order stays over, and the money goes back. */
  private async returnPayment(
    em: EntityManager,
    order: Order,
    facts: OrderFacts,
    occurrence: Occurrence,
  ): Promise<void> {
    const { paymentIntentId, totalMinor: amountMinor, currency } = order;
    const reason = 'paid after the goods had gone to others';
    const lines = await order.lines.loadItems();
    if (!paymentIntentId || !lines.some(({ holdState }) => holdState === HoldState.RELEASED)) {
      // Nothing to send back to, or goods that went while they were held: that should not be, so staff look at it.
      order.learn({ ...facts, reviewReason: reason }, occurrence);
      return;
    }
    // Given up for another order, whose goods were freed before its session could end: it has ended now.
    order.learn({ expiredAt: occurrence.at }, occurrence);
    order.paymentReturnedReason = reason;
    this.refunds.refundDue(em, { order, paymentIntentId, amountMinor, currency, reason });
    order.note({ ...occurrence, cause: `refund due: ${reason}` });
  }

  /** False, with nothing moved, when the goods were released and have gone to others since. */
  private async confirmGoods(em: EntityManager, order: Order): Promise<boolean> {
    const today = calendarDateAt(this.clock.now(), this.shop.timeZone);
    const lines = await order.lines.loadItems();
    try {
      // A savepoint: what was moved before the line that failed is moved back.
      await em.transactional((inner) => this.inventory.confirm(inner, lines, today));
      return true;
    } catch (error) {
      if (error instanceof DomainError) return false;
      throw error;
    }
  }
}

/** How the money differs from the order, in words for staff; null when it is right. */
function mismatch(order: Order, checkout: CheckoutSnapshot): string | null {
  const { amountTotalMinor, currency } = checkout;
  if (amountTotalMinor === order.totalMinor && currency === order.currency) return null;
  const received =
    amountTotalMinor === null || currency === null
      ? 'an unknown amount'
      : formatMoney({ amount: amountTotalMinor, currency }, 'en');
  const expected = formatMoney({ amount: order.totalMinor, currency: order.currency }, 'en');
  return `the session was paid with ${received}, the order is over ${expected}`;
}
