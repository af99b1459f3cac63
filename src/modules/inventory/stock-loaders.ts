/** Reads stock for many items of one response at once. */
import type { EntityManager } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';

export interface StockLoaders {
  /** Pieces of a product that can still be bought; null is unlimited. */
  piecesLeft: DataLoader<number, number | null>;
}

/** Loaders for one operation: they cache what they have read. */
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
  };
}
