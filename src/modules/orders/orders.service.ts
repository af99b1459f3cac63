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
import { Order, type OrderState } from './order.entity.js';
import { OrderLine, type OrderLineState } from './order-line.entity.js';
import { findLinesOfOrders, findOrdersOfLines, type StoredLine } from './order-lines.repository.js';
import { findOrder, findTimelines, type StoredTimelineRow } from './order-records.repository.js';
import type { TimelineRow } from './order-rules.js';
import type { OrderStatus } from './order-status.js';

export interface OrderQuery extends PageRequest {
  status?: OrderStatus | null | undefined;
  /** Placed on this day or later, in the time zone of the shop. */
  placedFrom?: CalendarDate | null | undefined;
  /** Placed on this day or earlier. */
  placedTo?: CalendarDate | null | undefined;
  /** Only orders with a line for the item. */
  item?: { type: ItemType; id: string } | null | undefined;
  /** Part of the customer's name or e-mail address; for staff only. */
  customer?: string | null | undefined;
}

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
    return isUuid(id) ? findOrder(em, 'id', id, ownerOf(viewer)) : null;
  }

  /** Null for an unknown session and for one of somebody else alike. */
  async findBySession(em: EntityManager, viewer: Viewer, sessionId: string): Promise<OrderState | null> {
    return findOrder(em, 'checkoutSessionId', sessionId, ownerOf(viewer));
  }

  private readonly linesByOrder = batched<StoredLine>(findLinesOfOrders, ({ orderId }) => orderId);

  /** The lines of an order, read together with those of the other orders of the same response. */
  async linesOf(em: EntityManager, order: OrderState): Promise<OrderLineState[]> {
    const lines = await this.linesByOrder(em, order.id);
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
    const conditions = [
      visibleTo(viewer),
      status ? { status } : {},
      this.placedBetween(query),
      item ? { lines: { type: item.type, itemId: parseCatalogueId(item.id) ?? 0 } } : {},
      customer ? customerMatches(customer) : {},
      page.after == null ? {} : olderThan(page.after),
    ];
    const where = { $and: conditions };
    const options = { orderBy: { createdAt: 'desc', id: 'desc' }, limit: size + 1 } as const;
    const orders = await em.find(Order, where as FilterQuery<Order>, options);
    return {
      items: orders.slice(0, size),
      hasNextPage: orders.length > size,
      hasPreviousPage: page.after != null,
      cursorOf: (order) => encodeCursor(order.createdAt.toISOString(), order.id),
    };
  }

  private placedBetween({ placedFrom, placedTo }: OrderQuery): object {
    const { timeZone } = this.shop;
    if (placedFrom) checkDay('placedFrom', placedFrom);
    if (placedTo) checkDay('placedTo', placedTo);
    return {
      ...(placedFrom ? { createdAt: { $gte: startOfDay(placedFrom, timeZone) } } : {}),
      ...(placedTo ? { $and: [{ createdAt: { $lt: startOfDay(addDays(placedTo, 1), timeZone) } }] } : {}),
    };
  }
}

/** Whose orders the viewer may see; null for everybody's. */
function ownerOf({ id, isStaff }: Viewer): string | null {
  return isStaff ? null : id;
}

/** Every word somewhere in the name or the address: people are searched for by any part of either. */
function customerMatches(text: string): object {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const fields = ['firstName', 'lastName', 'email'];
  return {
    $and: words.map((word) => {
      const pattern = { $ilike: `%${word.replace(/[\\%_]/g, '\\$&')}%` };
      return { $or: fields.map((field) => ({ customer: { [field]: pattern } })) };
    }),
  };
}

function olderThan(cursor: string): object {
  const [createdAt = '', id = ''] = decodeCursor(cursor, 2);
  const instant = new Date(createdAt);
  // The very form that cursors are made with: other dates that JavaScript knows, PostgreSQL does not.
  const wellFormed = /^[1-9]\d{3}-\d\d-\d\dT[\d:.]{12}Z$/.test(createdAt) && !Number.isNaN(instant.getTime());
  if (!wellFormed || !isUuid(id)) {
    throw DomainError.badInput('after', 'is not a cursor of this list');
  }
  return { $or: [{ createdAt: { $lt: instant } }, { createdAt: instant, id: { $lt: id } }] };
}
