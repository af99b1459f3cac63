/** Reads orders for those who may see them. */
import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';
import type { Viewer } from '../auth/viewer.js';
import { DomainError } from '../shared/domain-error.js';
import { isUuid } from '../shared/identifier.js';
import { decodeCursor, encodeCursor, type Page, type PageRequest, pageSizeOf } from '../shared/page.js';
import { Order } from './order.entity.js';
import type { OrderStatus } from './order-status.js';

export interface OrderQuery extends PageRequest {
  status?: OrderStatus | null | undefined;
}

export class OrdersService {
  /** Null for an unknown order and for one of somebody else alike. */
  async find(em: EntityManager, viewer: Viewer, id: string): Promise<Order | null> {
    return isUuid(id) ? em.findOne(Order, { id, ...visibleTo(viewer) }) : null;
  }

  /** Null for an unknown session and for one of somebody else alike. */
  async findBySession(em: EntityManager, viewer: Viewer, sessionId: string): Promise<Order | null> {
    return em.findOne(Order, { checkoutSessionId: sessionId, ...visibleTo(viewer) });
  }

  /** The viewer's orders, everybody's for staff, the newest first. */
  async list(em: EntityManager, viewer: Viewer, { status, ...page }: OrderQuery): Promise<Page<Order>> {
    const size = pageSizeOf(page);
    const where = {
      ...visibleTo(viewer),
      ...(status ? { status } : {}),
      ...(page.after == null ? {} : olderThan(page.after)),
    };
    const options = { orderBy: { createdAt: 'desc', id: 'desc' }, limit: size + 1 } as const;
    const orders = await em.find(Order, where as FilterQuery<Order>, options);
    return {
      items: orders.slice(0, size),
      hasNextPage: orders.length > size,
      hasPreviousPage: page.after != null,
      cursorOf: (order) => encodeCursor(order.createdAt.toISOString(), order.id),
    };
  }
}

/** The owner rule, as a condition of every query: an order that is not the viewer's is not even read. */
function visibleTo(viewer: Viewer): { buyerId?: string } {
  return viewer.isStaff ? {} : { buyerId: viewer.id };
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
