/** An index of the units that came back late: what late fees are proposed for. */
import { Migration } from '@mikro-orm/migrations';

// Without holding up those who write meanwhile. One that was cut off is removed when it runs again.
export class ProposeLateFees extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    this.addSql(/* sql */ `drop index concurrently if exists "bookings_late_index"`);
    this.addSql(/* sql */ `
      create index concurrently "bookings_late_index" on "bookings" ("returned_on") where returned_on > return_date
    `);
  }

  override down(): void {
    this.addSql(/* sql */ `drop index if exists "bookings_late_index"`);
  }
}
