/** Refunds that staff ask for, by amount or by lines; and each attempt to make a refund at Stripe. */
import { Migration } from '@mikro-orm/migrations';

export class ClaimRefunds extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      alter table "refunds" add column "claimed_minor" bigint null, add column "idempotency_key" varchar(255) null,
        add column "request_fingerprint" char(64) null, add column "requested_by" varchar(300) null,
        add column "failure_reason" varchar(100) null, add column "reference" varchar(255) null;
      alter table "refunds" drop constraint "refunds_state_check";
      alter table "refunds" add constraint "refunds_state_check" check ("state" in ('DUE', 'REQUESTED', 'PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'BLOCKED', 'SETTLED_ELSEWHERE', 'PAID_OTHERWISE'));
      alter table "refunds" add constraint "refunds_claim_positive" check (claimed_minor > 0);
      alter table "refunds" add constraint "refunds_claim_is_not_automatic" check (claimed_minor is null or not is_ours);
      create unique index "refunds_idempotency_key_unique" on "refunds" ("order_id", "idempotency_key") where idempotency_key is not null;
      drop index "refunds_order_payment_unique";
      create unique index "refunds_order_payment_unique" on "refunds" ("payment_intent_id") where is_ours and stripe_refund_id is null and state not in ('FAILED', 'CANCELED', 'PAID_OTHERWISE');
      drop index "refunds_due_index";
      create index "refunds_due_index" on "refunds" ("next_attempt_at") where state in ('DUE', 'REQUESTED');
      create index "refunds_waiting_index" on "refunds" ("created_at", "id") where state in ('FAILED', 'BLOCKED');
    `);
    this.addSql(/* sql */ `
      create table "refund_lines" (
        "id" uuid not null,
        "refund_id" uuid not null,
        "order_line_id" uuid not null,
        "quantity" int not null,
        "amount_minor" bigint not null,
        "goods" text not null,
        primary key ("id")
      );
      create index "refund_lines_refund_id_index" on "refund_lines" ("refund_id");
      create index "refund_lines_order_line_id_index" on "refund_lines" ("order_line_id");
      alter table "refund_lines" add constraint "refund_lines_bounds" check (quantity >= 1 and amount_minor >= 0);
      alter table "refund_lines" add constraint "refund_lines_goods_check" check ("goods" in ('RETURN_TO_STOCK', 'KEEP'));
      alter table "refund_lines" add constraint "refund_lines_refund_id_foreign" foreign key ("refund_id") references "refunds" ("id");
      alter table "refund_lines" add constraint "refund_lines_order_line_id_foreign" foreign key ("order_line_id") references "order_lines" ("id");
      create table "refund_attempts" (
        "id" uuid not null,
        "refund_id" uuid not null,
        "number" int not null,
        "amount_minor" bigint null,
        "created_at" timestamptz not null,
        "state" text not null default 'SENT',
        "stripe_refund_id" varchar(255) null,
        "failure_reason" varchar(100) null,
        primary key ("id")
      );
      alter table "refund_attempts" add constraint "refund_attempts_number_unique" unique ("refund_id", "number");
      alter table "refund_attempts" add constraint "refund_attempts_stripe_refund_id_unique" unique ("stripe_refund_id");
      alter table "refund_attempts" add constraint "refund_attempts_amount_positive" check (amount_minor > 0);
      alter table "refund_attempts" add constraint "refund_attempts_state_check" check ("state" in ('SENT', 'PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'NOT_MADE'));
      alter table "refund_attempts" add constraint "refund_attempts_refund_id_foreign" foreign key ("refund_id") references "refunds" ("id");
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      drop table "refund_attempts";
      drop table "refund_lines";
      drop index "refunds_waiting_index";
      drop index "refunds_due_index";
      update "refunds" set "state" = 'CANCELED' where "state" in ('REQUESTED', 'PAID_OTHERWISE');
      create index "refunds_due_index" on "refunds" ("next_attempt_at") where state = 'DUE';
      drop index "refunds_order_payment_unique";
      create unique index "refunds_order_payment_unique" on "refunds" ("payment_intent_id") where is_ours and stripe_refund_id is null and state not in ('FAILED', 'CANCELED');
      drop index "refunds_idempotency_key_unique";
      alter table "refunds" drop constraint "refunds_claim_positive", drop constraint "refunds_claim_is_not_automatic";
      alter table "refunds" drop constraint "refunds_state_check";
      alter table "refunds" add constraint "refunds_state_check" check ("state" in ('DUE', 'PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'BLOCKED', 'SETTLED_ELSEWHERE'));
      alter table "refunds" drop column "claimed_minor", drop column "idempotency_key", drop column "request_fingerprint",
        drop column "requested_by", drop column "failure_reason", drop column "reference";
    `);
  }
}
