/** Payments counted one by one, refunds and disputes as Stripe has them, events that are tried again, and the account. */
import { Migration } from '@mikro-orm/migrations';

export class SettlePayments extends Migration {
  override up(): void {
    this.orders();
    this.payments();
    this.refunds();
    this.inbox();
  }

  private orders(): void {
    this.addSql(/* sql */ `
      alter table "orders" add column "payment_canceled_at" timestamptz null, add column "payment_returned_at" timestamptz null,
        add column "review_resolved_at" timestamptz null,
        add column "refunded_minor" bigint not null default '0', add column "refund_status" text not null default 'NONE',
        add column "dispute_status" text not null default 'NONE', add column "money_news" int not null default 0,
        add column "money_news_read" int not null default 0, add column "money_news_event_id" varchar(255) null,
        add column "next_check_at" timestamptz null, add column "asked_at" timestamptz null;
      alter table "orders" add constraint "orders_refunded_not_negative" check (refunded_minor >= 0);
      alter table "orders" add constraint "orders_refund_status_check" check ("refund_status" in ('NONE', 'PENDING', 'PARTIAL', 'FULL', 'FAILED'));
      alter table "orders" add constraint "orders_dispute_status_check" check ("dispute_status" in ('NONE', 'INQUIRY', 'OPEN', 'WON', 'LOST'));
      create index "orders_unfinished_index" on "orders" ("expires_at") where status in ('PENDING', 'PAYMENT_FAILED', 'PROCESSING');
      create index "orders_money_news_index" on "orders" ("id") where money_news > money_news_read;
    `);
  }

  private payments(): void {
    this.addSql(/* sql */ `
      create table "payments" (
        "payment_intent_id" varchar(255) not null,
        "order_id" uuid not null,
        "checkout_session_id" varchar(255) not null,
        "amount_minor" bigint not null,
        "currency" char(3) not null,
        "received_at" timestamptz not null,
        "state" text not null,
        primary key ("payment_intent_id")
      );
      create index "payments_order_id_index" on "payments" ("order_id");
      create unique index "payments_accepted_unique" on "payments" ("order_id") where state = 'ACCEPTED';
      alter table "payments" add constraint "payments_amount_positive" check (amount_minor > 0);
      alter table "payments" add constraint "payments_state_check" check ("state" in ('ACCEPTED', 'UNDER_REVIEW', 'RETURNED'));
      alter table "payments" add constraint "payments_order_id_foreign" foreign key ("order_id") references "orders" ("id");
    `);
    // What had been received so far; money under review is read from Stripe again by the comparison.
    this.addSql(/* sql */ `
      insert into "payments" ("payment_intent_id", "order_id", "checkout_session_id", "amount_minor", "currency", "received_at", "state")
      select "payment_intent_id", "id", "checkout_session_id", "total_minor", "currency", coalesce("paid_at", "expired_at", "created_at"),
        case when "paid_at" is null then 'RETURNED' else 'ACCEPTED' end
      from "orders" where "payment_intent_id" is not null and ("paid_at" is not null or "payment_returned_reason" is not null);
      update "orders" set "payment_returned_at" = coalesce("expired_at", "created_at") where "payment_returned_reason" is not null;
      alter table "orders" drop column "payment_returned_reason";
    `);
    this.addSql(/* sql */ `
      create table "disputes" (
        "id" varchar(255) not null,
        "order_id" uuid not null,
        "payment_intent_id" varchar(255) not null,
        "amount_minor" bigint not null,
        "currency" char(3) not null,
        "reason" varchar(100) not null,
        "state" text not null,
        "created_at" timestamptz not null,
        primary key ("id")
      );
      create index "disputes_order_id_index" on "disputes" ("order_id");
      alter table "disputes" add constraint "disputes_state_check" check ("state" in ('INQUIRY', 'INQUIRY_CLOSED', 'OPEN', 'WON', 'LOST'));
      alter table "disputes" add constraint "disputes_order_id_foreign" foreign key ("order_id") references "orders" ("id");
    `);
  }

  private refunds(): void {
    this.addSql(/* sql */ `
      alter table "refunds" drop constraint "refunds_state_check";
      update "refunds" set "state" = 'PENDING' where "state" = 'ISSUED';
      alter table "refunds" add constraint "refunds_state_check" check ("state" in ('DUE', 'PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'BLOCKED'));
      alter table "refunds" add column "is_ours" boolean not null default true;
      alter table "refunds" drop constraint "refunds_order_payment_unique";
      create unique index "refunds_order_payment_unique" on "refunds" ("payment_intent_id") where is_ours and state not in ('FAILED', 'CANCELED');
    `);
    // What has become of earlier refunds is read from Stripe.
    this.addSql(`update "orders" set "money_news" = 1 where "id" in (select "order_id" from "refunds");`);
  }

  private inbox(): void {
    this.addSql(/* sql */ `
      alter table "inbox_events" drop constraint "inbox_events_state_check";
      alter table "inbox_events" add constraint "inbox_events_state_check" check ("state" in ('PROCESSED', 'IGNORED', 'RECEIVED', 'UNMATCHED', 'FAILED', 'DEAD'));
      alter table "inbox_events" add column "next_attempt_at" timestamptz null;
      update "inbox_events" set "next_attempt_at" = "received_at" where "state" in ('UNMATCHED', 'FAILED');
      create index "inbox_events_next_attempt_index" on "inbox_events" ("next_attempt_at") where next_attempt_at is not null;
      create index "inbox_events_unmatched_index" on "inbox_events" ("payment_intent_id") where state = 'UNMATCHED';
      create table "stripe_accounts" (
        "id" int not null,
        "account_id" varchar(255) not null,
        "events_read_until" timestamptz null,
        primary key ("id")
      );
      alter table "stripe_accounts" add constraint "stripe_accounts_one_row" check (id = 1);
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      drop table "stripe_accounts", "disputes";
      drop index "inbox_events_unmatched_index";
      alter table "inbox_events" drop column "next_attempt_at";
      alter table "inbox_events" drop constraint "inbox_events_state_check";
      update "inbox_events" set "state" = 'UNMATCHED' where "state" in ('RECEIVED', 'DEAD');
      alter table "inbox_events" add constraint "inbox_events_state_check" check ("state" in ('PROCESSED', 'IGNORED', 'UNMATCHED', 'FAILED'));
    `);
    this.addSql(/* sql */ `
      drop index "refunds_order_payment_unique";
      delete from "refunds" where not "is_ours" or "state" in ('CANCELED', 'BLOCKED');
      alter table "refunds" drop column "is_ours";
      alter table "refunds" drop constraint "refunds_state_check";
      update "refunds" set "state" = 'ISSUED' where "state" in ('PENDING', 'SUCCEEDED');
      alter table "refunds" add constraint "refunds_state_check" check ("state" in ('DUE', 'ISSUED', 'FAILED'));
      alter table "refunds" add constraint "refunds_order_payment_unique" unique ("order_id", "payment_intent_id");
    `);
    this.addSql(/* sql */ `
      drop index "orders_unfinished_index";
      alter table "orders" add column "payment_returned_reason" varchar(300) null;
      update "orders" set "payment_returned_reason" = 'returned' where "id" in (select "order_id" from "payments" where "state" = 'RETURNED');
      drop table "payments";
      alter table "orders" drop column "payment_canceled_at", drop column "payment_returned_at", drop column "review_resolved_at", drop column "refunded_minor",
        drop column "refund_status", drop column "dispute_status", drop column "money_news", drop column "money_news_read",
        drop column "money_news_event_id", drop column "next_check_at", drop column "asked_at";
    `);
  }
}
