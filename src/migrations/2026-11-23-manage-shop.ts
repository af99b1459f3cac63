/** What staff manage: searchable names, longer rental prices, deposits, the audit, closed days, rental progress and blocks. */
import { Migration } from '@mikro-orm/migrations';

export class ManageShop extends Migration {
  override up(): void {
    // Trusted extension, as btree_gist is.
    this.addSql('create extension if not exists pg_trgm;');
    // Names without case and accents. Everything in it is immutable, unlike unaccent(), so that columns and
    // indexes may be made of it; ligatures and the like do not decompose and are replaced one by one.
    this.addSql(/* sql */ `
      create function "search_key"(name text) returns text language sql immutable strict parallel safe as $$
        select replace(replace(replace(replace(replace(replace(
          lower(regexp_replace(normalize(name, NFKD), '[\\u0300-\\u036f]', '', 'g')),
          'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'), 'ø', 'o'), 'ł', 'l'), 'đ', 'd')
      $$;
    `);
    for (const table of ['products', 'equipment']) {
      this.addSql(/* sql */ `
        alter table "${table}" add column "version" int not null default 1;
        alter table "${table}" add column "search_name" text generated always as (search_key("name"::text)) stored;
        create index "${table}_search_name_index" on "${table}" using gin ("search_name" gin_trgm_ops);
      `);
    }
    this.addSql(/* sql */ `
      alter table "equipment" add column "price_per_week_minor" bigint null, add column "price_per_month_minor" bigint null, add column "deposit_minor" bigint null;
      alter table "equipment" add constraint "equipment_longer_prices_bounds" check (price_per_week_minor >= 0 and price_per_week_minor <= 99999999 and price_per_month_minor >= 0 and price_per_month_minor <= 99999999);
      alter table "equipment" add constraint "equipment_deposit_bounds" check (deposit_minor >= 0 and deposit_minor <= 99999999);
    `);
    this.addSql(/* sql */ `
      create table "catalogue_changes" (
        "id" bigserial primary key,
        "at" timestamptz not null,
        "actor" varchar(300) not null,
        "item_type" text not null,
        "item_id" int not null,
        "unit_id" int null,
        "action" varchar(60) not null,
        "before" jsonb null,
        "after" jsonb null,
        "reason" varchar(300) null
      );
      create index "catalogue_changes_item_index" on "catalogue_changes" ("item_type", "item_id", "id");
      alter table "catalogue_changes" add constraint "catalogue_changes_item_type_check" check ("item_type" in ('PRODUCT', 'EQUIPMENT'));
      create or replace function "catalogue_changes_append_only_fn"() returns trigger as $$ begin raise exception 'catalogue_changes is append-only'; end; $$ language plpgsql;
      create trigger "append_only" BEFORE UPDATE OR DELETE on "catalogue_changes" for each ROW execute function "catalogue_changes_append_only_fn"();
    `);
    this.addSql(/* sql */ `
      create table "closed_weekdays" ("weekday" int not null, primary key ("weekday"));
      alter table "closed_weekdays" add constraint "closed_weekdays_is_a_weekday" check (weekday >= 1 and weekday <= 7);
      create table "closed_dates" ("date" date not null, "reason" varchar(200) not null, primary key ("date"));
    `);
    this.refunds();
    this.bookings();
    this.orderLines();
  }

  private refunds(): void {
    this.addSql(/* sql */ `
      alter table "orders" add column "payment_returned_reason" varchar(300) null;
      create table "refunds" (
        "id" uuid not null,
        "order_id" uuid not null,
        "payment_intent_id" varchar(255) not null,
        "amount_minor" bigint not null,
        "currency" char(3) not null,
        "reason" varchar(300) not null,
        "state" text not null default 'DUE',
        "stripe_refund_id" varchar(255) null,
        "created_at" timestamptz not null,
        "next_attempt_at" timestamptz not null,
        "attempts" int not null default 0,
        "issued_at" timestamptz null,
        primary key ("id")
      );
      create index "refunds_order_id_index" on "refunds" ("order_id");
      create index "refunds_due_index" on "refunds" ("next_attempt_at") where state = 'DUE';
      alter table "refunds" add constraint "refunds_stripe_refund_id_unique" unique ("stripe_refund_id");
      alter table "refunds" add constraint "refunds_order_payment_unique" unique ("order_id", "payment_intent_id");
      alter table "refunds" add constraint "refunds_amount_positive" check (amount_minor > 0);
      alter table "refunds" add constraint "refunds_state_check" check ("state" in ('DUE', 'ISSUED', 'FAILED'));
      alter table "refunds" add constraint "refunds_order_id_foreign" foreign key ("order_id") references "orders" ("id");
    `);
  }

