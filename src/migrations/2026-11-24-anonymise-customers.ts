/** When the personal data of an order, and of an event, was erased. */
import { Migration } from '@mikro-orm/migrations';

export class AnonymiseCustomers extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      alter table "orders" add column "anonymised_at" timestamptz null;
      create index "orders_anonymised_index" on "orders" ("anonymised_at") where anonymised_at is not null;
      alter table "inbox_events" add column "anonymised_at" timestamptz null;
      create index "inbox_events_without_order_index" on "inbox_events" ("payment_intent_id") where order_id is null;
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      drop index "inbox_events_without_order_index", "orders_anonymised_index";
      alter table "inbox_events" drop column "anonymised_at";
      alter table "orders" drop column "anonymised_at";
    `);
  }
}
