/** Transactions, which are retried after a serialization failure. */
import type { EntityManager } from '@mikro-orm/postgresql';
import pg from 'pg';
import type { FirstStatement } from './database-client.js';
import { takeConnection, transactionConnection } from './transaction-connection.js';

const ATTEMPTS = 3;
// Deadlock and serialization failure: PostgreSQL rolled back one of two transactions, which may simply be retried.
const SERIALIZATION_FAILURE_CODES = new Set(['40P01', '40001']);

/**
 * Runs the work in a transaction on a fork of its own, and again from the start after a serialization failure or
 * a deadlock. The work must read everything it needs through the EntityManager it is given.
 */
export async function inTransaction<T>(
  em: EntityManager,
  work: (em: EntityManager) => Promise<T>,
  begin: 'begin' | FirstStatement = 'begin',
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inOwnTransaction(em.fork(), work, begin);
    } catch (error) {
      if (attempt >= ATTEMPTS || !isSerializationFailure(error)) throw error;
    }
  }
}

/** Runs the work in a transaction that holds the lock of `lockBuyer` from its start. */
export async function inBuyersTransaction<T>(
  em: EntityManager,
  buyerId: string,
  work: (em: EntityManager) => Promise<T>,
): Promise<T> {
  return inTransaction(em, work, { text: buyersLock(pg.escapeLiteral(buyerId)), begins: true });
}

async function inOwnTransaction<T>(
  em: EntityManager,
  work: (em: EntityManager) => Promise<T>,
  begin: 'begin' | FirstStatement,
): Promise<T> {
  const connection = await takeConnection(em);
  let isOver = false;
  try {
    await connection.query(begin);
    em.setTransactionContext(connection);
    const result = await work(em);
    await em.flush();
    const { command } = await connection.query('commit');
    isOver = true;
    if (command !== 'COMMIT') throw new Error('A statement of the transaction had failed: it was rolled back.');
    return result;
  } catch (error) {
    // A rollback that fails, as on a lost connection, must not hide the first error.
    connection.forget();
    isOver = await connection.query('rollback').then(
      () => true,
      () => false,
    );
    throw error;
  } finally {
    em.resetTransactionContext();
    connection.release(isOver);
  }
}

// How many savepoints of a transaction are open: PostgreSQL goes back to the latest of a name, so nested ones need
// others.
const openSavepoints = new WeakMap<object, number>();

/**
 * Runs a part of a transaction that may fail without the rest: what it wrote is taken back then. It has an
 * EntityManager of its own, so that what it changed of entities is forgotten with it, and those of the caller stay as
 * they are; what it changes is written at its end, and may hold no entity of the caller.
 */
export async function inSavepoint<T>(em: EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
  const connection = transactionConnection(em);
  if (!connection) throw new Error('A savepoint needs a transaction.');
  // What fails of it is not this part's.
  await connection.settle();
  const depth = openSavepoints.get(connection) ?? 0;
  openSavepoints.set(connection, depth + 1);
  const inner = em.fork({ keepTransactionContext: true });
  try {
    await em.execute(`savepoint part_${depth}`);
    const result = await work(inner);
    // Now, and not with the commit: what the database rejects belongs to this part.
    await inner.flush();
    await connection.settle();
    return result;
  } catch (error) {
    connection.forget();
    // After a serialization failure, or a lost connection, the whole transaction is over anyway.
    if (!isSerializationFailure(error)) await em.execute(`rollback to savepoint part_${depth}`);
    throw error;
  } finally {
    openSavepoints.set(connection, depth);
  }
}

/**
 * Whether PostgreSQL rolled the transaction back for a deadlock or a serialization failure: all of it must be retried.
 */
export function isSerializationFailure(error: unknown): boolean {
  return error instanceof Error && SERIALIZATION_FAILURE_CODES.has(String((error as { code?: unknown }).code));
}

/** Serializes the checkouts of one buyer until the transaction ends. */
export async function lockBuyer(em: EntityManager, buyerId: string): Promise<void> {
  await em.execute(buyersLock('?'), [buyerId]);
}

// The same number everywhere: it is PostgreSQL that computes it.
const buyersLock = (buyerId: string) => `select pg_advisory_xact_lock(hashtextextended(${buyerId}, 0))`;
