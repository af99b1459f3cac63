/** Goods of a paid order that staff put on offer again without a refund, so that a repeated request does it once. */
import { defineEntity, p } from '@mikro-orm/core';
import { OrderLine } from '../orders/order-line.entity.js';

const LineReleaseSchema = defineEntity({
  name: 'LineRelease',
  tableName: 'line_releases',
  properties: {
    id: p.uuid().primary(),
    line: () => p.manyToOne(OrderLine).fieldName('order_line_id'),
    quantity: p.integer(),
    at: p.datetime(),
    /** `staff:…`. */
    actor: p.string().length(300),
    idempotencyKey: p.string().length(255),
    requestFingerprint: p.string().columnType('char(64)'),
  },
  uniques: [{ name: 'line_releases_idempotency_key_unique', properties: ['line', 'idempotencyKey'] }],
  checks: [{ name: 'line_releases_quantity_positive', expression: 'quantity >= 1' }],
});

export class LineRelease extends LineReleaseSchema.class {}
LineReleaseSchema.setClass(LineRelease);
