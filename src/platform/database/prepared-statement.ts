/** Prepared statements, for what runs with every event. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** The part of a transaction of MikroORM's query builder that is used here; it brings no types. */
interface Transaction {
  executeQuery(query: object): Promise<{ rows: unknown[] }>;
}

/** A statement that PostgreSQL parses and plans once a connection. */
export interface PreparedStatement {
  /** Unique: the name stands for the text on each connection. */
  name: string;
  /** With `$1` and so on for its parameters. */
  text: string;
}

/**
 * Runs a statement with bound parameters. `em.execute` writes them into its text instead, which is then
 * parsed and planned each time: half of the time that a short statement takes.
 */
export async function executePrepared<Row>(
  em: EntityManager,
  statement: PreparedStatement,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const transaction = em.getTransactionContext() as unknown as Transaction | undefined;
  if (!transaction) throw new Error('A prepared statement needs a transaction.');
  // The query builder passes the text on to the driver, which accepts a name with it.
  const query = { sql: statement, parameters, query: { kind: 'RawNode' }, queryId: { queryId: statement.name } };
  const { rows } = await transaction.executeQuery(query);
  return rows as Row[];
}
