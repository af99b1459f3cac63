/**
 * The connection of one transaction. The ORM sends its statements through it, and ours go straight to the driver: the
 * transactions of the ORM's query builder would take as long as two of the statements in them.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { QueryConfig, QueryResult } from 'pg';
import { type ConnectionPool, type PooledConnection, returnConnection } from './connection-pool.js';
import type { FirstStatement, OnlyStatement } from './database-client.js';

/** What the ORM, and the job queue, hand over to their query builder. */
interface CompiledQuery {
  sql: string;
  parameters: readonly unknown[];
}

/** What they expect of it. */
interface CompiledQueryResult {
  rows: unknown[];
  numAffectedRows: bigint | undefined;
}

export class TransactionConnection {
  private later: QueryConfig[] = [];
  private isReleased = false;

  constructor(private readonly client: PooledConnection) {}

  /** For the ORM and the job queue. */
  async executeQuery({ sql, parameters }: CompiledQuery): Promise<CompiledQueryResult> {
    const { command, rows, rowCount } = await this.query({ text: sql, values: parameters });
    return { rows, numAffectedRows: command === 'SELECT' ? undefined : BigInt(rowCount ?? 0) };
  }

  /**
   * PostgreSQL runs statements in the order in which they are sent, also where several wait for their answers.
   *
   * @throws what the first of those failed with that were left for later, else its own error
   */
  async query(query: string | QueryConfig | FirstStatement | OnlyStatement): Promise<QueryResult> {
    // It may be somebody else's by now.
    if (this.isReleased) throw new Error('A statement was sent after the end of its transaction.');
    if (this.later.length === 0) return this.send(query);
    const answers = [...this.later.splice(0), query].map((each) => this.send(each));
    return (await Promise.all(answers)).at(-1) as QueryResult;
  }

  /** Sends a statement with the next one, so that nobody waits for its answer alone. */
  queryLater(query: QueryConfig): void {
    this.later.push(query);
  }

  /** Sends what was left for later. */
  async settle(): Promise<void> {
    const last = this.later.pop();
    if (last !== undefined) await this.query(last);
  }

  /** What was left for later is not sent any more. */
  forget(): void {
    this.later = [];
  }

  private send(query: string | QueryConfig | FirstStatement | OnlyStatement): Promise<QueryResult> {
    return this.client.query(query) as Promise<QueryResult>;
  }

  /** @param isUsable false where the transaction may still be open, so that the connection is closed */
  release(isUsable: boolean): void {
    this.isReleased = true;
    returnConnection(this.client, { isUsable });
  }
}

// Each ORM has one.
const pools = new WeakMap<object, ConnectionPool>();

/** A connection without a transaction yet; the caller releases it. */
export async function takeConnection(em: EntityManager): Promise<TransactionConnection> {
  const connection = em.getConnection();
  const pool = pools.get(connection) ?? ((await connection.getNativeClient()) as unknown as ConnectionPool);
  pools.set(connection, pool);
  return new TransactionConnection(await pool.connect());
}

/** Of the transaction that the EntityManager is in; undefined outside of one. */
export function transactionConnection(em: EntityManager): TransactionConnection | undefined {
  return em.getTransactionContext() as unknown as TransactionConnection | undefined;
}
