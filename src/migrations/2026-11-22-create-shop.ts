/** The first schema: catalogue, inventory, orders with their timeline, and the inbox of Stripe's events. */
import { Migration } from '@mikro-orm/migrations';

export class CreateShop extends Migration {
  override up(): void {
    // Lets a GiST index compare unit ids by equality beside date ranges by overlap. A trusted extension:
    // the owner of the database may create it.
    this.addSql('create extension if not exists btree_gist;');
    this.addSql(/* sql */ `
      create table "equipment" (
        "id" serial primary key,
        "name" varchar(200) not null,
        "description" text not null default '',
        "price_per_day_minor" bigint not null,
        "currency" char(3) not null,
        "turnaround_days" int not null default 0,
        "active" boolean not null default true
      );
      alter table "equipment" add constraint "equipment_price_bounds" check (price_per_day_minor >= 0 and price_per_day_minor <= 99999999);
      alter table "equipment" add constraint "equipment_turnaround_bounds" check (turnaround_days >= 0 and turnaround_days <= 30);
    `);
    this.addSql(/* sql */ `
      create table "equipment_units" (
        "id" serial primary key,
        "equipment_id" int not null,
        "label" varchar(40) not null,
        "active" boolean not null default true
      );
      create index "equipment_units_equipment_id_index" on "equipment_units" ("equipment_id");
      alter table "equipment_units" add constraint "equipment_units_label_unique" unique ("equipment_id", "label");
    `);
    this.addSql(/* sql */ `
      create table "bookings" (
        "id" bigserial primary key,
        "unit_id" int not null,
        "order_line_id" uuid not null,
        "period" daterange not null,
        "active" boolean not null default true
      );
      create index "bookings_order_line_id_index" on "bookings" ("order_line_id");
    `);
    this.addSql(/* sql */ `
      create table "inbox_events" (
        "id" varchar(255) not null,
        "type" varchar(255) not null,
        "api_version" varchar(50) null,
        "livemode" boolean not null,
        "stripe_created_at" timestamptz not null,
        "checkout_session_id" varchar(255) null,
        "payment_intent_id" varchar(255) null,
        "order_id" uuid null,
        "body" bytea not null,
        "state" text not null,
        "attempts" int not null,
        "error" text null,
        "received_at" timestamptz not null,
        "handled_at" timestamptz null,
        primary key ("id")
      );
      create index "inbox_events_order_id_index" on "inbox_events" ("order_id");
      create index "inbox_events_state_index" on "inbox_events" ("state", "received_at");
      alter table "inbox_events" add constraint "inbox_events_state_check" check ("state" in ('PROCESSED', 'IGNORED', 'UNMATCHED', 'FAILED'));
    `);
    this.addSql(/* sql */ `
      create table "orders" (
        "id" uuid not null,
        "number" varchar(20) null,
        "buyer_id" varchar(255) not null,
        "idempotency_key" varchar(255) null,
        "request_fingerprint" char(64) not null,
        "status" text not null default 'PENDING',
        "currency" char(3) not null,
        "total_minor" bigint not null,
        "customer_first_name" varchar(100) not null,
        "customer_last_name" varchar(100) not null,
        "customer_email" varchar(254) not null,
        "customer_phone" varchar(40) null,
        "customer_address" varchar(300) not null,
        "customer_city" varchar(100) not null,
        "customer_postal_code" varchar(20) not null,
        "customer_country" char(2) not null,
        "accepted_terms_version" varchar(100) null,
        "stripe_request" json not null,
        "checkout_session_id" varchar(255) null,
        "checkout_url" text null,
        "payment_intent_id" varchar(255) null,
        "created_at" timestamptz not null,
        "expires_at" timestamptz not null,
        "declined_at" timestamptz null,
        "completed_unpaid_at" timestamptz null,
        "async_failed_at" timestamptz null,
        "paid_at" timestamptz null,
        "expired_at" timestamptz null,
        "cancel_requested_at" timestamptz null,
        "cancel_requested_by" varchar(300) null,
        "review_reason" text null,
        "last_payment_error_code" varchar(100) null,
        "last_payment_error_decline_code" varchar(100) null,
        "last_payment_error_message" text null,
        primary key ("id")
      );
      alter table "orders" add constraint "orders_number_unique" unique ("number");
      alter table "orders" add constraint "orders_checkout_session_id_unique" unique ("checkout_session_id");
      alter table "orders" add constraint "orders_payment_intent_id_unique" unique ("payment_intent_id");
      create index "orders_buyer_created_index" on "orders" ("buyer_id", "created_at", "id");
      create index "orders_created_index" on "orders" ("created_at", "id");
      alter table "orders" add constraint "orders_buyer_idempotency_key_unique" unique ("buyer_id", "idempotency_key");
      alter table "orders" add constraint "orders_total_positive" check (total_minor > 0);
      alter table "orders" add constraint "orders_status_check" check ("status" in ('PENDING', 'PAYMENT_FAILED', 'PROCESSING', 'PAID', 'EXPIRED', 'CANCELLED', 'UNDER_REVIEW'));
    `);
    this.addSql(/* sql */ `
      create table "order_events" (
        "id" bigserial primary key,
        "order_id" uuid not null,
        "at" timestamptz not null,
        "from_status" text null,
        "to_status" text not null,
        "cause" varchar(100) not null,
        "actor" varchar(300) not null,
        "stripe_event_id" varchar(255) null
      );
      create index "order_events_order_id_index" on "order_events" ("order_id");
      alter table "order_events" add constraint "order_events_from_status_check" check ("from_status" in ('PENDING', 'PAYMENT_FAILED', 'PROCESSING', 'PAID', 'EXPIRED', 'CANCELLED', 'UNDER_REVIEW'));
      alter table "order_events" add constraint "order_events_to_status_check" check ("to_status" in ('PENDING', 'PAYMENT_FAILED', 'PROCESSING', 'PAID', 'EXPIRED', 'CANCELLED', 'UNDER_REVIEW'));
      create or replace function "order_events_append_only_fn"() returns trigger as $$ begin raise exception 'order_events is append-only'; end; $$ language plpgsql;
      create trigger "append_only" BEFORE UPDATE OR DELETE on "order_events" for each ROW execute function "order_events_append_only_fn"();
    `);
    this.addSql(/* sql */ `
      create table "order_lines" (
        "id" uuid not null,
        "order_id" uuid not null,
        "position" int not null,
        "type" text not null,
        "item_id" int not null,
        "name" varchar(200) not null,
        "quantity" int not null,
        "days" int not null,
        "start_date" date null,
        "end_date" date null,
        "unit_price_minor" bigint not null,
        "amount_minor" bigint not null,
        "hold_state" text not null,
        primary key ("id")
      );
      create index "order_lines_order_id_index" on "order_lines" ("order_id");
      alter table "order_lines" add constraint "order_lines_quantity_bounds" check (quantity >= 1 and quantity <= 100);
      alter table "order_lines" add constraint "order_lines_days_bounds" check (days >= 1 and days <= 365);
      alter table "order_lines" add constraint "order_lines_amount_not_negative" check (amount_minor >= 0);
      alter table "order_lines" add constraint "order_lines_type_check" check ("type" in ('PRODUCT', 'EQUIPMENT'));
      alter table "order_lines" add constraint "order_lines_hold_state_check" check ("hold_state" in ('HELD', 'CONFIRMED', 'RELEASED'));
    `);
    this.addSql(/* sql */ `
      create table "products" (
        "id" serial primary key,
        "name" varchar(200) not null,
        "description" text not null default '',
        "price_minor" bigint not null,
        "currency" char(3) not null,
        "active" boolean not null default true
      );
      alter table "products" add constraint "products_price_bounds" check (price_minor >= 0 and price_minor <= 99999999);
    `);
    this.addSql(/* sql */ `
      create table "product_stocks" (
        "product_id" int not null,
        "on_hand" int null,
        "held" int not null default 0,
        primary key ("product_id")
      );
      alter table "product_stocks" add constraint "product_stocks_never_oversold" check (0 <= held and (on_hand is null or held <= on_hand));
    `);
    this.addSql(/* sql */ `
      alter table "equipment_units" add constraint "equipment_units_equipment_id_foreign" foreign key ("equipment_id") references "equipment" ("id");
      alter table "bookings" add constraint "bookings_unit_id_foreign" foreign key ("unit_id") references "equipment_units" ("id");
      alter table "order_events" add constraint "order_events_order_id_foreign" foreign key ("order_id") references "orders" ("id");
      alter table "order_lines" add constraint "order_lines_order_id_foreign" foreign key ("order_id") references "orders" ("id");
      alter table "product_stocks" add constraint "product_stocks_product_id_foreign" foreign key ("product_id") references "products" ("id") on update cascade on delete cascade;
    `);
    // What makes renting a unit twice on one day impossible, whatever the code does. Deferrable, so that
    // two bookings can swap units within one transaction.
    this.addSql(/* sql */ `
      alter table "bookings" add constraint "bookings_no_overlap"
        exclude using gist ("unit_id" with =, "period" with &&) where ("active") deferrable initially immediate;
    `);
    // Order numbers are given at payment; one taken by a transaction that rolled back stays unused.
    this.addSql('create sequence "order_numbers";');
  }

  override down(): void {
    this.addSql('drop sequence "order_numbers";');
    this.addSql(/* sql */ `
      drop table "inbox_events", "order_events", "order_lines", "orders", "bookings", "product_stocks",
        "products", "equipment_units", "equipment";
    `);
    this.addSql('drop function "order_events_append_only_fn";');
  }
}
