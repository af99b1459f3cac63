/**
 * Refunds of what is left of a payment: how often Stripe is called with a new key, when they failed, what disputes have
 * taken.
 */
import { Migration } from '@mikro-orm/migrations';

export class RefundTheRest extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      alter table "refunds" add column "key_number" int not null default 1, add column "failed_at" timestamptz null,
        add column "recorded_at" timestamptz null;
      alter table "refunds" drop constraint "refunds_state_check";
      alter table "refunds" add constraint "refunds_state_check" check ("state" in ('DUE', 'PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'BLOCKED', 'SETTLED_ELSEWHERE'));
      drop index "refunds_order_payment_unique";
      create unique index "refunds_order_payment_unique" on "refunds" ("payment_intent_id") where is_ours and stripe_refund_id is null and state not in ('FAILED', 'CANCELED');
      alter table "disputes" add column "taken_minor" bigint not null default '0';
      update "disputes" set "taken_minor" = "amount_minor" where "state" in ('OPEN', 'LOST');
    `);
    // What the new rules make of these, the job finds out from Stripe.
    this.addSql(/* sql */ `
      update "orders" set "money_news" = "money_news" + 1 where "id" in (
        select "order_id" from "refunds" where "state" in ('FAILED', 'BLOCKED') union select "order_id" from "disputes");
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      alter table "disputes" drop column "taken_minor";
      drop index "refunds_order_payment_unique";
      update "refunds" set "state" = 'CANCELED' where "state" = 'SETTLED_ELSEWHERE';
      update "refunds" r set "is_ours" = false where "is_ours" and "stripe_refund_id" is not null and exists (
        select from "refunds" later where later."is_ours" and later."payment_intent_id" = r."payment_intent_id"
          and later."state" not in ('FAILED', 'CANCELED') and (later."created_at", later."id") > (r."created_at", r."id"));
      create unique index "refunds_order_payment_unique" on "refunds" ("payment_intent_id") where is_ours and state not in ('FAILED', 'CANCELED');
      alter table "refunds" drop constraint "refunds_state_check";
      alter table "refunds" add constraint "refunds_state_check" check ("state" in ('DUE', 'PENDING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'BLOCKED'));
      alter table "refunds" drop column "key_number", drop column "failed_at", drop column "recorded_at";
    `);
  }
}
