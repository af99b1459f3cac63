/** SQL with bound parameters. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** What is used of a transaction of the query builder below MikroORM, which brings it without its types. */
interface Transaction {
  executeQuery(query: object): Promise<{ rows: unknown[] }>;
}

/**
 * Runs a statement whose parameters, `$1` and so on, travel beside it. `em.execute` writes them into its text instead,
 * which costs more than all the rest where one is the body of an event.
 */
export async function executeBound<Row>(
  em: EntityManager,
  sql: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const transaction = em.getTransactionContext() as unknown as Transaction | undefined;
  if (!transaction) throw new Error('Bound parameters need a transaction.');
  const query = { sql, parameters, query: { kind: 'RawNode' }, queryId: { queryId: 'bound' } };
  const { rows } = await transaction.executeQuery(query);
  return rows as Row[];
}
