/** What was handed over or sent, with its carrier, and what was put on offer again without a refund. */
import { Migration } from '@mikro-orm/migrations';

export class RecordFulfillments extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      create table "fulfillments" (
        "id" uuid not null,
        "order_id" uuid not null,
        "at" timestamptz not null,
        "actor" varchar(300) not null,
        "carrier" varchar(100) null,
        "tracking_number" varchar(100) null,
        "idempotency_key" varchar(255) not null,
        "request_fingerprint" char(64) not null,
        primary key ("id")
      );
      alter table "fulfillments" add constraint "fulfillments_idempotency_key_unique" unique ("order_id", "idempotency_key");
      alter table "fulfillments" add constraint "fulfillments_order_id_foreign" foreign key ("order_id") references "orders" ("id");
      create table "fulfillment_lines" (
        "id" uuid not null,
        "fulfillment_id" uuid not null,
        "order_line_id" uuid not null,
        "quantity" int not null,
        primary key ("id")
      );
      create index "fulfillment_lines_fulfillment_id_index" on "fulfillment_lines" ("fulfillment_id");
      alter table "fulfillment_lines" add constraint "fulfillment_lines_quantity_positive" check (quantity >= 1);
      alter table "fulfillment_lines" add constraint "fulfillment_lines_fulfillment_id_foreign" foreign key ("fulfillment_id") references "fulfillments" ("id");
      alter table "fulfillment_lines" add constraint "fulfillment_lines_order_line_id_foreign" foreign key ("order_line_id") references "order_lines" ("id");
      create table "line_releases" (
        "id" uuid not null,
        "order_line_id" uuid not null,
        "quantity" int not null,
        "at" timestamptz not null,
        "actor" varchar(300) not null,
        "idempotency_key" varchar(255) not null,
        "request_fingerprint" char(64) not null,
        primary key ("id")
      );
      alter table "line_releases" add constraint "line_releases_idempotency_key_unique" unique ("order_line_id", "idempotency_key");
      alter table "line_releases" add constraint "line_releases_quantity_positive" check (quantity >= 1);
      alter table "line_releases" add constraint "line_releases_order_line_id_foreign" foreign key ("order_line_id") references "order_lines" ("id");
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      drop table "line_releases";
      drop table "fulfillment_lines";
      drop table "fulfillments";
    `);
  }
}
