/** Goods of paid orders: handed over or sent, and put on offer again. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { lockRow } from '../../platform/database/lock-row.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid, parseCatalogueId } from '../../platform/kernel/identifier.js';
import { rejectOtherRequest, requestFingerprint } from '../../platform/kernel/request-fingerprint.js';
import { ItemType } from '../catalogue/item-type.js';
import type { InventoryService } from '../inventory/inventory.service.js';
import { fulfillmentStatusOf, toFulfill } from '../orders/fulfillment-status.js';
import type { HandoverConsent, HandoverRules } from '../orders/handover-rules.js';
import { namedLines } from '../orders/named-lines.js';
import { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { OrderLine } from '../orders/order-line.entity.js';
import { OrderStatus } from '../orders/order-status.js';
import { Fulfillment, FulfillmentLine } from './fulfillment.entity.js';
import { type GoodsBack, putBack } from './goods-back.js';
import { LineRelease } from './line-release.entity.js';

export interface FulfillmentRequest extends HandoverConsent {
  orderId: string;
  /** Absent: everything that is still to be handed over. */
  lines?: readonly { lineId: string; quantity?: number | null | undefined }[] | null | undefined;
  carrier?: string | null | undefined;
  trackingNumber?: string | null | undefined;
  idempotencyKey: string;
}

export interface ReleaseRequest {
  lineId: string;
  /** Absent: all that have not come back, or the units that are named. */
  quantity?: number | null | undefined;
  unitIds?: readonly string[] | null | undefined;
  receivedBack: boolean;
  note: string;
  idempotencyKey: string;
}

interface HandedOver {
  line: OrderLine;
  quantity: number;
}

export class FulfillmentService {
  constructor(
    private readonly inventory: InventoryService,
    private readonly handover: HandoverRules,
    private readonly clock: Clock,
  ) {}

  /** What was handed over of an order, by its id, the earliest first. */
  readonly fulfillmentsOf = batched<Fulfillment>(
    (em, orders) =>
      em.find(
        Fulfillment,
        { order: { $in: [...orders] } },
        { populate: ['lines.line'], orderBy: { at: 'asc', id: 'asc' } },
      ),
    ({ order }) => order.id,
  );

  /**
   * Records that products were handed over, or sent. The same key finds what it recorded.
   *
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT`, `IDEMPOTENCY_CONFLICT`, `ORDER_REFUNDED` or `ORDER_DISPUTED`
   */
  async markFulfilled(em: EntityManager, viewer: Viewer, request: FulfillmentRequest): Promise<Fulfillment> {
    const { orderId, lines = null, carrier = null, trackingNumber = null, idempotencyKey } = request;
    const fingerprint = requestFingerprint([lines, carrier, trackingNumber]);
    return inTransaction(em, async (transaction) => {
      const { order, lines: ordered } = await lockPaidOrder(transaction, orderId);
      const known = await transaction.findOne(Fulfillment, { order, idempotencyKey }, { populate: ['lines.line'] });
      if (known !== null) {
        rejectOtherRequest(known, fingerprint);
        return known;
      }
      const goods = handedOver(ordered, lines);
      const leaving = goods.map(({ line }) => line);
      await this.handover.check(transaction, order, leaving, request);
      const now = this.clock.now();
      const fulfillment = transaction.create(Fulfillment, {
        ...{ id: randomUUID(), order, at: now, actor: actorOf(viewer) },
        ...{ carrier, trackingNumber, idempotencyKey, requestFingerprint: fingerprint },
      });
      for (const { line, quantity } of goods) {
        line.fulfill(quantity);
        fulfillment.lines.add(transaction.create(FulfillmentLine, { id: randomUUID(), fulfillment, line, quantity }));
      }
      order.fulfillmentStatus = fulfillmentStatusOf(ordered);
      const entry = { at: now, cause: OrderEventCause.GOODS_FULFILLED, actor: actorOf(viewer) };
      order.addTimelineEntry({ ...entry, note: goods.map(inWords).join(', ') });
      return fulfillment;
    });
  }

