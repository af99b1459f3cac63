/** Anonymises a customer: what identifies them is erased from orders and events; amounts, lines and timelines stay. */
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { inTransaction, lockBuyer } from '../../platform/database/transaction.js';
import { calendarDateAt } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { checkoutRequestWithoutPersonalData } from '../../stripe/personal-data.js';
import { ItemType } from '../catalogue/item-type.js';
import { findOrdersWithOpenDeposits } from '../deposits/deposits.repository.js';
import { eraseEvidence, findDisputedOrders } from '../disputes/disputes.repository.js';
import { findOrdersWithUnpaidFees } from '../fees/fees.repository.js';
import { eraseTrackingNumbers } from '../fulfillment/fulfillments.repository.js';
import { findLinesNotReturned } from '../inventory/bookings.repository.js';
import { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { findLines } from '../orders/order-lines.repository.js';
import { RefundStatus } from '../orders/refund-and-dispute-status.js';
import { findOrdersAwaitingRefunds } from '../refunds/refunds.repository.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { anonymiseEventsOf } from '../webhooks/anonymised-events.js';
import { findOrdersWithOpenWithdrawals } from '../withdrawals/withdrawals.repository.js';

// The number of orders that one transaction locks.
const BATCH_SIZE = 100;
// The number of open orders that an error names at most.
const NAMED_ORDERS = 20;

// Not every shop records when goods were handed over, and a refund may fail later: for so long after the payment, and after
// the refund, the customer must be known. Stripe reports a failed refund within thirty days.
const KNOWN_FOR_MS = 31 * 24 * 3_600_000;

/** What was erased by one request; nothing by a repetition. */
interface Anonymisation {
  orders: number;
  events: number;
}

export class AnonymisationService {
  constructor(
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * In batches, each in a transaction of its own: a request that was cut off is finished by the next.
   *
   * @throws DomainError `NOT_FOUND` for a buyer without orders, `CUSTOMER_HAS_OPEN_ORDERS` while money, goods, a
   *   dispute or a rented unit are on their way
   */
  async anonymise(em: EntityManager, viewer: Viewer, buyerId: string): Promise<Anonymisation> {
    await this.checkAllOver(em.fork(), buyerId);
    const actor = actorOf(viewer);
    let orders = 0;
    let batch: number;
    do {
      batch = await inTransaction(em, (transaction) => this.anonymiseBatch(transaction, buyerId, actor));
      orders += batch;
    } while (batch === BATCH_SIZE);
    let events = 0;
    for await (const ids of this.orderIds(em, { buyerId })) {
      events += await anonymiseEventsOf(em, ids, this.clock.now());
    }
    this.logger.info({ buyerId, actor, orders, events }, 'Customer anonymised');
    return { orders, events };
  }

  /** Events that were being stored while their order was anonymised. */
  async anonymiseRemainingEvents(em: EntityManager, since: Date): Promise<number> {
    let events = 0;
    for await (const ids of this.orderIds(em, { anonymisedAt: { $gte: since } })) {
      events += await anonymiseEventsOf(em, ids, this.clock.now());
    }
    return events;
  }

  /** Before anything is erased, so that a rejection leaves the customer's data as it was. */
  private async checkAllOver(em: EntityManager, buyerId: string): Promise<void> {
    if ((await em.count(Order, { buyerId })) === 0) {
      throw DomainError.ofFields('NOT_FOUND', { buyerId: 'is nobody who has ordered' });
    }
    let after = '';
    for (;;) {
      const where = { buyerId, anonymisedAt: null, ...(after ? { id: { $gt: after } } : {}) };
      const orders = await em.fork().find(Order, where, { orderBy: { id: 'asc' }, limit: BATCH_SIZE });
      await this.rejectOpenOrders(em, orders);
      if (orders.length < BATCH_SIZE) return;
      after = orders.at(-1)?.id ?? '';
    }
  }

  private async anonymiseBatch(em: EntityManager, buyerId: string, actor: string): Promise<number> {
    // Locked, so that neither a new order nor an event of an old one comes between this check and the commit.
    await lockBuyer(em, buyerId);
    const orders = await em.find(
      Order,
      { buyerId, anonymisedAt: null },
      {
        orderBy: { id: 'asc' },
        limit: BATCH_SIZE,
        lockMode: LockMode.PESSIMISTIC_WRITE,
        populate: ['stripeRequest'],
      },
    );
    // Checked again: the customer may have ordered meanwhile.
    await this.rejectOpenOrders(em, orders);
    const entry = { at: this.clock.now(), cause: OrderEventCause.CUSTOMER_ANONYMIZED, actor };
    const ids = orders.map(({ id }) => id);
    await eraseEvidence(em, ids);
    await eraseTrackingNumbers(em, ids);
    for (const order of orders) order.anonymise(checkoutRequestWithoutPersonalData(order.stripeRequest), entry);
    return orders.length;
  }

  private async rejectOpenOrders(em: EntityManager, orders: readonly Order[]): Promise<void> {
    if (orders.length === 0) return;
    const open = new Set([...orders.filter(isOpen).map(({ id }) => id), ...(await this.findOpen(em, orders))]);
    if (open.size === 0) return;
    throw new DomainError(
      'CUSTOMER_HAS_OPEN_ORDERS',
      'Money or goods of an order are on their way, it awaits a decision, is disputed or withdrawn from, or its rental is not over: finish or cancel it first.',
      { fields: { buyerId: 'has open orders' }, orderIds: [...open].slice(0, NAMED_ORDERS) },
    );
  }

  /**
   * A customer who has a unit, or is to fetch one, must be known until it is back; one who is owed money, until they
   * have it; and the details of one who contests a payment are evidence.
   */
  private async findOpen(em: EntityManager, orders: readonly Order[]): Promise<string[]> {
    const now = this.clock.now();
    const knownSince = new Date(now.getTime() - KNOWN_FOR_MS);
    const ids = orders.map(({ id }) => id);
    const lines = await findLines(em, ids);
    const lineIds = lines.map(({ id }) => id);
    const rented = new Set(await findLinesNotReturned(em, lineIds, calendarDateAt(now, this.shop.timeZone)));
    const paidLately = new Set(orders.filter(({ paidAt }) => paidAt && paidAt > knownSince).map(({ id }) => id));
    const onTheirWay = lines.filter(
      ({ id, orderId, type }) => rented.has(id) || (type === ItemType.PRODUCT && paidLately.has(orderId)),
    );
    return [
      ...onTheirWay.map(({ orderId }) => orderId),
      ...(await findOrdersAwaitingRefunds(em, ids, knownSince)),
      ...(await findDisputedOrders(em, ids)),
      ...(await findOrdersWithOpenWithdrawals(em, ids)),
      ...(await findOrdersWithUnpaidFees(em, ids)),
      ...(await findOrdersWithOpenDeposits(em, ids)),
    ];
  }

  private async *orderIds(em: EntityManager, where: object): AsyncGenerator<string[]> {
    for (let after = ''; ; ) {
      const condition = { anonymisedAt: { $ne: null }, ...where, ...(after ? { id: { $gt: after } } : {}) };
      const page = await em.fork().find(Order, condition, {
        fields: ['id'],
        orderBy: { id: 'asc' },
        limit: BATCH_SIZE,
      });
      yield page.map(({ id }) => id);
      if (page.length < BATCH_SIZE) return;
      after = page.at(-1)?.id ?? '';
    }
  }
}

/** A payment may still arrive, a refund is owed, staff have to decide, or a payment sync is pending. */
function isOpen(order: Order): boolean {
  const isOwed = order.refundStatus === RefundStatus.PENDING || order.refundStatus === RefundStatus.FAILED;
  return (
    order.awaitsPayment() || order.isUnderReview() || isOwed || order.paymentSyncRequested > order.paymentSyncCompleted
  );
}
