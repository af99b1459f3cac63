/** Reads orders for those who may see them. */
import { type EntityManager, type FilterQuery, wrap } from '@mikro-orm/postgresql';
import { visibleTo } from '../../platform/auth/ownership.js';
import type { Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { addDays, type CalendarDate, checkDay, startOfDay } from '../../platform/kernel/calendar-date.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid, parseCatalogueId } from '../../platform/kernel/identifier.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageSizeOf } from '../../platform/kernel/page.js';
import type { ItemType } from '../catalogue/item-type.js';
import type { RentalOrders } from '../inventory/stock-management.service.js';
import type { ShopConfig } from '../shop/shop-config.js';
import type { FulfillmentStatus } from './fulfillment-status.js';
import { Order, type OrderState } from './order.entity.js';
import { OrderLine, type OrderLineState } from './order-line.entity.js';
import { findLinesOfOrders, findOrdersOfLines, type StoredLine } from './order-lines.repository.js';
import { findOrder, findTimelines, type OrderKey, type StoredTimelineRow } from './order-records.repository.js';
import type { TimelineRow } from './order-rules.js';
import { isOfPaidOrders, type OrderAftermath, type OrderSearch, searchOrders } from './order-search.repository.js';
import { OrderStatus } from './order-status.js';
import type { DisputeStatus, RefundStatus } from './refund-and-dispute-status.js';

export interface OrderQuery extends PageRequest {
  status?: OrderStatus | null | undefined;
  refundStatus?: RefundStatus | null | undefined;
  disputeStatus?: DisputeStatus | null | undefined;
  /** Of paid orders, except for CANCELED. */
  fulfillmentStatus?: FulfillmentStatus | null | undefined;
  /** Placed on this day or later, in the time zone of the shop. */
  placedFrom?: CalendarDate | null | undefined;
  /** Placed on this day or earlier. */
  placedTo?: CalendarDate | null | undefined;
  /** Only orders with a line for the item. */
  item?: { type: ItemType; id: string } | null | undefined;
  /** Part of the customer's name or e-mail address; for staff only. */
  customer?: string | null | undefined;
}

type Placed = Pick<OrderSearch, 'placedFrom' | 'placedBefore'>;
type Chosen = Placed & OrderAftermath & Pick<OrderQuery, 'status'> & Pick<OrderSearch, 'after'>;

const NEWEST_FIRST = { createdAt: 'desc', id: 'desc' } as const;

export class OrdersService implements RentalOrders {
  constructor(private readonly shop: ShopConfig) {}

  private readonly byId = batched<Order>(
    (em, ids) => em.find(Order, { id: { $in: [...ids] } }, { refresh: true }),
    ({ id }) => id,
  );

  /** Without the owner rule, for objects that are shown only to those who may see the order. Null for an unknown one. */
  async findById(em: EntityManager, id: string): Promise<Order | null> {
    const [order = null] = await this.byId(em, id);
    return order;
  }

  private readonly lines = batched<OrderLine>(
    (em, ids) => em.find(OrderLine, { id: { $in: [...ids] } }, { refresh: true }),
    ({ id }) => id,
  );

  async lineById(em: EntityManager, id: string): Promise<OrderLine> {
    const [line] = await this.lines(em, id);
    if (!line) throw new Error(`The order line ${id} is gone.`);
    return line;
  }

  /** The order that an object of it refers to. */
  async loaded(em: EntityManager, order: OrderState): Promise<OrderState> {
    if (!(order instanceof Order) || wrap(order).isInitialized()) return order;
    const found = await this.findById(em, order.id);
    if (found === null) throw new Error(`The order ${order.id} is gone.`);
    return found;
  }

  /** Null for an unknown order and for one of somebody else alike. */
  async find(em: EntityManager, viewer: Viewer, id: string): Promise<OrderState | null> {
    return isUuid(id) ? this.findBy(em, 'id', id, viewer) : null;
  }

  /** Null for an unknown session and for one of somebody else alike. */
  async findBySession(em: EntityManager, viewer: Viewer, sessionId: string): Promise<OrderState | null> {
    return this.findBy(em, 'checkoutSessionId', sessionId, viewer);
  }

  /** Of orders that were read together with them. */
  private readonly linesRead = new WeakMap<OrderState, StoredLine[]>();

  private async findBy(em: EntityManager, key: OrderKey, value: string, viewer: Viewer): Promise<OrderState | null> {
    const found = await findOrder(em, key, value, ownerOf(viewer));
    if (found === null) return null;
    this.linesRead.set(found.order, found.lines);
    return found.order;
  }

  private readonly linesByOrder = batched<StoredLine>(findLinesOfOrders, ({ orderId }) => orderId);

  /** The lines of an order, read together with those of the other orders of the same response. */
  async linesOf(em: EntityManager, order: OrderState): Promise<OrderLineState[]> {
    const lines = this.linesRead.get(order) ?? (await this.linesByOrder(em, order.id));
    return lines.map((line) => ({ ...line, order }));
  }

