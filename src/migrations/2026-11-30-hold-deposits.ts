/** Deposits: the sums that are held on buyers' cards, and what is taken of them. */
import { Migration } from '@mikro-orm/migrations';

export class HoldDeposits extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      create table "deposits" (
        "id" uuid not null,
        "order_id" uuid not null,
        "start_date" date not null,
        "amount_minor" bigint not null,
        "currency" char(3) not null,
        "state" text not null default 'SCHEDULED',
        "held_until" timestamptz null,
        "waiting_since" timestamptz null,
        "token" char(43) not null,
        "created_at" timestamptz not null,
        "news" int not null default 0,
        "next_look_at" timestamptz null,
        "release_at" timestamptz null,
        "release_requested_at" timestamptz null,
        "released_by" varchar(300) null,
        "release_note" varchar(300) null,
        "settled_at" timestamptz null,
        primary key ("id")
      );
      alter table "deposits" add constraint "deposits_token_unique" unique ("token");
      create index "deposits_look_index" on "deposits" ("next_look_at") where settled_at is null;
      create index "deposits_live_index" on "deposits" ("created_at", "id") where settled_at is null and state <> 'SCHEDULED';
      create index "deposits_waiting_index" on "deposits" ("waiting_since", "id") where waiting_since is not null;
      alter table "deposits" add constraint "deposits_order_start_unique" unique ("order_id", "start_date");
      create table "deposit_holds" (
        "id" uuid not null,
        "deposit_id" uuid not null,
        "number" int not null,
        "kind" text not null,
        "state" text not null default 'SENT',
        "amount_minor" bigint not null,
        "request" jsonb not null,
        "customer_id" varchar(255) null,
        "created_at" timestamptz not null,
        "expires_at" timestamptz null,
        "session_id" varchar(255) null,
        "url" text null,
        "payment_intent_id" varchar(255) null,
        "capture_before" timestamptz null,
        "refusal" varchar(100) null,
        "not_found_at" timestamptz null,
        "end_requested_at" timestamptz null,
        "received_minor" bigint null,
        primary key ("id")
      );
      create index "deposit_holds_deposit_id_index" on "deposit_holds" ("deposit_id");
      alter table "deposit_holds" add constraint "deposit_holds_session_id_unique" unique ("session_id");
      alter table "deposit_holds" add constraint "deposit_holds_payment_intent_id_unique" unique ("payment_intent_id");
      create unique index "deposit_holds_open_unique" on "deposit_holds" ("deposit_id") where state in ('SENT', 'OPEN');
      create unique index "deposit_holds_current_unique" on "deposit_holds" ("deposit_id") where state = 'HELD' and end_requested_at is null;
      alter table "deposit_holds" add constraint "deposit_holds_number_unique" unique ("deposit_id", "number");
      create table "deposit_captures" (
        "id" uuid not null,
        "deposit_id" uuid not null,
        "deposit_hold_id" uuid not null,
        "amount_minor" bigint not null,
        "reason" text not null,
        "note" varchar(300) not null,
        "requested_by" varchar(300) not null,
        "idempotency_key" varchar(255) not null,
        "request_fingerprint" char(64) not null,
        "created_at" timestamptz not null,
        "state" text not null default 'REQUESTED',
        primary key ("id")
      );
      create index "deposit_captures_deposit_hold_id_index" on "deposit_captures" ("deposit_hold_id");
      create unique index "deposit_captures_standing_unique" on "deposit_captures" ("deposit_id") where state <> 'FAILED';
      alter table "deposit_captures" add constraint "deposit_captures_idempotency_key_unique" unique ("deposit_id", "idempotency_key");
      alter table "deposits" add constraint "deposits_order_id_foreign" foreign key ("order_id") references "orders" ("id");
      alter table "deposits" add constraint "deposits_amount_positive" check (amount_minor > 0);
      alter table "deposits" add constraint "deposits_settled_once" check ((settled_at is not null) = (state in ('CAPTURED', 'RELEASED')));
      alter table "deposits" add constraint "deposits_held_until_known" check (state <> 'AUTHORIZED' or held_until is not null);
      alter table "deposits" add constraint "deposits_waits_while_open" check (waiting_since is null or settled_at is null);
      alter table "deposits" add constraint "deposits_state_check" check ("state" in ('SCHEDULED', 'AUTHORIZED', 'ACTION_REQUIRED', 'FAILED', 'EXPIRED', 'CAPTURED', 'RELEASED'));
      alter table "deposit_holds" add constraint "deposit_holds_deposit_id_foreign" foreign key ("deposit_id") references "deposits" ("id");
      alter table "deposit_holds" add constraint "deposit_holds_amount_positive" check (amount_minor > 0);
      alter table "deposit_holds" add constraint "deposit_holds_open_has_address" check (state <> 'OPEN' or (session_id is not null and url is not null));
      alter table "deposit_holds" add constraint "deposit_holds_held_has_payment" check ((state <> 'HELD' and state <> 'CAPTURED') or payment_intent_id is not null);
      alter table "deposit_holds" add constraint "deposit_holds_received_when_captured" check ((received_minor is not null) = (state = 'CAPTURED'));
      alter table "deposit_holds" add constraint "deposit_holds_kind_check" check ("kind" in ('SAVED_CARD', 'SESSION'));
      alter table "deposit_holds" add constraint "deposit_holds_state_check" check ("state" in ('SENT', 'OPEN', 'HELD', 'CAPTURED', 'EXPIRED', 'CANCELED', 'REFUSED', 'UNUSED', 'NOT_MADE'));
      alter table "deposit_captures" add constraint "deposit_captures_deposit_id_foreign" foreign key ("deposit_id") references "deposits" ("id");
      alter table "deposit_captures" add constraint "deposit_captures_deposit_hold_id_foreign" foreign key ("deposit_hold_id") references "deposit_holds" ("id");
      alter table "deposit_captures" add constraint "deposit_captures_amount_positive" check (amount_minor > 0);
      alter table "deposit_captures" add constraint "deposit_captures_reason_check" check ("reason" in ('DAMAGE', 'LOSS', 'LATE', 'CLEANING', 'OTHER'));
      alter table "deposit_captures" add constraint "deposit_captures_state_check" check ("state" in ('REQUESTED', 'DONE', 'FAILED'));
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      drop table "deposit_captures";
      drop table "deposit_holds";
      drop table "deposits";
    `);
  }
}
