/**
 * The lines of an order as the inventory moves them. Read and written by SQL instead of as entities: every payment
 * passes here, and all lines of an order move together.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { HoldState } from '../inventory/hold-state.js';
import type { GoodsLine } from '../inventory/inventory.service.js';

export async function goodsOf(em: EntityManager, orderId: string): Promise<GoodsLine[]> {
  return em.execute<GoodsLine[]>(
    `select id, position, type, item_id as "itemId", quantity, days, start_date::text as "startDate",
       return_date::text as "returnDate", hold_state as "holdState"
     from order_lines where order_id = ? order by position`,
    [orderId],
  );
}

/** What the inventory has done to the lines that stood there before. */
export async function storeHoldState(em: EntityManager, orderId: string, to: HoldState): Promise<void> {
  await em.execute('update order_lines set hold_state = ? where order_id = ? and hold_state <> ?', [to, orderId, to]);
}
