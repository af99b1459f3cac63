/** Indexes for lists and jobs that read more of the orders and events the more there were. */
import { Migration } from '@mikro-orm/migrations';

const INDEXES = [
  [
    'orders_payment_sync_index',
    '"orders" ("payment_sync_due_at" nulls first) where payment_sync_requested > payment_sync_completed',
  ],
  [
    'orders_status_index',
    `"orders" ("status", "created_at", "id") where status in ('PAYMENT_FAILED', 'PROCESSING', 'EXPIRED', 'CANCELLED', 'UNDER_REVIEW')`,
  ],
  [
    'orders_customer_index',
    `"orders" using gin (lower(' ' || customer_first_name || ' ' || customer_last_name || ' ' || customer_email) gin_trgm_ops)`,
  ],
  ['orders_placed_index', '"orders" ("id") include ("created_at")'],
  ['order_lines_item_order_index', '"order_lines" ("type", "item_id", "order_id")'],
  ['inbox_events_received_index', '"inbox_events" ("received_at", "id")'],
  ['payments_received_index', '"payments" ("received_at")'],
] as const;

// Each statement on its own: writers do not wait while an index is built. One whose building was cut off is left invalid,
// and is removed when the migration runs again.
export class IndexLists extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    for (const [name, definition] of INDEXES) {
      this.addSql(/* sql */ `drop index concurrently if exists "${name}"`);
      this.addSql(/* sql */ `create index concurrently "${name}" on ${definition}`);
    }
    this.addSql(/* sql */ `drop index concurrently if exists "order_lines_item_index"`);
    // For how many orders have a name, which an index of an expression tells once it is analyzed.
    this.addSql(/* sql */ `analyze "orders"`);
  }

  override down(): void {
    this.addSql(/* sql */ `create index concurrently "order_lines_item_index" on "order_lines" ("type", "item_id")`);
    for (const [name] of INDEXES) this.addSql(/* sql */ `drop index concurrently if exists "${name}"`);
    this.addSql(/* sql */ `
      create index concurrently "orders_payment_sync_index" on "orders" ("payment_sync_due_at") where payment_sync_requested > payment_sync_completed
    `);
  }
}