  private bookings(): void {
    this.addSql(/* sql */ `
      alter table "bookings" add column "kind" text not null default 'RENTAL', add column "return_date" date null,
        add column "picked_up_at" timestamptz null, add column "returned_at" timestamptz null, add column "returned_on" date null,
        add column "reason" varchar(200) null, add column "created_by" varchar(300) null;
      alter table "bookings" alter column "order_line_id" drop not null;
      update "bookings" b set "return_date" = coalesce((select l."end_date" from "order_lines" l where l."id" = b."order_line_id"), upper(b."period") - 1);
      alter table "bookings" add constraint "bookings_kind_check" check ("kind" in ('RENTAL', 'BLOCK'));
      alter table "bookings" add constraint "bookings_kind_fits" check ((kind = 'RENTAL' and order_line_id is not null and return_date is not null) or (kind = 'BLOCK' and order_line_id is null and reason is not null));
      alter table "bookings" add constraint "bookings_returned_after_pick_up" check (returned_at is null or (picked_up_at is not null and returned_at >= picked_up_at));
      create index "bookings_unit_start_index" on "bookings" ("unit_id", lower("period")) where "active";
      create unique index "bookings_out_unique" on "bookings" ("unit_id") where picked_up_at is not null and returned_at is null;
      create index "bookings_returned_on_index" on "bookings" ("unit_id", "returned_on");
      create index "bookings_start_index" on "bookings" (lower("period")) where "active";
      create index "bookings_return_date_index" on "bookings" ("return_date");
    `);
  }

  private orderLines(): void {
    this.addSql(/* sql */ `
      alter table "order_lines" add column "rate_months" int not null default 0, add column "rate_weeks" int not null default 0,
        add column "rate_days" int not null default 0, add column "rate_minor" bigint null, add column "deposit_minor" bigint null,
        add column "return_date" date null;
      update "order_lines" set "rate_minor" = "amount_minor" / "quantity", "return_date" = "end_date",
        "rate_days" = case when "type" = 'EQUIPMENT' then "days" else 0 end;
      alter table "order_lines" alter column "rate_minor" set not null;
      create index "order_lines_item_index" on "order_lines" ("type", "item_id");
      alter table "order_lines" add constraint "order_lines_amount_is_exact" check (amount_minor = quantity * rate_minor);
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      alter table "order_lines" drop column "rate_months", drop column "rate_weeks", drop column "rate_days",
        drop column "rate_minor", drop column "deposit_minor", drop column "return_date";
      delete from "bookings" where "kind" = 'BLOCK';
      alter table "bookings" drop column "kind", drop column "return_date", drop column "picked_up_at",
        drop column "returned_at", drop column "returned_on", drop column "reason", drop column "created_by";
      alter table "bookings" alter column "order_line_id" set not null;
      drop index "bookings_unit_start_index";
      drop index "bookings_start_index";
      drop index "order_lines_item_index";
      drop table "closed_dates", "closed_weekdays", "catalogue_changes", "refunds";
      alter table "orders" drop column "payment_returned_reason";
      drop function "catalogue_changes_append_only_fn";
      alter table "equipment" drop column "price_per_week_minor", drop column "price_per_month_minor", drop column "deposit_minor",
        drop column "version", drop column "search_name";
      alter table "products" drop column "version", drop column "search_name";
      drop function "search_key";
    `);
  }
}
