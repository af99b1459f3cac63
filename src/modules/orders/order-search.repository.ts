/** Finds orders by what is in them: a customer, or an item of their lines. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ItemType } from '../catalogue/item-type.js';
import { FulfillmentStatus } from './fulfillment-status.js';
import { CUSTOMER_TEXT } from './order.entity.js';
import type { OrderStatus } from './order-status.js';
import type { DisputeStatus, RefundStatus } from './refund-and-dispute-status.js';

/** What became of an order beside its status; null for anything. */
export interface OrderAftermath {
  refundStatus: RefundStatus | null;
  disputeStatus: DisputeStatus | null;
  /** Of paid orders, except for CANCELED. */
  fulfillmentStatus: FulfillmentStatus | null;
}

export interface OrderSearch extends OrderAftermath {
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

/** A condition or a query, with its parameters. */
type Fragment = [sql: string, ...parameters: unknown[]];

// What is in one order of two hundred, or in more, is found in so many of the newest ones; of anything else there is so
// little that all of it is read by its own index, and sorted. Neither way alone is short for both.
const RECENT_PER_RESULT = 200;

/** The ids of the orders, the newest first. */
export async function searchOrders(em: EntityManager, search: OrderSearch): Promise<string[]> {
  const { limit } = search;
  const [recent, ...recentParameters] = recentMatches(search);
  const [every, ...everyParameters] = everyMatch(search);
  const rows = await em.execute<{ id: string }[]>(
    `with recent as materialized (${recent}), every as materialized (${every})
     select id from (select * from recent union select * from every) found order by created_at desc, id desc limit ?`,
    [...recentParameters, ...everyParameters, limit],
  );
  return rows.map(({ id }) => id);
}

/** Those among the newest orders. */
function recentMatches(search: OrderSearch): Fragment {
  const [scope, ...scopeParameters] = joined(scopeOf(search));
  const [match, ...matchParameters] = joined(matchOf(search));
  return [
    `select o.id, o.created_at from (
       select * from orders o where ${scope} order by o.created_at desc, o.id desc limit ?
     ) o where ${match} order by o.created_at desc, o.id desc limit ?`,
    ...scopeParameters,
    search.limit * RECENT_PER_RESULT,
    ...matchParameters,
    search.limit,
  ];
}

/** All of them, where the recent ones are not enough. */
function everyMatch(search: OrderSearch): Fragment {
  const { item, limit } = search;
  const [scope, ...scopeParameters] = joined(scopeOf(search));
  if (item === null || !isByItemAlone(search)) {
    const [match, ...matchParameters] = joined(matchOf(search));
    return [
      `select o.id, o.created_at from orders o where ${scope} and ${match} and (select count(*) from recent) < ?`,
      ...scopeParameters,
      ...matchParameters,
      limit,
    ];
  }
  // By the lines of the item, where nothing else says which orders: the planner would rather read half of the orders.
  return [
    `select o.id, o.created_at from (
       select o.id, o.created_at from orders o
       where o.id = any(array(select l.order_id from order_lines l where l.type = ? and l.item_id = ?)) offset 0
     ) o where ${scope} and (select count(*) from recent) < ? order by o.created_at desc, o.id desc limit ?`,
    item.type,
    item.id,
    ...scopeParameters,
    limit,
    limit,
  ];
}

/** Whether nothing but the item, and the days, says which orders. */
function isByItemAlone({ buyerId, status, customerWords, ...search }: OrderSearch): boolean {
  const { refundStatus, disputeStatus, fulfillmentStatus } = search;
  const chosen = [buyerId, status, refundStatus, disputeStatus, fulfillmentStatus];
  return chosen.every((value) => value === null) && customerWords.length === 0;
}

/** For which there are indexes in the order of the list. */
function scopeOf(search: OrderSearch): Fragment[] {
  const { buyerId, status, placedFrom, placedBefore, after } = search;
  const conditions: Fragment[] = [];
  if (buyerId !== null) conditions.push(['o.buyer_id = ?', buyerId]);
  if (status !== null) conditions.push(['o.status = ?', status]);
  const { refundStatus, disputeStatus, fulfillmentStatus } = search;
  if (refundStatus !== null) conditions.push(['o.refund_status = ?', refundStatus]);
  if (disputeStatus !== null) conditions.push(['o.dispute_status = ?', disputeStatus]);
  if (fulfillmentStatus !== null) conditions.push(['o.fulfillment_status = ?', fulfillmentStatus]);
  if (isOfPaidOrders(fulfillmentStatus)) conditions.push([`o.status = 'PAID'`]);
  if (placedFrom !== null) conditions.push(['o.created_at >= ?', placedFrom]);
  if (placedBefore !== null) conditions.push(['o.created_at < ?', placedBefore]);
  if (after !== null) conditions.push(['(o.created_at, o.id) < (?, ?)', after.createdAt, after.id]);
  return conditions;
}

/** Goods of orders that are not paid are not handed over, and wait for nobody. */
export function isOfPaidOrders(status: FulfillmentStatus | null): boolean {
  return status !== null && status !== FulfillmentStatus.CANCELED;
}

function matchOf({ item, customerWords }: OrderSearch): Fragment[] {
  const conditions = customerWords.map((word): Fragment => [`${CUSTOMER_TEXT} like lower(?)`, patternOf(word)]);
  if (item !== null) {
    const lines = 'select from order_lines l where l.order_id = o.id and l.type = ? and l.item_id = ?';
    conditions.push([`exists (${lines})`, item.type, item.id]);
  }
  return conditions;
}

function joined(conditions: readonly Fragment[]): Fragment {
  const sql = conditions.map(([condition]) => condition).join(' and ');
  return [sql || 'true', ...conditions.flatMap(([, ...parameters]) => parameters)];
}

/** With fewer letters in a row the index could not find it, unless it is known where it begins. */
function patternOf(word: string): string {
  const start = /[\p{L}\p{N}]{3}/u.test(word) ? '%' : '% ';
  return `${start}${word.replace(/[\\%_]/g, '\\$&')}%`;
}
