/**
 * The lines of an order as the inventory moves them. Plain SQL instead of entities: every payment
 * passes here, and all lines of an order move together.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { executePrepared, type PreparedStatement } from '../../platform/database/prepared-statement.js';
import type { CalendarDate } from '../../platform/kernel/calendar-date.js';
import type { ItemType } from '../catalogue/item-type.js';
import { HoldState } from '../inventory/hold-state.js';
import type { GoodsLine } from '../inventory/inventory.service.js';
import type { OrderLineState } from './order-line.entity.js';

const COLUMNS = `id, position, type, item_id as "itemId", quantity, days, start_date::text as "startDate",
  return_date::text as "returnDate"`;

/**
 * Sets the held lines of an order to confirmed, or released.
 *
 * @returns those lines as they were, for the inventory to move their goods in the same transaction
 */
export async function moveHeld(em: EntityManager, orderId: string, to: HoldState): Promise<GoodsLine[]> {
  return em.execute<GoodsLine[]>(
    `update order_lines set hold_state = ? where order_id = ? and hold_state = 'HELD'
     returning ${COLUMNS}, 'HELD' as "holdState"`,
    [to, orderId],
  );
}

/** The lines whose goods were released. */
export async function releasedGoods(em: EntityManager, orderId: string): Promise<GoodsLine[]> {
  return em.execute<GoodsLine[]>(
    `select ${COLUMNS}, hold_state as "holdState" from order_lines where order_id = ? and hold_state = 'RELEASED'`,
    [orderId],
  );
}

/** Stores the hold state of lines. */
export async function storeHoldState(em: EntityManager, lines: readonly GoodsLine[], state: HoldState): Promise<void> {
  if (lines.length === 0) return;
  const ids = lines.map(({ id }) => id);
  await em.execute('update order_lines set hold_state = ? where id in (?)', [state, ids]);
}

/** The orders of order lines, by the ids of both. */
export async function findOrdersOfLines(em: EntityManager, lineIds: readonly string[]): Promise<Map<string, string>> {
  if (lineIds.length === 0) return new Map();
  const rows = await em.execute<{ id: string; orderId: string }[]>(
    'select id, order_id as "orderId" from order_lines where id in (?)',
    [lineIds],
  );
  return new Map(rows.map(({ id, orderId }) => [id, orderId]));
}

/** A line that was paid for. */
export interface PaidLine {
  id: string;
  orderId: string;
  name: string;
}

/** The lines among these that were paid for, whatever became of their goods. */
export async function findPaidLines(em: EntityManager, lineIds: readonly string[]): Promise<PaidLine[]> {
  if (lineIds.length === 0) return [];
  return em.execute(
    `select id, order_id as "orderId", name from order_lines where id in (?) and hold_state in ('CONFIRMED', 'RETURNED')`,
    [lineIds],
  );
}

/** The lines of orders. */
export async function findLines(
  em: EntityManager,
  orderIds: readonly string[],
): Promise<{ id: string; orderId: string; type: ItemType }[]> {
  return em.execute('select id, order_id as "orderId", type from order_lines where order_id in (?)', [orderIds]);
}

/** A line as it is stored, with the id of its order. */
export type StoredLine = Omit<OrderLineState, 'order'> & { orderId: string };

/** The columns of a line as it is stored. */
export const LINE_SELECTION = `${COLUMNS}, order_id as "orderId", name, hold_state as "holdState",
  end_date::text as "endDate", unit_price_minor as "unitPriceMinor", rate_months as "rateMonths",
  rate_weeks as "rateWeeks", rate_days as "rateDays", rate_minor as "rateMinor", deposit_minor as "depositMinor",
  amount_minor as "amountMinor", fulfilled_quantity as "fulfilledQuantity", returned_quantity as "returnedQuantity",
  received_back_quantity as "receivedBackQuantity", refunded_minor as "refundedMinor",
  withdrawal_right as "withdrawalRight", withdrawn_quantity as "withdrawnQuantity"`;

const LINES_OF_ORDERS: PreparedStatement = {
  name: 'lines of orders',
  text: `select to_json(line) as line from (select ${LINE_SELECTION} from order_lines where order_id = any($1)) as line
    order by line.position`,
};

/** The lines of orders, in the order of their baskets. */
export async function findLinesOfOrders(em: EntityManager, orderIds: readonly string[]): Promise<StoredLine[]> {
  const rows = await executePrepared<{ line: StoredLine }>(em, LINES_OF_ORDERS, [orderIds]);
  return rows.map(({ line }) => line);
}

/** The first days, by order, of rentals with a deposit of which units are out, or still to be fetched. */
export async function findRentalsOutOrToCome(
  em: EntityManager,
  orderIds: readonly string[],
  today: CalendarDate,
): Promise<{ orderId: string; startDate: CalendarDate }[]> {
  if (orderIds.length === 0) return [];
  return em.execute(
    `select distinct order_id as "orderId", start_date::text as "startDate" from order_lines
     where order_id in (?) and deposit_minor > 0 and hold_state = 'CONFIRMED'
       and (fulfilled_quantity > received_back_quantity or return_date >= ?)`,
    [orderIds, today],
  );
}
