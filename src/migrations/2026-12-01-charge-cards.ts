/** Fees are charged to saved cards. */
import { Migration } from '@mikro-orm/migrations';

// Each statement on its own, and constraints are checked after they are there: no table is locked while its rows are
// read. What was cut off runs again from the start.
//
// A process of the version before may run beside. It knows neither DUE nor FAILED, which no fee is in without DEPOSITS, or
// a link whose session Stripe rejects. While an order has such a fee, for seconds mostly, a query there that asks for the
// state of its fees is answered with an error, and anonymizeCustomer there does not wait for the fee. Nothing is paid twice:
// it does not give out the link of such a fee, and does not end it. Waiving one there stores the request, which a process
// of this version completes.
export class ChargeCards extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.check('fees_state_check', `"state" in ('DUE', 'ACTION_REQUIRED', 'FAILED', 'PAID', 'WAIVED')`);
    this.check('fees_settled_once', `(settled_at is null) = (state in ('DUE', 'ACTION_REQUIRED', 'FAILED'))`);
    this.index('fees_look_index', '("next_look_at") where settled_at is null');
    this.index('fees_unpaid_index', '("created_at", "id") where settled_at is null');
    this.addSql(/* sql */ `
      create table if not exists "fee_card_charges" (
        "id" uuid not null,
        "fee_id" uuid not null,
        "state" text not null default 'SENT',
        "request" jsonb not null,
        "customer_id" varchar(255) null,
        "created_at" timestamptz not null,
        "not_found_at" timestamptz null,
        "payment_intent_id" varchar(255) null,
        "refusal" varchar(255) null,
        primary key ("id"),
        constraint "fee_card_charges_fee_id_unique" unique ("fee_id"),
        constraint "fee_card_charges_payment_intent_id_unique" unique ("payment_intent_id"),
        constraint "fee_card_charges_fee_id_foreign" foreign key ("fee_id") references "fees" ("id"),
        constraint "fee_card_charges_state_check" check ("state" in ('SENT', 'PAID', 'REFUSED')),
        constraint "fee_card_charges_sent_for_a_customer" check (state <> 'SENT' or customer_id is not null),
        constraint "fee_card_charges_paid_by_a_payment" check (state <> 'PAID' or payment_intent_id is not null),
        constraint "fee_card_charges_refused_for_a_reason" check ((refusal is not null) = (state = 'REFUSED'))
      )
    `);
  }

  private check(name: string, expression: string): void {
    this.addSql(/* sql */ `
      alter table "fees" drop constraint if exists "${name}", add constraint "${name}" check (${expression}) not valid
    `);
    this.addSql(/* sql */ `alter table "fees" validate constraint "${name}"`);
  }

  private index(name: string, definition: string): void {
    this.addSql(/* sql */ `drop index concurrently if exists "${name}"`);
    this.addSql(/* sql */ `create index concurrently "${name}" on "fees" ${definition}`);
  }

  override down(): void {
    this.addSql(/* sql */ `drop table if exists "fee_card_charges"`);
    this.addSql(/* sql */ `update "fees" set "state" = 'ACTION_REQUIRED' where "state" in ('DUE', 'FAILED')`);
    this.check('fees_state_check', `"state" in ('ACTION_REQUIRED', 'PAID', 'WAIVED')`);
    this.check('fees_settled_once', `(settled_at is null) = (state = 'ACTION_REQUIRED')`);
    this.index('fees_look_index', `("next_look_at") where state = 'ACTION_REQUIRED'`);
    this.index('fees_unpaid_index', `("created_at", "id") where state = 'ACTION_REQUIRED'`);
  }
}
