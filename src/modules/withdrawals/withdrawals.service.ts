/** Buyers withdraw from the contract on goods of paid orders, while the law lets them. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { visibleTo } from '../../platform/auth/ownership.js';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { lockRow } from '../../platform/database/lock-row.js';
import { inTransaction } from '../../platform/database/transaction.js';
import { addDays, type CalendarDate, calendarDateAt } from '../../platform/kernel/calendar-date.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid } from '../../platform/kernel/identifier.js';
import { ItemType } from '../catalogue/item-type.js';
import type { FulfillmentService } from '../fulfillment/fulfillment.service.js';
import { findDepartures } from '../fulfillment/fulfillments.repository.js';
import type { GoodsBack } from '../fulfillment/goods-back.js';
import type { OpeningDaysService } from '../inventory/opening-days.service.js';
import { toFulfill } from '../orders/fulfillment-status.js';
import { namedLines } from '../orders/named-lines.js';
import { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { OrderLine } from '../orders/order-line.entity.js';
import { OrderStatus } from '../orders/order-status.js';
import { RefundStatus } from '../orders/refund-and-dispute-status.js';
import type { ShopConfig } from '../shop/shop-config.js';
import { Withdrawal, WithdrawalLine } from './withdrawal.entity.js';
import { lastDayToWithdraw } from './withdrawal-period.js';

export interface WithdrawRequest {
  orderId: string;
  /** Absent: everything from which the buyer can withdraw. */
  lines?: readonly { lineId: string; quantity?: number | null | undefined }[] | null | undefined;
  /** Whether the buyer has confirmed it. */
  confirm: boolean;
}

/** Whether, and how long, the buyer can withdraw from a line. */
export interface WithdrawalRight {
  lineId: string;
  /** From how many pieces, or units, today. */
  quantity: number;
  /** Null without the right, and while its period has not begun. */
  until: CalendarDate | null;
  /** Why it is none, to follow the name of the line; null where it is some. */
  obstacle: string | null;
}

interface WithdrawnLine {
  line: OrderLine;
  quantity: number;
}

// Closed dates that can still move the end of a period are not older.
const MAX_HOLIDAY_DAYS = 60;
// As the timeline's column.
const MAX_NOTE = 300;

export class WithdrawalsService {
  constructor(
    private readonly fulfillment: FulfillmentService,
    private readonly openingDays: OpeningDaysService,
    private readonly shop: ShopConfig,
    private readonly clock: Clock,
  ) {}

  /** The withdrawals of an order, by its id, the earliest first. */
  readonly withdrawalsOf = batched<Withdrawal>(
    (em, orders) => em.find(Withdrawal, { order: { $in: [...orders] } }, { orderBy: { at: 'asc', id: 'asc' } }),
    ({ order }) => order.id,
  );

  /** The lines of a withdrawal, by its id, in the order of the basket. */
  readonly linesOf = batched<WithdrawalLine>(
    (em, withdrawals) =>
      em.find(
        WithdrawalLine,
        { withdrawal: { $in: [...withdrawals] } },
        { populate: ['line'], orderBy: { line: { position: 'asc' } } },
      ),
    ({ withdrawal }) => withdrawal.id,
  );

  private readonly rightsById = batched<WithdrawalRight>(
    async (em, ids) => this.rightsOf(em, await em.find(OrderLine, { id: { $in: [...ids] } }, { populate: ['order'] })),
    ({ lineId }) => lineId,
  );

  async findById(em: EntityManager, id: string): Promise<Withdrawal | null> {
    return em.findOne(Withdrawal, { id });
  }

  /** What the buyer can withdraw from of a line, today. */
  async rightOf(em: EntityManager, lineId: string): Promise<WithdrawalRight> {
    const [right] = await this.rightsById(em, lineId);
    return right ?? { lineId, quantity: 0, until: null, obstacle: 'is not a line of an order' };
  }

