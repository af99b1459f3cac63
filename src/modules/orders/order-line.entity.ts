/** A line of an order: the item, its price as it was then, and the hold state of its goods. */
import { defineEntity, p } from '@mikro-orm/core';
import { ItemType } from '../catalogue/item-type.js';
import { HoldState } from '../inventory/hold-state.js';
import { Order, type OrderState } from './order.entity.js';

const OrderLineSchema = defineEntity({
  name: 'OrderLine',
  tableName: 'order_lines',
  properties: {
    id: p.uuid().primary(),
    order: () => p.manyToOne(Order).index(),
    position: p.integer(),
    type: p.enum(() => ItemType),
    itemId: p.integer(),
    /** Frozen, as all that follows: later changes of the catalogue do not touch an order. */
    name: p.string().length(200),
    quantity: p.integer(),
    /** Rental days; 1 for products. */
    days: p.integer(),
    startDate: p.string().columnType('date').nullable(),
    /** The last rental day. */
    endDate: p.string().columnType('date').nullable(),
    /** List price a piece, or a unit and day. */
    unitPriceMinor: p.bigint('number'),
    /** How often each price is charged for one unit: the cheapest combination for the days; 0 for products. */
    rateMonths: p.integer().default(0),
    rateWeeks: p.integer().default(0),
    rateDays: p.integer().default(0),
    /** What one piece, or one unit for all its days, costs. */
    rateMinor: p.bigint('number'),
    /** Deposit a unit; null for none. */
    depositMinor: p.bigint('number').nullable(),
    /** The day on which a rental has to be back: the first open day from the last rental day on. */
    returnDate: p.string().columnType('date').nullable(),
    /** Quantity × the rate for the days. */
    amountMinor: p.bigint('number'),
    holdState: p.enum(() => HoldState),
    /** Pieces, or units, that were handed over or sent. */
    fulfilledQuantity: p.integer().default(0),
    /** Those that are the shop's again, whether they had been handed over or not. */
    returnedQuantity: p.integer().default(0),
    /** Of these, how many had been handed over. */
    receivedBackQuantity: p.integer().default(0),
    /** What refunds by lines have claimed of the amount. */
    refundedMinor: p.bigint('number').default(0),
    /** Whether the law lets the buyer withdraw from it. */
    withdrawalRight: p.boolean().default(true),
    /** Pieces, or units, that the buyer has withdrawn from. */
    withdrawnQuantity: p.integer().default(0),
  },
  // The orders of an item, without reading the lines.
  indexes: [{ name: 'order_lines_item_order_index', properties: ['type', 'itemId', 'order'] }],
  checks: [
    { name: 'order_lines_quantity_bounds', expression: 'quantity >= 1 and quantity <= 100' },
    { name: 'order_lines_days_bounds', expression: 'days >= 1 and days <= 365' },
    { name: 'order_lines_amount_not_negative', expression: 'amount_minor >= 0' },
    { name: 'order_lines_amount_is_exact', expression: 'amount_minor = quantity * rate_minor' },
    {
      name: 'order_lines_fulfilled_bounds',
      expression:
        'fulfilled_quantity >= 0 and received_back_quantity >= 0 and received_back_quantity <= fulfilled_quantity',
    },
    {
      name: 'order_lines_returned_bounds',
      expression:
        'received_back_quantity <= returned_quantity and fulfilled_quantity + returned_quantity - received_back_quantity <= quantity',
    },
    {
      name: 'order_lines_withdrawn_bounds',
      expression:
        'withdrawn_quantity >= 0 and withdrawn_quantity <= quantity and (withdrawal_right or withdrawn_quantity = 0)',
    },
    { name: 'order_lines_refunded_bounds', expression: 'refunded_minor >= 0 and refunded_minor <= amount_minor' },
  ],
});

export class OrderLine extends OrderLineSchema.class {
  /** Pieces, or units, leave for the buyer. */
  fulfill(quantity: number): void {
    this.fulfilledQuantity += quantity;
  }

  /** Pieces, or units, are the shop's again. @param fromBuyer how many of them had left */
  takeBack(quantity: number, fromBuyer: number): void {
    this.returnedQuantity += quantity;
    this.receivedBackQuantity += fromBuyer;
    this.close();
  }

  /** The buyer withdraws from pieces, or units; where they are is another question. */
  withdraw(quantity: number): void {
    this.withdrawnQuantity += quantity;
  }

  /** Units of a rental are where their bookings say: those that are not booked any more were freed. */
  countUnits({ booked, pickedUp, returned }: { booked: number; pickedUp: number; returned: number }): void {
    this.fulfilledQuantity = pickedUp;
    this.receivedBackQuantity = returned;
    this.returnedQuantity = this.quantity - booked + returned;
    this.close();
  }

  private close(): void {
    if (this.returnedQuantity === this.quantity) this.holdState = HoldState.RETURNED;
  }
}
OrderLineSchema.setClass(OrderLine);

/** A line as the API shows it, whether the ORM loaded it or a statement of ours. */
export type OrderLineState = Omit<OrderLine, 'order' | 'fulfill' | 'takeBack' | 'withdraw' | 'countUnits'> & {
  order: OrderState;
};
