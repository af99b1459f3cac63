/** The columns of the payment sync get its name; what they hold stays. */
import { Migration } from '@mikro-orm/migrations';

const RENAMED_COLUMNS = [
  ['money_news', 'payment_sync_requested'],
  ['money_news_read', 'payment_sync_completed'],
  ['money_read_due_at', 'payment_sync_due_at'],
  ['money_read_attempts', 'payment_sync_attempts'],
  ['money_news_event_id', 'payment_sync_event_id'],
] as const;

// Statements of their own, which lock the table for a moment: nothing is rewritten.
export class RenamePaymentSync extends Migration {
  override up(): void {
    for (const [before, after] of RENAMED_COLUMNS) {
      this.addSql(/* sql */ `alter table "orders" rename column "${before}" to "${after}"`);
    }
    this.addSql(/* sql */ `alter index "orders_money_news_index" rename to "orders_payment_sync_index"`);
  }

  override down(): void {
    this.addSql(/* sql */ `alter index "orders_payment_sync_index" rename to "orders_money_news_index"`);
    for (const [before, after] of RENAMED_COLUMNS) {
      this.addSql(/* sql */ `alter table "orders" rename column "${after}" to "${before}"`);
    }
  }
}
