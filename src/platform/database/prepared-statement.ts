/** Prepared statements, for what runs with every event. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { QueryConfig, QueryResult } from 'pg';
import type { OnlyStatement } from './database-client.js';
import { takeConnection, transactionConnection } from './transaction-connection.js';

/** A statement that PostgreSQL parses and plans once a connection. */
export interface PreparedStatement {
  /** Unique: the name stands for the text on each connection. */
  name: string;
  /** With `$1` and so on for its parameters. */
  text: string;
}

const statements = new Map<string, PreparedStatement>();

/** A statement whose text is built once, when it is needed: the columns of an entity are not known before. */
export function preparedStatement(name: string, buildText: () => string): PreparedStatement {
  const known = statements.get(name);
  if (known !== undefined) return known;
  const statement = { name, text: buildText() };
  statements.set(name, statement);
  return statement;
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
  const query = { ...statement, values: parameters };
  const transaction = transactionConnection(em);
  const { rows } = await (transaction === undefined ? alone(em, query) : transaction.query(query));
  return rows as Row[];
}

// The driver sends neither a statement with the name of another one nor a value that it cannot write, and the commit
// would still go out: both are found before anything is sent.
const textsSentLater = new Map<string, string>();

/**
 * Sends a statement with the next one of the transaction: for what returns nothing. What fails of it is thrown there, by
 * the commit at the latest.
 *
 * @throws TypeError for a parameter that is neither plain, nor a date, nor bytes
 */
export function executeLater(em: EntityManager, statement: PreparedStatement, parameters: readonly unknown[]): void {
  const transaction = transactionConnection(em);
  if (transaction === undefined) throw new Error(`"${statement.name}" needs a transaction.`);
  const { name, text } = statement;
  if ((textsSentLater.get(name) ?? text) !== text) throw new Error(`There are two statements "${name}".`);
  if (!parameters.every(isWritable)) throw new TypeError(`a parameter of "${name}" cannot be written`);
  textsSentLater.set(name, text);
  transaction.queryLater({ name, text, values: parameters });
}

function isWritable(value: unknown): boolean {
  if (value === null || value === undefined || value instanceof Date || value instanceof Uint8Array) return true;
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/**
 * One statement that is all of a transaction, with the limits of what it waits for. A deadlock is not retried: it holds
 * no lock while it waits for one.
 */
export async function executeAsTransaction<Row>(
  em: EntityManager,
  statement: PreparedStatement,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const { rows } = await alone(em, { ...statement, values: parameters, isTransaction: true });
  return rows as Row[];
}

async function alone(em: EntityManager, query: QueryConfig | OnlyStatement): Promise<QueryResult> {
  const connection = await takeConnection(em);
  try {
    return await connection.query(query);
  } finally {
    connection.release(true);
  }
}
