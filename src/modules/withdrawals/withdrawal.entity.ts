/** A buyer's statement that they withdraw from the contract on goods of a paid order, with its content and time. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';
import { OrderLine } from '../orders/order-line.entity.js';

const WithdrawalSchema = defineEntity({
  name: 'Withdrawal',
  tableName: 'withdrawals',
  properties: {
    id: p.uuid().primary(),
    order: () => p.manyToOne(Order).index(),
    at: p.datetime(),
    /** Who declared it: the buyer, or staff for them. */
    actor: p.string().length(300),
    lines: () => p.oneToMany(WithdrawalLine).mappedBy('withdrawal'),
    /** When a refund named it, or staff closed it without one. */
    closedAt: p.datetime().nullable(),
    closedBy: p.string().length(300).nullable(),
    /** Why nothing is refunded; null where a refund names it. */
    closedNote: p.string().length(300).nullable(),
  },
  indexes: [
    {
      name: 'withdrawals_open_index',
      expression: `create index "withdrawals_open_index" on "withdrawals" ("at", "id") where closed_at is null`,
    },
  ],
  checks: [
    { name: 'withdrawals_closed_by_somebody', expression: '(closed_at is null) = (closed_by is null)' },
    { name: 'withdrawals_note_when_closed', expression: 'closed_note is null or closed_at is not null' },
  ],
});

export class Withdrawal extends WithdrawalSchema.class {
  /** @param note why nothing is refunded; null where a refund names it */
  close(at: Date, actor: string, note: string | null): void {
    this.closedAt = at;
    this.closedBy = actor;
    this.closedNote = note;
  }
}
WithdrawalSchema.setClass(Withdrawal);

const WithdrawalLineSchema = defineEntity({
  name: 'WithdrawalLine',
  tableName: 'withdrawal_lines',
  properties: {
    id: p.uuid().primary(),
    withdrawal: () => p.manyToOne(Withdrawal).index(),
    line: () => p.manyToOne(OrderLine).fieldName('order_line_id').index(),
    quantity: p.integer(),
  },
  checks: [{ name: 'withdrawal_lines_quantity_positive', expression: 'quantity >= 1' }],
});

export class WithdrawalLine extends WithdrawalLineSchema.class {}
WithdrawalLineSchema.setClass(WithdrawalLine);
