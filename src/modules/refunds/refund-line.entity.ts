/** What a refund gives back of a line of its order. */
import { defineEntity, p } from '@mikro-orm/core';
import { OrderLine } from '../orders/order-line.entity.js';
import { Refund } from './refund.entity.js';

/** What becomes of the goods that are refunded. */
export enum RefundedGoods {
  /** They are the shop's again, and on offer. */
  RETURN_TO_STOCK = 'RETURN_TO_STOCK',
  /** The buyer keeps them, or they are lost. */
  KEEP = 'KEEP',
}

const RefundLineSchema = defineEntity({
  name: 'RefundLine',
  tableName: 'refund_lines',
  properties: {
    id: p.uuid().primary(),
    refund: () => p.manyToOne(Refund).index(),
    line: () => p.manyToOne(OrderLine).fieldName('order_line_id').index(),
    /** Pieces, or units. */
    quantity: p.integer(),
    amountMinor: p.bigint('number'),
    goods: p.enum(() => RefundedGoods),
  },
  checks: [{ name: 'refund_lines_bounds', expression: 'quantity >= 1 and amount_minor >= 0' }],
});

export class RefundLine extends RefundLineSchema.class {}
RefundLineSchema.setClass(RefundLine);
