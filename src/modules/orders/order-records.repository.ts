/** Reads and saves orders by prepared statements. */
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  executeAsTransaction,
  executeLater,
  executePrepared,
  type PreparedStatement,
  preparedStatement,
} from '../../platform/database/prepared-statement.js';
import { LINE_SELECTION, type StoredLine } from './order-lines.repository.js';
import { type OrderRecord, type OrderRow, type OrderWithRequest, orderMapping } from './order-record.js';
import type { TimelineRow } from './order-rules.js';

/** What an order can be found by. */
export type OrderKey = 'id' | 'checkoutSessionId' | 'paymentIntentId';

const KEY_COLUMNS = { id: 'id', checkoutSessionId: 'checkout_session_id', paymentIntentId: 'payment_intent_id' };

const FIND_BY = {
  id: 'find order',
  checkoutSessionId: 'find order by session',
  paymentIntentId: 'find order by payment',
};
const LOCK_BY = {
  id: 'lock order',
  checkoutSessionId: 'lock order by session',
  paymentIntentId: 'lock order by payment',
};

// What stood in the columns of a locked order.
const loadedValues = new WeakMap<OrderRecord, readonly unknown[]>();
// A handful: one for each set of columns that some kind of event changes.
const saveStatements = new Map<string, string>();

/**
 * The order as it is stored now, with its lines in the order of the basket; null when there is none.
 *
 * @param buyerId whose it has to be; null for anybody's
 */
export async function findOrder(
  em: EntityManager,
  key: OrderKey,
  value: string,
  buyerId: string | null,
): Promise<{ order: OrderRecord; lines: StoredLine[] } | null> {
  const mapping = orderMapping(em);
  const statement = preparedStatement(
    FIND_BY[key],
    () => `select ${mapping.selection} as "order", (
      select coalesce(json_agg(line order by line.position), '[]')
      from (select ${LINE_SELECTION} from order_lines where order_id = orders.id) as line
    ) as lines
    from orders where ${KEY_COLUMNS[key]} = $1 and ($2::text is null or buyer_id = $2)`,
  );
  const [row] = await executePrepared<FoundOrder & { lines: StoredLine[] }>(em, statement, [value, buyerId]);
  return row === undefined ? null : { order: mapping.toRecord(row.order), lines: row.lines };
}

interface FoundOrder {
  order: OrderRow;
}

/** The order with its request to Stripe, as both are stored now. @throws Error where there is none */
export async function findOrderWithRequest(em: EntityManager, id: string): Promise<OrderWithRequest> {
  const mapping = orderMapping(em);
  const statement = preparedStatement(
    'order with request',
    () => `select ${mapping.selection} as "order", stripe_request as "stripeRequest" from orders where id = $1`,
  );
  const [row] = await executePrepared<FoundOrder & { stripeRequest: Record<string, unknown> }>(em, statement, [id]);
  if (row === undefined) throw new Error(`Order ${id} is gone.`);
  return Object.assign(mapping.toRecord(row.order), { stripeRequest: row.stripeRequest });
}

const STORE_SESSION = `update orders set checkout_session_id = $2, checkout_url = $3
  where id = $1 and checkout_session_id is null`;

/**
 * Stores the session of an order that has none, in a transaction of one statement: it waits for those who have locked
 * the order, and looks at the order as it is then.
 *
 * @returns the order afterwards; null when it had a session
 */
export async function storeSession(
  em: EntityManager,
  id: string,
  { sessionId, url }: { sessionId: string; url: string | null },
): Promise<OrderRecord | null> {
  const mapping = orderMapping(em);
  const statement = preparedStatement(
    'store session',
    () => `${STORE_SESSION} returning ${mapping.selection} as "order"`,
  );
  const [row] = await executeAsTransaction<FoundOrder>(em, statement, [id, sessionId, url]);
  return row === undefined ? null : mapping.toRecord(row.order);
}

// What a transaction has read of an order when it locked it along with something else.
const keptOrders = new WeakMap<object, { id: string; row: OrderRow }>();

