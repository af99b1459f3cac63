/** Finds orders by what is in them: a customer, or an item of their lines. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ItemType } from '../catalogue/item-type.js';
import { CUSTOMER_TEXT } from './order.entity.js';
import type { OrderStatus } from './order-status.js';

export interface OrderSearch {
  /** Null for everybody's. */
  buyerId: string | null;
  status: OrderStatus | null;
  /** From this instant on. */
  placedFrom: Date | null;
  /** Up to this instant, which is not included. */
  placedBefore: Date | null;
  /** Only orders that come after this one in the list. */
  after: { createdAt: Date; id: string } | null;
  item: { type: ItemType; id: number } | null;
  /** Each somewhere in the customer's name or address; one without three letters in a row begins a part of it. */
  customerWords: readonly string[];
  limit: number;
}

/** A condition with its parameters. */
type Condition = [sql: string, ...parameters: unknown[]];

// What is in one order of two hundred, or in more, is found in so many of the newest ones; of anything else there is so
// little that all of it is read by its own index, and sorted. Neither way alone is short for both.
const RECENT_PER_RESULT = 200;

/** The ids of the orders, the newest first. */
export async function searchOrders(em: EntityManager, search: OrderSearch): Promise<string[]> {
  const { limit } = search;
  const scope = joined(scopeOf(search));
  const match = joined(matchOf(search));
  const every = everyOrder(search);
  const rows = await em.execute<{ id: string }[]>(
    `with recent as materialized (
       select o.id, o.created_at from (
         select * from orders o where ${scope.sql} order by o.created_at desc, o.id desc limit ?
       ) o where ${match.sql} order by o.created_at desc, o.id desc limit ?
     ), every as materialized (
       select o.id, o.created_at from ${every.sql} where ${scope.sql} and ${match.sql}
         and (select count(*) from recent) < ?
     )
     select id from (select * from recent union select * from every) found order by created_at desc, id desc limit ?`,
    [
      ...scope.parameters,
      limit * RECENT_PER_RESULT,
      ...match.parameters,
      limit,
      ...every.parameters,
      ...scope.parameters,
      ...match.parameters,
      limit,
      limit,
    ],
  );
  return rows.map(({ id }) => id);
}

/** For which there are indexes in the order of the list. */
function scopeOf({ buyerId, status, placedFrom, placedBefore, after }: OrderSearch): Condition[] {
  const conditions: Condition[] = [];
  if (buyerId !== null) conditions.push(['o.buyer_id = ?', buyerId]);
  if (status !== null) conditions.push(['o.status = ?', status]);
  if (placedFrom !== null) conditions.push(['o.created_at >= ?', placedFrom]);
  if (placedBefore !== null) conditions.push(['o.created_at < ?', placedBefore]);
  if (after !== null) conditions.push(['(o.created_at, o.id) < (?, ?)', after.createdAt, after.id]);
  return conditions;
}

/** By the lines of the item, where nothing else says which orders: the planner would rather read half of the orders. */
function everyOrder({ buyerId, status, item, customerWords }: OrderSearch): { sql: string; parameters: unknown[] } {
  if (item === null || buyerId !== null || status !== null || customerWords.length > 0) {
    return { sql: 'orders o', parameters: [] };
  }
  const lines = 'select distinct l.order_id from order_lines l where l.type = ? and l.item_id = ?';
  const order = 'select o.id, o.created_at from orders o where o.id = l.order_id offset 0';
  return { sql: `(${lines}) l cross join lateral (${order}) o`, parameters: [item.type, item.id] };
}

function matchOf({ item, customerWords }: OrderSearch): Condition[] {
  const conditions = customerWords.map((word): Condition => [`${CUSTOMER_TEXT} like lower(?)`, patternOf(word)]);
  if (item !== null) {
    const lines = 'select from order_lines l where l.order_id = o.id and l.type = ? and l.item_id = ?';
    conditions.push([`exists (${lines})`, item.type, item.id]);
  }
  return conditions;
}

function joined(conditions: readonly Condition[]): { sql: string; parameters: unknown[] } {
  const sql = conditions.map(([condition]) => condition).join(' and ');
  return { sql: sql || 'true', parameters: conditions.flatMap(([, ...parameters]) => parameters) };
}

/** With fewer letters in a row the index could not find it, unless it is known where it begins. */
function patternOf(word: string): string {
  const start = /[\p{L}\p{N}]{3}/u.test(word) ? '%' : '% ';
  return `${start}${word.replace(/[\\%_]/g, '\\$&')}%`;
}