  /**
   * Records that a buyer withdraws, and frees the units that are booked for later.
   *
   * @throws DomainError `NOT_FOUND` for an unknown order and for one of somebody else alike, `BAD_USER_INPUT`, or
   *   `WITHDRAWAL_NOT_POSSIBLE`; nothing is recorded then
   */
  async withdraw(em: EntityManager, viewer: Viewer, request: WithdrawRequest): Promise<Withdrawal> {
    const { orderId, confirm } = request;
    if (!confirm) throw DomainError.badInput('confirm', 'has to be true: the buyer has to confirm it');
    return inTransaction(em, async (transaction) => {
      const order = await lockVisible(transaction, viewer, orderId);
      const lines = await transaction.find(OrderLine, { order }, { orderBy: { position: 'asc' }, refresh: true });
      const goods = withdrawnLines(lines, await this.rightsOf(transaction, lines), request);
      const now = this.clock.now();
      const actor = actorOf(viewer);
      const withdrawal = transaction.create(Withdrawal, { id: randomUUID(), order, at: now, actor });
      for (const { line, quantity } of goods) {
        line.withdraw(quantity);
        transaction.create(WithdrawalLine, { id: randomUUID(), withdrawal, line, quantity });
      }
      const entry = { at: now, cause: OrderEventCause.WITHDRAWN, actor };
      order.addTimelineEntry({ ...entry, note: goods.map(inWords).join(', ').slice(0, MAX_NOTE) });
      await this.fulfillment.takeBack(transaction, viewer, order, this.notStarted(goods), 'withdrawn');
      return withdrawal;
    });
  }

  /**
   * Records that nothing is refunded for a withdrawal.
   *
   * @throws DomainError `NOT_FOUND`, or `BAD_USER_INPUT` for one that is closed
   */
  async closeWithdrawal(em: EntityManager, viewer: Viewer, id: string, note: string): Promise<Withdrawal> {
    return inTransaction(em, async (transaction) => {
      const found = isUuid(id) ? await transaction.findOne(Withdrawal, { id }) : null;
      if (!found) throw DomainError.ofFields('NOT_FOUND', { withdrawalId: 'is not the id of a withdrawal' });
      const order = await lockRow(transaction, Order, 'id', found.order.id);
      const withdrawal = await transaction.refreshOrFail(found);
      if (withdrawal.closedNote === note) return withdrawal;
      if (withdrawal.closedAt || !order) throw DomainError.badInput('withdrawalId', 'is a withdrawal that is closed');
      const now = this.clock.now();
      withdrawal.close(now, actorOf(viewer), note);
      order.addTimelineEntry({ at: now, cause: OrderEventCause.WITHDRAWAL_CLOSED, actor: actorOf(viewer), note });
      return withdrawal;
    });
  }

  /**
   * A refund names the withdrawal that it is for: it waits no longer. Part of the transaction that has locked the order.
   *
   * @throws DomainError `NOT_FOUND` where it is none of the order
   */
  async settle(em: EntityManager, viewer: Viewer, order: Order, id: string): Promise<Withdrawal> {
    const withdrawal = isUuid(id) ? await em.findOne(Withdrawal, { id, order }, { refresh: true }) : null;
    if (!withdrawal) throw DomainError.ofFields('NOT_FOUND', { withdrawalId: 'is not a withdrawal of the order' });
    if (!withdrawal.closedAt) withdrawal.close(this.clock.now(), actorOf(viewer), null);
    return withdrawal;
  }

  private async rightsOf(em: EntityManager, lines: readonly OrderLine[]): Promise<WithdrawalRight[]> {
    const today = this.dayOf(this.clock.now());
    const departures = await findDepartures(em, [...new Set(lines.map(({ order }) => order.id))]);
    const { dates: closedDates } = await this.openingDays.closuresFrom(em, addDays(today, -MAX_HOLIDAY_DAYS));
    return lines.map((line) => {
      const until = lastDayToWithdraw({
        type: line.type,
        contractDate: this.dayOf(line.order.paidAt ?? line.order.createdAt),
        isComplete: toFulfill(line) === 0,
        departures: (departures.get(line.id) ?? []).map(({ at, carrier }) => ({
          date: this.dayOf(at),
          isSent: carrier !== null,
        })),
        closedDates,
      });
      const open = line.quantity - Math.max(line.withdrawnQuantity, line.returnedQuantity);
      const obstacle = obstacleOf(line, open, until, today);
      return {
        lineId: line.id,
        quantity: obstacle === null ? open : 0,
        until: line.withdrawalRight ? until : null,
        obstacle,
      };
    });
  }

