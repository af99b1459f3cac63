/** Reads and saves orders by prepared statements. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { executePrepared } from '../../platform/database/prepared-statement.js';
import { type OrderRecord, type OrderRow, orderMapping } from './order-record.js';
import type { TimelineRow } from './order-rules.js';

/** What an order can be found by. */
export type OrderKey = 'id' | 'checkoutSessionId' | 'paymentIntentId';

const KEY_COLUMNS = { id: 'id', checkoutSessionId: 'checkout_session_id', paymentIntentId: 'payment_intent_id' };

// What stood in the columns of a locked order.
const loadedValues = new WeakMap<OrderRecord, readonly unknown[]>();
// A handful: one for each set of columns that some kind of event changes.
const saveStatements = new Map<string, string>();

/** The order, locked until the transaction ends; null when there is none. */
export async function lockOrder(em: EntityManager, key: OrderKey, value: string): Promise<OrderRecord | null> {
  const mapping = orderMapping(em);
  const text = `select ${mapping.columnList} from orders where ${KEY_COLUMNS[key]} = $1 for update`;
  const [row] = await executePrepared<OrderRow>(em, { name: `lock order by ${key}`, text }, [value]);
  return row === undefined ? null : lockedOrder(em, row);
}

/** @param row of an order that the transaction has locked */
function lockedOrder(em: EntityManager, row: OrderRow): OrderRecord {
  const mapping = orderMapping(em);
  const order = mapping.toRecord(row);
  loadedValues.set(order, mapping.valuesOf(order));
  return order;
}

/**
 * Writes what has changed of a locked order, with its new timeline entries, by one statement.
 *
 * @throws TypeError for a value that does not fit its column; events can say anything
 */
export async function saveOrder(em: EntityManager, order: OrderRecord): Promise<void> {
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
  await executePrepared(em, { name, text }, parameters);
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

function rowValues({ at, from, to, cause, note, actor, stripeEventId }: TimelineRow): unknown[] {
  return [at, from, to, cause, note, actor, stripeEventId];
}
