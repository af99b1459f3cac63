/** Saves what an event changes of an order: by one statement, which the ORM does not write. */
import type { EntityProperty } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { executePrepared } from '../../platform/database/prepared-statement.js';
import { Order } from './order.entity.js';
import type { OrderEvent } from './order-event.entity.js';

/** What stands in the columns of an order. */
export type OrderColumns = ReadonlyMap<EntityProperty, unknown>;

// A handful: one for each set of columns that some kind of event changes.
const saveStatements = new Map<string, string>();

export function columnsOf(em: EntityManager, order: Order): OrderColumns {
  const properties = em.getMetadata(Order).props.filter(isColumn);
  return new Map(properties.map((property) => [property, readProperty(order, property)]));
}

/**
 * Writes what has changed of a locked order, with its new timeline entries, by one statement. The ORM takes one for each
 * table, and every event passes here: the order must be loaded apart from what the ORM flushes.
 *
 * @param before the columns as they were when the order was locked
 * @throws TypeError for a value that does not fit its column; events can say anything
 */
export async function saveOrderWithTimeline(em: EntityManager, order: Order, before: OrderColumns): Promise<void> {
  const changed = [...columnsOf(em, order)].filter(([property, value]) => value !== before.get(property));
  const entries = order.events.getItems(false);
  if (changed.length === 0 && entries.length === 0) return;
  const parameters: unknown[] = [order.id];
  const bind = (value: unknown) => `$${parameters.push(value)}`;
  const assignments = changed.map(([property, value]) => {
    checkType(property, value);
    return `"${property.fieldNames[0]}" = ${bind(value)}`;
  });
  const rows = entries.map((entry) => `($1, ${valuesOf(entry).map(bind).join(', ')})`);
  await save(em, saveStatement(assignments, rows), parameters);
}

/** @param rows of the timeline */
function saveStatement(assignments: readonly string[], rows: readonly string[]): string {
  const update = `update orders set ${assignments.join(', ')} where id = $1`;
  if (rows.length === 0) return update;
  const insert = `insert into order_events (order_id, at, from_status, to_status, cause, note, actor, stripe_event_id)
    values ${rows.join(', ')}`;
  return assignments.length === 0 ? insert : `with changed as (${update}) ${insert}`;
}

async function save(em: EntityManager, text: string, parameters: readonly unknown[]): Promise<void> {
  const name = saveStatements.get(text) ?? `save order ${saveStatements.size + 1}`;
  saveStatements.set(text, name);
  await executePrepared(em, { name, text }, parameters);
}

function valuesOf({ at, from, to, cause, note, actor, stripeEventId }: OrderEvent): unknown[] {
  return [at, from ?? null, to, cause, note ?? null, actor, stripeEventId ?? null];
}

function isColumn({ fieldNames, persist, kind }: EntityProperty): boolean {
  return kind === 'scalar' && fieldNames?.length === 1 && persist !== false;
}

/** Those of the customer are within an object of their own. */
function readProperty(order: Order, { name, embedded }: EntityProperty): unknown {
  const [owner, member] = embedded ?? [];
  const holder = owner === undefined ? order : order[owner as keyof Order];
  return (holder as Record<string, unknown>)[member ?? name] ?? null;
}

/** The driver would write a list or an object as text. */
function checkType({ name, runtimeType }: EntityProperty, value: unknown): void {
  const isText = ['string', 'number', 'boolean'].includes(runtimeType) && value !== null;
  if (isText && typeof value !== runtimeType) throw new TypeError(`a value does not fit Order.${name}`);
}
