/** An order whose refunds cannot be read waits behind the others, instead of in front of them. */
import { Migration } from '@mikro-orm/migrations';

export class ReadMoneyInTurns extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      alter table "orders" add column "money_read_due_at" timestamptz null;
      drop index "orders_money_news_index";
      create index "orders_money_news_index" on "orders" ("money_read_due_at") where money_news > money_news_read;
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      drop index "orders_money_news_index";
      create index "orders_money_news_index" on "orders" ("id") where money_news > money_news_read;
      alter table "orders" drop column "money_read_due_at";
    `);
  }
}