  private readonly timelineByOrder = batched<StoredTimelineRow>(findTimelines, ({ orderId }) => orderId);

  /** Its history, the earliest row first. */
  async timelineOf(em: EntityManager, { id }: OrderState): Promise<TimelineRow[]> {
    return this.timelineByOrder(em, id);
  }

  async ordersOfLines(em: EntityManager, orderLineIds: readonly string[]): Promise<Map<string, string>> {
    return findOrdersOfLines(em, orderLineIds);
  }

  /** The viewer's orders, everybody's for staff, the newest first. */
  async list(em: EntityManager, viewer: Viewer, query: OrderQuery): Promise<Page<Order>> {
    const { status, item, customer, ...page } = query;
    const size = pageSizeOf(page);
    const placed = { ...this.placedBetween(query), ...aftermathOf(query) };
    const after = page.after == null ? null : positionOf(page.after);
    const limit = size + 1;
    const orders =
      item || customer
        ? await this.search(em, {
            ...placed,
            buyerId: ownerOf(viewer),
            status: status ?? null,
            after,
            item: item ? { type: item.type, id: parseCatalogueId(item.id) ?? 0 } : null,
            customerWords: customer ? wordsOf(customer) : [],
            limit,
          })
        : await em.find(Order, conditionsOf(viewer, { status, after, ...placed }), { orderBy: NEWEST_FIRST, limit });
    return {
      items: orders.slice(0, size),
      hasNextPage: orders.length > size,
      hasPreviousPage: page.after != null,
      cursorOf: (order) => encodeCursor(order.createdAt.toISOString(), order.id),
    };
  }

  private async search(em: EntityManager, search: OrderSearch): Promise<Order[]> {
    const ids = await searchOrders(em, search);
    return ids.length === 0 ? [] : em.find(Order, { id: { $in: ids } }, { orderBy: NEWEST_FIRST });
  }

  private placedBetween({ placedFrom, placedTo }: OrderQuery): Placed {
    const { timeZone } = this.shop;
    if (placedFrom) checkDay('placedFrom', placedFrom);
    if (placedTo) checkDay('placedTo', placedTo);
    return {
      placedFrom: placedFrom ? startOfDay(placedFrom, timeZone) : null,
      placedBefore: placedTo ? startOfDay(addDays(placedTo, 1), timeZone) : null,
    };
  }
}

/** Whose orders the viewer may see; null for everybody's. */
function ownerOf({ id, isStaff }: Viewer): string | null {
  return isStaff ? null : id;
}

function aftermathOf({ refundStatus, disputeStatus, fulfillmentStatus }: OrderQuery): OrderAftermath {
  return {
    refundStatus: refundStatus ?? null,
    disputeStatus: disputeStatus ?? null,
    fulfillmentStatus: fulfillmentStatus ?? null,
  };
}

function conditionsOf(
  viewer: Viewer,
  { status, after, placedFrom, placedBefore, refundStatus, disputeStatus, fulfillmentStatus }: Chosen,
): FilterQuery<Order> {
  const conditions = [
    visibleTo(viewer),
    status ? { status } : {},
    refundStatus ? { refundStatus } : {},
    disputeStatus ? { disputeStatus } : {},
    fulfillmentStatus ? { fulfillmentStatus } : {},
    isOfPaidOrders(fulfillmentStatus) ? { status: OrderStatus.PAID } : {},
    placedFrom ? { createdAt: { $gte: placedFrom } } : {},
    placedBefore ? { createdAt: { $lt: placedBefore } } : {},
    after ? olderThan(after) : {},
  ];
  return { $and: conditions } as FilterQuery<Order>;
}

/** People are searched for by any part of their names and their addresses. */
function wordsOf(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.some((word) => /[\p{L}\p{N}]/u.test(word))) return words;
  throw DomainError.badInput('customer', 'needs a letter or a digit');
}

/** What all of it has in common is said first: the index begins there, while either part alone would be a filter. */
function olderThan({ createdAt, id }: NonNullable<OrderSearch['after']>): object {
  return { createdAt: { $lte: createdAt }, $or: [{ createdAt: { $lt: createdAt } }, { id: { $lt: id } }] };
}

function positionOf(cursor: string): OrderSearch['after'] {
  const [createdAt = '', id = ''] = decodeCursor(cursor, 2);
  const instant = new Date(createdAt);
  // The very form that cursors are made with: other dates that JavaScript knows, PostgreSQL does not.
  const wellFormed = /^[1-9]\d{3}-\d\d-\d\dT[\d:.]{12}Z$/.test(createdAt) && !Number.isNaN(instant.getTime());
  if (!wellFormed || !isUuid(id)) {
    throw DomainError.badInput('after', 'is not a cursor of this list');
  }
  return { createdAt: instant, id };
}
