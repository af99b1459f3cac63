/** Stored events, as they are read to be applied once more. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { executePrepared } from '../../platform/database/prepared-statement.js';
import { pageOf, toWaiting, type Waiting, type WaitingPage } from '../../platform/kernel/waiting.js';
import { InboxState } from './inbox-event.entity.js';

/** A stored event, before it is retried. */
export interface StoredEvent {
  id: string;
  state: InboxState;
  attempts: number;
  receivedAt: Date;
  nextAttemptAt: Date | null;
  body: Buffer;
}

/** The row, locked until the transaction ends; null when there is none. */
export async function lockEvent(em: EntityManager, eventId: string): Promise<StoredEvent | null> {
  const [row] = await em.execute<StoredEvent[]>(
    `select id, state, attempts, received_at as "receivedAt", next_attempt_at as "nextAttemptAt", body
     from inbox_events where id = ? for update`,
    [eventId],
  );
  if (!row) return null;
  const nextAttemptAt = row.nextAttemptAt && new Date(row.nextAttemptAt);
  return { ...row, receivedAt: new Date(row.receivedAt), nextAttemptAt };
}

const STATE_OF_EVENT = { name: 'state of event', text: 'select state from inbox_events where id = $1' };

/** One statement, instead of a transaction that finds nothing to write. */
export async function isStoredAsHandled(em: EntityManager, eventId: string): Promise<boolean> {
  const [row] = await executePrepared<{ state: InboxState }>(em, STATE_OF_EVENT, [eventId]);
  return row !== undefined && isHandled(row.state);
}

/** Whether no later attempt can change anything. */
export function isHandled(state: InboxState | 'UNSEEN'): boolean {
  return state === InboxState.PROCESSED || state === InboxState.IGNORED;
}

export function canBeRetried({ state }: StoredEvent): boolean {
  return state === InboxState.FAILED || state === InboxState.UNMATCHED;
}

/** Events that were dead-lettered, since they arrived. */
export async function findDeadEvents(em: EntityManager, page: WaitingPage): Promise<Waiting[]> {
  const [sql, ...parameters] = pageOf(page);
  const rows = await em.execute<Waiting[]>(
    `select id, "orderId", since, null as "dueAt" from (
       select id, order_id as "orderId", received_at as since from inbox_events where state = 'DEAD'
     ) waiting where ${sql}`,
    parameters,
  );
  return rows.map(toWaiting);
}

export async function countDeadEvents(em: EntityManager): Promise<number> {
  const [row] = await em.execute<[{ count: number }]>(
    `select count(*)::int as count from inbox_events where state = 'DEAD'`,
  );
  return row.count;
}
