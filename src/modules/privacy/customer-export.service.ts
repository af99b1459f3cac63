/** Exports everything that is held about a customer. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid } from '../../platform/kernel/identifier.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { decodeCursor, encodeCursor, type PageRequest, pageSizeOf } from '../../platform/kernel/page.js';
import { findUnits } from '../catalogue/catalogue.repository.js';
import { Deposit, DepositHold } from '../deposits/deposit.entity.js';
import { Dispute } from '../disputes/dispute.entity.js';
import { Fee } from '../fees/fee.entity.js';
import { FeeCardCharge } from '../fees/fee-card-charge.entity.js';
import { Fulfillment } from '../fulfillment/fulfillment.entity.js';
import { findBookingsOfLines } from '../inventory/bookings.repository.js';
import { Order } from '../orders/order.entity.js';
import { findLines } from '../orders/order-lines.repository.js';
import { Payment } from '../payments/payment.entity.js';
import { Refund } from '../refunds/refund.entity.js';
import { InboxEvent } from '../webhooks/inbox-event.entity.js';
import { Withdrawal } from '../withdrawals/withdrawal.entity.js';
import { type ExportedOrder, exportedOrder, type RentedUnitRow } from './exported-order.js';

/** One page of it. */
export interface CustomerExport {
  buyerId: string;
  exportedAt: Date;
  orderCount: number;
  orders: ExportedOrder[];
  hasNextPage: boolean;
  endCursor: string | null;
}

export class CustomerExportService {
  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * The orders by id, so that nothing shifts between two pages. A buyer without stored data has none.
   *
   * @throws DomainError `BAD_USER_INPUT`
   */
  async export(em: EntityManager, viewer: Viewer, buyerId: string, page: PageRequest): Promise<CustomerExport> {
    const size = pageSizeOf(page);
    const where = { buyerId, ...(page.after == null ? {} : { id: { $gt: orderIdOf(page.after) } }) };
    const found = await em.find(Order, where, {
      orderBy: { id: 'asc' },
      limit: size + 1,
      populate: ['stripeRequest', 'lines', 'events'],
    });
    const orders = found.slice(0, size);
    this.logger.info({ buyerId, actor: actorOf(viewer), orders: orders.length }, 'Customer data exported');
    const last = orders.at(-1);
    return {
      buyerId,
      exportedAt: this.clock.now(),
      orderCount: await em.count(Order, { buyerId }),
      orders: await this.withAllElse(em, orders),
      hasNextPage: found.length > size,
      endCursor: last ? encodeCursor(last.id) : null,
    };
  }

  private async withAllElse(em: EntityManager, orders: readonly Order[]): Promise<ExportedOrder[]> {
    if (orders.length === 0) return [];
    const ids = orders.map(({ id }) => id);
    const ofThem = { order: { $in: ids } };
    const payments = await em.find(Payment, ofThem, { orderBy: { receivedAt: 'asc' } });
    const refunds = await em.find(Refund, ofThem, { orderBy: { createdAt: 'asc' } });
    const disputes = await em.find(Dispute, ofThem, { orderBy: { createdAt: 'asc' } });
    const withdrawals = await em.find(Withdrawal, ofThem, { orderBy: { at: 'asc' }, populate: ['lines.line'] });
    const fees = await em.find(Fee, ofThem, { orderBy: { createdAt: 'asc' } });
    const deposits = await em.find(Deposit, ofThem, { orderBy: { startDate: 'asc' } });
    const depositHolds = await em.find(DepositHold, { deposit: ofThem }, { orderBy: { number: 'asc' } });
    const cardCharges = await em.find(FeeCardCharge, { fee: { $in: fees.map(({ id }) => id) } });
    const fulfillments = await em.find(Fulfillment, ofThem, {
      populate: ['lines.line'],
      orderBy: { at: 'asc', id: 'asc' },
    });
    const units = await findRentedUnits(em, ids);
    const paymentIds = payments.map(({ paymentIntentId }) => paymentIntentId);
    const events = await em.find(
      InboxEvent,
      { $or: [{ orderId: { $in: ids } }, { orderId: null, paymentIntentId: { $in: paymentIds } }] },
      { orderBy: { receivedAt: 'asc', id: 'asc' } },
    );
    return orders.map((order) => {
      const isOfIt = (row: { order: Order }) => row.order.id === order.id;
      const own = payments.filter(isOfIt);
      const ownIds = own.map(({ paymentIntentId }) => paymentIntentId);
      return exportedOrder(order, {
        payments: own,
        refunds: refunds.filter(isOfIt),
        disputes: disputes.filter(isOfIt),
        withdrawals: withdrawals.filter(isOfIt),
        fees: fees.filter(isOfIt),
        deposits: deposits.filter(isOfIt),
        depositHolds,
        cardCharges,
        fulfillments: fulfillments.filter(isOfIt),
        units: units.filter(({ orderId }) => orderId === order.id),
        events: events.filter(({ orderId, paymentIntentId }) =>
          orderId ? orderId === order.id : ownIds.includes(paymentIntentId ?? ''),
        ),
      });
    });
  }
}

async function findRentedUnits(em: EntityManager, orderIds: readonly string[]): Promise<RentedUnitRow[]> {
  const orders = new Map((await findLines(em, orderIds)).map(({ id, orderId }) => [id, orderId]));
  const bookings = await findBookingsOfLines(em, [...orders.keys()]);
  const unitIds = bookings.map(({ unitId }) => unitId);
  const units = await findUnits(em, unitIds);
  return bookings.map(({ orderLineId, unitId, period, pickedUpAt, returnedAt }) => ({
    orderId: orders.get(orderLineId) ?? '',
    label: units.get(unitId)?.label ?? '',
    ...{ period, pickedUpAt, returnedAt },
  }));
}

function orderIdOf(cursor: string): string {
  const [id = ''] = decodeCursor(cursor, 1);
  if (isUuid(id)) return id;
  throw DomainError.badInput('after', 'is not a cursor of this list');
}