/** The order, locked until the transaction ends; null when there is none. */
export async function lockOrder(em: EntityManager, key: OrderKey, value: string): Promise<OrderRecord | null> {
  const kept = key === 'id' ? takeKept(em, value) : null;
  if (kept !== null) return lockedOrder(em, kept);
  const mapping = orderMapping(em);
  const statement = preparedStatement(
    LOCK_BY[key],
    () => `select ${mapping.selection} as "order" from orders where ${KEY_COLUMNS[key]} = $1 for update`,
  );
  const [row] = await executePrepared<FoundOrder>(em, statement, [value]);
  return row === undefined ? null : lockedOrder(em, row.order);
}

/**
 * The first to lock the order by its id in this transaction gets this row, and does not read it again.
 *
 * @param row of an order that a statement of this transaction has just locked
 */
export function keepLocked(em: EntityManager, id: string, row: OrderRow): void {
  keptOrders.set(transactionOf(em), { id, row });
}

/** Once only: what happens with the order meanwhile is not in it. */
function takeKept(em: EntityManager, id: string): OrderRow | null {
  const kept = keptOrders.get(transactionOf(em));
  if (kept?.id !== id) return null;
  keptOrders.delete(transactionOf(em));
  return kept.row;
}

function transactionOf(em: EntityManager): object {
  const transaction: object | undefined = em.getTransactionContext();
  if (!transaction) throw new Error('An order is locked in a transaction.');
  return transaction;
}

function lockedOrder(em: EntityManager, row: OrderRow): OrderRecord {
  const mapping = orderMapping(em);
  const order = mapping.toRecord(row);
  loadedValues.set(order, mapping.valuesOf(order));
  return order;
}

/**
 * Writes what has changed of a locked order, with its new timeline entries, by one statement, which leaves with the next
 * one of the transaction.
 *
 * @throws TypeError for a value that does not fit its column; events can say anything
 */
export function saveOrder(em: EntityManager, order: OrderRecord): void {
  const before = loadedValues.get(order);
  if (before === undefined) throw new Error(`Order ${order.id} is not locked.`);
  const changes = orderMapping(em).changes(order, before);
  const entries = order.timeline.splice(0);
  if (changes.length === 0 && entries.length === 0) return;
  const parameters: unknown[] = [order.id];
  const bind = (value: unknown) => `$${parameters.push(value)}`;
  const assignments = changes.map(([column, value]) => `"${column}" = ${bind(value)}`);
  const rows = entries.map((entry) => `($1, ${rowValues(entry).map(bind).join(', ')})`);
  const text = saveStatement(assignments, rows);
  const name = saveStatements.get(text) ?? `save order ${saveStatements.size + 1}`;
  saveStatements.set(text, name);
  executeLater(em, { name, text }, parameters);
  loadedValues.set(order, orderMapping(em).valuesOf(order));
}

/** @param rows of the timeline */
function saveStatement(assignments: readonly string[], rows: readonly string[]): string {
  const update = `update orders set ${assignments.join(', ')} where id = $1`;
  if (rows.length === 0) return update;
  const insert = `insert into order_events (order_id, at, from_status, to_status, cause, note, actor, stripe_event_id)
    values ${rows.join(', ')}`;
  return assignments.length === 0 ? insert : `with changed as (${update}) ${insert}`;
}

/** The values of a row of the timeline, in the order of its columns. */
export function rowValues({ at, from, to, cause, note, actor, stripeEventId }: TimelineRow): unknown[] {
  return [at, from, to, cause, note, actor, stripeEventId];
}

export type StoredTimelineRow = TimelineRow & { orderId: string };

const TIMELINES: PreparedStatement = {
  name: 'timelines',
  text: `select order_id as "orderId", at, from_status as "from", to_status as "to", cause, note, actor,
      stripe_event_id as "stripeEventId" from order_events where order_id = any($1) order by id`,
};

/** The timelines of orders, the earliest row first. */
export async function findTimelines(em: EntityManager, orderIds: readonly string[]): Promise<StoredTimelineRow[]> {
  const rows = await executePrepared<Omit<StoredTimelineRow, 'at'> & { at: string }>(em, TIMELINES, [orderIds]);
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}
