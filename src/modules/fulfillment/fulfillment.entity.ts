/** Goods of an order that were handed over or sent at once. Units of rentals are picked up instead. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';
import { OrderLine } from '../orders/order-line.entity.js';

const FulfillmentSchema = defineEntity({
  name: 'Fulfillment',
  tableName: 'fulfillments',
  properties: {
    id: p.uuid().primary(),
    order: () => p.manyToOne(Order),
    at: p.datetime(),
    /** `staff:…`. */
    actor: p.string().length(300),
    /** Who carries it; null for what was handed over. */
    carrier: p.string().length(100).nullable(),
    trackingNumber: p.string().length(100).nullable(),
    /** Of the request, with a digest of its input: a repetition finds the same. */
    idempotencyKey: p.string().length(255),
    requestFingerprint: p.string().columnType('char(64)'),
    lines: () => p.oneToMany(FulfillmentLine).mappedBy('fulfillment'),
  },
  uniques: [{ name: 'fulfillments_idempotency_key_unique', properties: ['order', 'idempotencyKey'] }],
});

export class Fulfillment extends FulfillmentSchema.class {}
FulfillmentSchema.setClass(Fulfillment);

const FulfillmentLineSchema = defineEntity({
  name: 'FulfillmentLine',
  tableName: 'fulfillment_lines',
  properties: {
    id: p.uuid().primary(),
    fulfillment: () => p.manyToOne(Fulfillment).index(),
    line: () => p.manyToOne(OrderLine).fieldName('order_line_id'),
    quantity: p.integer(),
  },
  checks: [{ name: 'fulfillment_lines_quantity_positive', expression: 'quantity >= 1' }],
});

export class FulfillmentLine extends FulfillmentLineSchema.class {}
FulfillmentLineSchema.setClass(FulfillmentLine);
