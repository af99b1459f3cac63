/** Fees that buyers owe beside an order, and the sessions in which they pay them. */
import { Migration } from '@mikro-orm/migrations';

export class ChargeFees extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      create table "fees" (
        "id" uuid not null,
        "order_id" uuid not null,
        "kind" text not null,
        "amount_minor" bigint not null,
        "currency" char(3) not null,
        "note" varchar(300) not null,
        "order_line_id" uuid null,
        "unit_id" int null,
        "state" text not null default 'ACTION_REQUIRED',
        "token" char(43) not null,
        "requested_by" varchar(300) not null,
        "idempotency_key" varchar(255) not null,
        "request_fingerprint" char(64) not null,
        "created_at" timestamptz not null,
        "waive_requested_at" timestamptz null,
        "waived_by" varchar(300) null,
        "waive_note" varchar(300) null,
        "next_look_at" timestamptz null,
        "settled_at" timestamptz null,
        "payment_intent_id" varchar(255) null,
        primary key ("id")
      );
      alter table "fees" add constraint "fees_token_unique" unique ("token");
      alter table "fees" add constraint "fees_payment_intent_id_unique" unique ("payment_intent_id");
      alter table "fees" add constraint "fees_idempotency_key_unique" unique ("order_id", "idempotency_key");
      create unique index "fees_late_unique" on "fees" ("order_line_id", "unit_id") where kind = 'LATE' and state <> 'WAIVED';
      create index "fees_line_index" on "fees" ("order_line_id");
      create index "fees_look_index" on "fees" ("next_look_at") where state = 'ACTION_REQUIRED';
      create index "fees_unpaid_index" on "fees" ("created_at", "id") where state = 'ACTION_REQUIRED';
      alter table "fees" add constraint "fees_kind_check" check ("kind" in ('LATE', 'DAMAGE', 'CLEANING', 'OTHER'));
      alter table "fees" add constraint "fees_state_check" check ("state" in ('ACTION_REQUIRED', 'PAID', 'WAIVED'));
      alter table "fees" add constraint "fees_amount_positive" check (amount_minor > 0);
      alter table "fees" add constraint "fees_late_names_the_unit" check (kind <> 'LATE' or (order_line_id is not null and unit_id is not null));
      alter table "fees" add constraint "fees_settled_once" check ((settled_at is null) = (state = 'ACTION_REQUIRED'));
      alter table "fees" add constraint "fees_paid_by_a_payment" check ((payment_intent_id is not null) = (state = 'PAID'));
      alter table "fees" add constraint "fees_waived_by_somebody" check (state <> 'WAIVED' or waive_requested_at is not null);
      alter table "fees" add constraint "fees_order_id_foreign" foreign key ("order_id") references "orders" ("id");
      alter table "fees" add constraint "fees_order_line_id_foreign" foreign key ("order_line_id") references "order_lines" ("id");
      create table "fee_sessions" (
        "id" uuid not null,
        "fee_id" uuid not null,
        "state" text not null default 'SENT',
        "request" jsonb not null,
        "created_at" timestamptz not null,
        "expires_at" timestamptz not null,
        "session_id" varchar(255) null,
        "url" text null,
        primary key ("id")
      );
      alter table "fee_sessions" add constraint "fee_sessions_session_id_unique" unique ("session_id");
      create unique index "fee_sessions_open_unique" on "fee_sessions" ("fee_id") where state in ('SENT', 'OPEN');
      alter table "fee_sessions" add constraint "fee_sessions_state_check" check ("state" in ('SENT', 'OPEN', 'PAID', 'EXPIRED', 'NOT_MADE'));
      alter table "fee_sessions" add constraint "fee_sessions_open_has_address" check (state <> 'OPEN' or (session_id is not null and url is not null));
      alter table "fee_sessions" add constraint "fee_sessions_fee_id_foreign" foreign key ("fee_id") references "fees" ("id");
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      drop table "fee_sessions";
      drop table "fees";
    `);
  }
}