  /** Units whose rental begins on a later day, before which none can be fetched: free from now on. */
  private notStarted(goods: readonly WithdrawnLine[]): GoodsBack[] {
    const today = this.dayOf(this.clock.now());
    return goods
      .filter(({ line }) => line.type === ItemType.EQUIPMENT && (line.startDate ?? today) > today)
      .map((part) => ({ ...part, isReceivedBack: false, unitIds: null, path: '' }));
  }

  private dayOf(instant: Date): CalendarDate {
    return calendarDateAt(instant, this.shop.timeZone);
  }
}

/** @throws DomainError `NOT_FOUND`, or `WITHDRAWAL_NOT_POSSIBLE` for an order that is not paid */
async function lockVisible(em: EntityManager, viewer: Viewer, orderId: string): Promise<Order> {
  // Before the lock: who may not see an order must not wait for it, nor hold it.
  const isVisible = isUuid(orderId) && (await em.count(Order, { id: orderId, ...visibleTo(viewer) })) > 0;
  const order = isVisible ? await lockRow(em, Order, 'id', orderId) : null;
  if (!order) throw DomainError.ofFields('NOT_FOUND', { orderId: 'is not the id of an order of yours' });
  if (order.status !== OrderStatus.PAID) {
    const problem = `is an order that is ${order.status}: one that is not paid can be canceled`;
    throw DomainError.ofFields('WITHDRAWAL_NOT_POSSIBLE', { orderId: problem });
  }
  return order;
}

/** Why the buyer cannot withdraw from any piece of a line; null where they can. */
function obstacleOf(line: OrderLine, open: number, until: CalendarDate | null, today: CalendarDate): string | null {
  if (!line.withdrawalRight) return 'is of goods without a right of withdrawal';
  if (line.order.status !== OrderStatus.PAID) return 'is of an order that is not paid';
  if (line.order.refundStatus === RefundStatus.FULL) return 'is of an order whose money has gone back';
  if (open < 1) return 'has been withdrawn from, or has come back';
  if (until !== null && until < today) return `could be withdrawn from until ${until}`;
  return line.endDate != null && line.endDate < today ? 'is of a rental that is over' : null;
}

/** @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT` or `WITHDRAWAL_NOT_POSSIBLE` */
function withdrawnLines(
  lines: readonly OrderLine[],
  rights: readonly WithdrawalRight[],
  { lines: wanted }: WithdrawRequest,
): WithdrawnLine[] {
  const rightOf = (line: OrderLine) => rights.find(({ lineId }) => lineId === line.id) as WithdrawalRight;
  if (wanted == null) {
    const goods = lines.map((line) => ({ line, quantity: rightOf(line).quantity })).filter(({ quantity }) => quantity);
    if (goods.length > 0) return goods;
    const why = lines.map((line) => `line ${line.position + 1} ${rightOf(line).obstacle}`).join(', ');
    throw DomainError.ofFields('WITHDRAWAL_NOT_POSSIBLE', { orderId: `is an order of which ${why}` });
  }
  return namedLines(lines, wanted).map(({ line, request: { quantity }, path }) => {
    const { quantity: open, obstacle } = rightOf(line);
    if (obstacle !== null) throw DomainError.ofFields('WITHDRAWAL_NOT_POSSIBLE', { [`${path}.lineId`]: obstacle });
    if (quantity != null && quantity > open) {
      throw DomainError.badInput(`${path}.quantity`, `is more than the ${open} that can be withdrawn from`);
    }
    return { line, quantity: quantity ?? open };
  });
}

function inWords({ line, quantity }: WithdrawnLine): string {
  return `${quantity} of line ${line.position + 1}`;
}
