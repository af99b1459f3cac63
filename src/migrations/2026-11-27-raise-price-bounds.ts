/** Prices may have twelve digits: Stripe charges so much of a currency whose unit is worth little. */
import { Migration } from '@mikro-orm/migrations';

const LARGEST = '999999999999';
const LARGEST_BEFORE = '99999999';

// Every stored price is within the wider bounds; the narrower ones are put back for rows to come alone, since staff may
// have entered greater prices meanwhile.
export class RaisePriceBounds extends Migration {
  override up(): void {
    this.bound(LARGEST, '');
  }

  override down(): void {
    this.bound(LARGEST_BEFORE, ' not valid');
  }

  private bound(largest: string, validity: string): void {
    const within = (...columns: string[]) =>
      `check (${columns.map((column) => `${column} >= 0 and ${column} <= ${largest}`).join(' and ')})${validity}`;
    this.addSql(/* sql */ `
      alter table "products" drop constraint "products_price_bounds",
        add constraint "products_price_bounds" ${within('price_minor')};
      alter table "equipment"
        drop constraint "equipment_price_bounds",
        drop constraint "equipment_longer_prices_bounds",
        drop constraint "equipment_deposit_bounds",
        add constraint "equipment_price_bounds" ${within('price_per_day_minor')},
        add constraint "equipment_longer_prices_bounds" ${within('price_per_week_minor', 'price_per_month_minor')},
        add constraint "equipment_deposit_bounds" ${within('deposit_minor')};
    `);
  }
}
