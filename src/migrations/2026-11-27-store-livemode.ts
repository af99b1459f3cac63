/** A database belongs to an account and to one of its modes: in both, Stripe's account has the same id. */
import { Migration } from '@mikro-orm/migrations';

export class StoreLivemode extends Migration {
  override up(): void {
    // No id where the key may not read its account.
    this.addSql(/* sql */ `
      alter table "stripe_accounts" alter column "account_id" drop not null, add column "livemode" boolean null;
    `);
    // What was live once is live, whatever was tried in it before. Events of the other mode had been ignored.
    this.addSql(/* sql */ `
      insert into "stripe_accounts" ("id", "livemode")
      select 1, bool_or("livemode") from (
        select "livemode" from "inbox_events" where "state" <> 'IGNORED'
        union all
        select "checkout_session_id" like 'cs_live_%' from "orders"
        where "checkout_session_id" like 'cs_live_%' or "checkout_session_id" like 'cs_test_%'
      ) as "evidence" having count(*) > 0
      on conflict ("id") do update set "livemode" = excluded."livemode";
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      delete from "stripe_accounts" where "account_id" is null;
      alter table "stripe_accounts" alter column "account_id" set not null, drop column "livemode";
    `);
  }
}
