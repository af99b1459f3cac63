/** A payment that was received for an order, one row each, whether it was accepted or returned. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';

/** What a payment is for. */
export enum PaymentPurpose {
  /** The goods of the order. */
  ORDER = 'ORDER',
  DEPOSIT = 'DEPOSIT',
  FEE = 'FEE',
}

export enum PaymentState {
  /** It pays the order. */
  ACCEPTED = 'ACCEPTED',
  /** It does not match; staff decide. */
  UNDER_REVIEW = 'UNDER_REVIEW',
  /** All of it is refunded to the buyer. */
  RETURNED = 'RETURNED',
}

// The primary key records a payment once, however often Stripe reports it; the partial index pays an order
// once, whatever the code does.
const PaymentSchema = defineEntity({
  name: 'Payment',
  tableName: 'payments',
  properties: {
    /** Stripe's `pi_…`. */
    paymentIntentId: p.string().length(255).primary(),
    order: () => p.manyToOne(Order).index(),
    /** Null for one by a saved card, without the buyer. */
    checkoutSessionId: p.string().length(255).nullable(),
    amountMinor: p.bigint('number'),
    currency: p.string().columnType('char(3)'),
    receivedAt: p.datetime(),
    state: p.enum(() => PaymentState),
    purpose: p.enum(() => PaymentPurpose).default(PaymentPurpose.ORDER),
  },
  indexes: [
    // What arrived in a span of days is compared with Stripe.
    { name: 'payments_received_index', properties: ['receivedAt'] },
    {
      name: 'payments_accepted_order_unique',
      expression: `create unique index "payments_accepted_order_unique" on "payments" ("order_id") where state = 'ACCEPTED' and purpose = 'ORDER'`,
    },
  ],
  checks: [{ name: 'payments_amount_positive', expression: 'amount_minor > 0' }],
});

export class Payment extends PaymentSchema.class {}
PaymentSchema.setClass(Payment);

/** Whether it is the payment of the goods of its order. */
export function paysItsOrder({ state, purpose }: Payment): boolean {
  return state === PaymentState.ACCEPTED && purpose === PaymentPurpose.ORDER;
}
