/** One row of an order's timeline; the database refuses to change or delete it. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from './order.entity.js';
import type { OrderEventCause } from './order-event-cause.js';
import { OrderStatus } from './order-status.js';

const OrderEventSchema = defineEntity({
  name: 'OrderEvent',
  tableName: 'order_events',
  properties: {
    id: p.bigint('number').primary(),
    order: () => p.manyToOne(Order).index(),
    at: p.datetime(),
    /** Null on the first row. */
    from: p
      .enum(() => OrderStatus)
      .name('from_status')
      .nullable(),
    to: p.enum(() => OrderStatus).name('to_status'),
    /** What happened. Not an enum of the database's, since an older version may write words of its own. */
    cause: p.string().length(100).$type<OrderEventCause>(),
    /** More of it, in words for staff. */
    note: p.string().length(300).nullable(),
    /**
     * `buyer:…`, `staff:…`, `stripe` or `system`: opaque ids only, never a name. Buyers do not see which member of
     * staff.
     */
    actor: p.string().length(300),
    stripeEventId: p.string().length(255).nullable(),
  },
  triggers: [
    {
      name: 'append_only',
      timing: 'before',
      events: ['update', 'delete'],
      forEach: 'row',
      body: "raise exception 'order_events is append-only';",
    },
  ],
});

export class OrderEvent extends OrderEventSchema.class {}
OrderEventSchema.setClass(OrderEvent);
