/** The database of the floors: the driver's own pool, and statements that are prepared once a connection. */
import { Pool, type PoolClient, type QueryResult } from 'pg';

// As many connections as the API's pool has.
export const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

type Run = (on: PoolClient | Pool, values: readonly unknown[]) => Promise<QueryResult>;

export function prepared(name: string, text: string): Run {
  return (on, values) => on.query({ name, text, values });
}

/** @param work throws to roll back */
export async function inTransaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
