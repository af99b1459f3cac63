/** A dispute of a payment, as Stripe last reported it. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';

export enum DisputeState {
  /** The bank inquires; no money was withdrawn. */
  INQUIRY = 'INQUIRY',
  INQUIRY_CLOSED = 'INQUIRY_CLOSED',
  /** The bank has withdrawn the money until it is decided. */
  OPEN = 'OPEN',
  WON = 'WON',
  LOST = 'LOST',
}

const DisputeSchema = defineEntity({
  name: 'Dispute',
  tableName: 'disputes',
  properties: {
    /** Stripe's `du_…`. */
    id: p.string().length(255).primary(),
    order: () => p.manyToOne(Order).index(),
    paymentIntentId: p.string().length(255),
    amountMinor: p.bigint('number'),
    currency: p.string().columnType('char(3)'),
    /** Stripe's reason code, such as `fraudulent`. */
    reason: p.string().length(100),
    state: p.enum(() => DisputeState),
    /** What the bank has withdrawn of it and not reinstated. */
    takenMinor: p.bigint('number').default(0),
    createdAt: p.datetime(),
  },
});

export class Dispute extends DisputeSchema.class {}
DisputeSchema.setClass(Dispute);

/** @param status the payment provider's, such as `won` */
export function disputeStateOf(status: string): DisputeState {
  return DisputeState[status.toUpperCase() as keyof typeof DisputeState];
}
