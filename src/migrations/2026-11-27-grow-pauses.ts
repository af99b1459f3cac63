/** Orders that jobs fail to process wait longer each time: the attempts are counted. */
import { Migration } from '@mikro-orm/migrations';

export class GrowPauses extends Migration {
  override up(): void {
    this.addSql(/* sql */ `
      alter table "orders"
        add column "check_attempts" int not null default 0, add column "money_read_attempts" int not null default 0;
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `
      alter table "orders" drop column "check_attempts", drop column "money_read_attempts";
    `);
  }
}
