/** Sessions may save the buyer's card; a payment by a saved card has no session. */
import { Migration } from '@mikro-orm/migrations';

export class SaveCards extends Migration {
  override up(): void {
    this.addSql(/* sql */ `alter table "orders" add column "saves_card" boolean not null default false`);
    this.addSql(/* sql */ `alter table "payments" alter column "checkout_session_id" drop not null`);
  }

  override down(): void {
    this.addSql(/* sql */ `update "payments" set "checkout_session_id" = '' where "checkout_session_id" is null`);
    this.addSql(/* sql */ `alter table "payments" alter column "checkout_session_id" set not null`);
    this.addSql(/* sql */ `alter table "orders" drop column "saves_card"`);
  }
}
