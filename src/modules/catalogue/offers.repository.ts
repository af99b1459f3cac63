/** Items on offer as baskets need them, by a prepared statement: every checkout and every quote reads them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { executePrepared, type PreparedStatement } from '../../platform/database/prepared-statement.js';
import { ItemType } from './item-type.js';

interface OfferedProduct {
  type: ItemType.PRODUCT;
  id: number;
  name: string;
  /** A piece, in minor units. */
  priceMinor: number;
  withdrawalRight: boolean;
}

interface OfferedEquipment {
  type: ItemType.EQUIPMENT;
  id: number;
  name: string;
  /** In minor units, as all that follow. */
  pricePerDayMinor: number;
  pricePerWeekMinor: number | null;
  pricePerMonthMinor: number | null;
  depositMinor: number | null;
  turnaroundDays: number;
  withdrawalRight: boolean;
}

export type Offer = OfferedProduct | OfferedEquipment;

interface Row {
  type: ItemType;
  id: number;
  name: string;
  price: string;
  weekly: string | null;
  monthly: string | null;
  deposit: string | null;
  turnaround: number;
  withdrawable: boolean;
}

const OFFERS: PreparedStatement = {
  name: 'offers',
  text: `select 'PRODUCT' as type, id, name, price_minor as price, null::bigint as weekly, null::bigint as monthly,
      null::bigint as deposit, 0 as turnaround, withdrawal_right as withdrawable
    from products where id = any($1) and active and currency = $3
    union all
    select 'EQUIPMENT', id, name, price_per_day_minor, price_per_week_minor, price_per_month_minor, deposit_minor,
      turnaround_days, withdrawal_right
    from equipment where id = any($2) and active and currency = $3`,
};

/** Those of the items that are on offer in the currency. */
export async function findOffers(
  em: EntityManager,
  { products, equipment }: { products: readonly number[]; equipment: readonly number[] },
  currency: string,
): Promise<Offer[]> {
  const rows = await executePrepared<Row>(em, OFFERS, [products, equipment, currency]);
  return rows.map(toOffer);
}

function toOffer({ type, id, name, price, weekly, monthly, deposit, turnaround, withdrawable }: Row): Offer {
  if (type === ItemType.PRODUCT) return { type, id, name, priceMinor: Number(price), withdrawalRight: withdrawable };
  return {
    type,
    id,
    name,
    pricePerDayMinor: Number(price),
    pricePerWeekMinor: amountOf(weekly),
    pricePerMonthMinor: amountOf(monthly),
    depositMinor: amountOf(deposit),
    turnaroundDays: turnaround,
    withdrawalRight: withdrawable,
  };
}

function amountOf(amount: string | null): number | null {
  return amount === null ? null : Number(amount);
}
