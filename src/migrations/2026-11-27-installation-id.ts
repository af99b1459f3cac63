/** Which installation of the shop this database is, and which of them placed an order: several may share a Stripe account. */
import { Migration } from '@mikro-orm/migrations';

export class InstallationId extends Migration {
  override up(): void {
    // Orders placed before were told to Stripe without it, and stay so.
    this.addSql(/* sql */ `
      create table "installations" ("id" int not null, "installation_id" uuid not null, primary key ("id"));
      alter table "installations" add constraint "installations_one_row" check (id = 1);
      insert into "installations" ("id", "installation_id") values (1, gen_random_uuid());
      alter table "orders" add column "installation_id" uuid null;
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      alter table "orders" drop column "installation_id";
      drop table "installations";
    `);
  }
}