  /**
   * Puts goods of a line on offer again, without a refund. The same key does it once.
   *
   * @throws DomainError `NOT_FOUND`, `BAD_USER_INPUT` or `IDEMPOTENCY_CONFLICT`
   */
  async releaseLine(em: EntityManager, viewer: Viewer, request: ReleaseRequest): Promise<OrderLine> {
    const { lineId, quantity = null, unitIds = null, receivedBack, note, idempotencyKey } = request;
    const fingerprint = requestFingerprint([quantity, unitIds, receivedBack]);
    return inTransaction(em, async (transaction) => {
      const found = isUuid(lineId) ? await transaction.findOne(OrderLine, { id: lineId }) : null;
      if (!found) throw DomainError.ofFields('NOT_FOUND', { lineId: 'is not the id of an order line' });
      const { order, lines } = await lockPaidOrder(transaction, found.order.id, 'lineId');
      const line = lines.find(({ id }) => id === found.id) ?? found;
      const known = await transaction.findOne(LineRelease, { line, idempotencyKey });
      if (known !== null) {
        rejectOtherRequest(known, fingerprint);
        return line;
      }
      const count = quantity ?? unitIds?.length ?? line.quantity - line.returnedQuantity;
      if (count < 1) throw DomainError.badInput('lineId', 'is a line of which everything has come back');
      if (unitIds !== null && new Set(unitIds).size !== count) {
        throw DomainError.badInput('unitIds', `must be ${count} different ones`);
      }
      const units = unitIds?.map((id) => parseCatalogueId(id) ?? 0) ?? null;
      const part = { line, quantity: count, isReceivedBack: receivedBack, unitIds: units, path: '' };
      await this.takeBack(transaction, viewer, order, [part], note);
      const release = { id: randomUUID(), line, quantity: count, at: this.clock.now(), actor: actorOf(viewer) };
      transaction.create(LineRelease, { ...release, idempotencyKey, requestFingerprint: fingerprint });
      return line;
    });
  }

  /**
   * Part of the transaction that has locked the order.
   *
   * @param note why, for staff
   * @throws DomainError `BAD_USER_INPUT`
   */
  async takeBack(
    em: EntityManager,
    viewer: Viewer,
    order: Order,
    goods: readonly GoodsBack[],
    note: string | null,
  ): Promise<void> {
    if (goods.length === 0) return;
    await putBack(em, this.inventory, goods.toSorted(byLockOrder));
    order.fulfillmentStatus = fulfillmentStatusOf(await em.find(OrderLine, { order }));
    const entry = { at: this.clock.now(), cause: OrderEventCause.GOODS_RETURNED, actor: actorOf(viewer) };
    order.addTimelineEntry({ ...entry, note: [goods.map(inWords).join(', '), note].filter(Boolean).join(': ') });
  }
}

/** With its lines as they are now. @throws DomainError `NOT_FOUND` or `BAD_USER_INPUT` */
async function lockPaidOrder(em: EntityManager, orderId: string, field = 'orderId') {
  const order = isUuid(orderId) ? await lockRow(em, Order, 'id', orderId) : null;
  if (!order) throw DomainError.ofFields('NOT_FOUND', { [field]: 'is not the id of an order' });
  if (order.status !== OrderStatus.PAID) throw DomainError.badInput(field, `is of an order that is ${order.status}`);
  const lines = await em.find(OrderLine, { order }, { orderBy: { position: 'asc' }, refresh: true });
  return { order, lines };
}

/** @throws DomainError `BAD_USER_INPUT` or `NOT_FOUND` */
function handedOver(lines: readonly OrderLine[], wanted: FulfillmentRequest['lines']): HandedOver[] {
  if (wanted == null) {
    const open = lines.filter((line) => line.type === ItemType.PRODUCT && toFulfill(line) > 0);
    if (open.length === 0) throw DomainError.badInput('orderId', 'is an order without products to hand over');
    return open.map((line) => ({ line, quantity: toFulfill(line) }));
  }
  if (wanted.length === 0) throw DomainError.badInput('lines', 'must name a line');
  return namedLines(lines, wanted).map(({ line, request: { quantity }, path }) => {
    if (line.type !== ItemType.PRODUCT) throw DomainError.badInput(`${path}.lineId`, 'is a rental: see markPickedUp');
    const count = quantity ?? toFulfill(line);
    if (count < 1 || count > toFulfill(line)) {
      throw DomainError.badInput(`${path}.quantity`, `must be 1 to the ${toFulfill(line)} that are to be handed over`);
    }
    return { line, quantity: count };
  });
}

/** Products by their ids, then equipment, as everywhere: so that nobody waits in a ring. */
function byLockOrder(one: GoodsBack, other: GoodsBack): number {
  const rank = ({ line }: GoodsBack) => (line.type === ItemType.PRODUCT ? 0 : 1);
  return rank(one) - rank(other) || one.line.itemId - other.line.itemId || one.line.position - other.line.position;
}

function inWords({ line, quantity }: HandedOver): string {
  return `${quantity} of line ${line.position + 1}`;
}
