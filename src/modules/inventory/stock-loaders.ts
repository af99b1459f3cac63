/** Reads stock for many items of one answer at once. */
import type { EntityManager } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';

export interface StockLoaders {
  /** Pieces of a product that can still be bought; null is unlimited. */
  piecesLeft: DataLoader<number, number | null>;
  /** Units of an equipment in service, booked ones included. */
  unitCount: DataLoader<number, number>;
}

/** Loaders for one operation: what they have read they remember. */
export function createStockLoaders(em: EntityManager): StockLoaders {
  return {
    piecesLeft: new DataLoader(async (ids) => {
      const rows = await em.execute<{ id: number; left: number | null }[]>(
        'select product_id as id, on_hand - held as left from product_stocks where product_id in (?)',
        [ids],
      );
      const left = new Map(rows.map((row) => [row.id, row.left]));
      return ids.map((id) => (left.has(id) ? (left.get(id) ?? null) : 0));
    }),
    unitCount: new DataLoader(async (ids) => {
      const rows = await em.execute<{ id: number; units: number }[]>(
        `select equipment_id as id, count(*)::int as units from equipment_units
         where equipment_id in (?) and active group by equipment_id`,
        [ids],
      );
      const units = new Map(rows.map((row) => [row.id, row.units]));
      return ids.map((id) => units.get(id) ?? 0);
    }),
  };
}
