/** How many SQL statements a database has executed, as PostgreSQL itself counts them (pg_stat_statements). */
import type { EntityManager } from '@mikro-orm/postgresql';

/** For the server to count at all. */
export const COUNTING_SETTINGS = ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track=top'];

// As the tests of statement budgets: what only opens or ends a transaction is no work.
const TRANSACTION_CONTROL = '^\\s*(begin|start transaction|commit|rollback|savepoint|release)\\M';

// Without those of this class, and those that nobody sends: PostgreSQL checks deferred foreign keys by statements.
const OF_THIS_DATABASE = `from pg_stat_statements
  where dbid = (select oid from pg_database where datname = current_database()) and query not like '%pg_stat_statements%'
    and query !~ '^SELECT \\S+ FROM ONLY .* FOR KEY SHARE OF x$'`;

export class StatementCount {
  private constructor(private readonly em: EntityManager) {}

  /** @returns null where the server does not count */
  static async of(em: EntityManager): Promise<StatementCount | null> {
    const [row] = await em
      .fork()
      .execute<{ loaded: boolean }[]>(
        `select current_setting('shared_preload_libraries') like '%pg_stat_statements%' as loaded`,
      );
    if (!row?.loaded) return null;
    await em.fork().execute('create extension if not exists pg_stat_statements');
    return new StatementCount(em);
  }

  async restart(): Promise<void> {
    await this.em.fork().execute('select pg_stat_statements_reset()');
  }

  /** Since the last restart, without BEGIN and the like. */
  async read(): Promise<number> {
    return this.sum('query !~* ?', [TRANSACTION_CONTROL]);
  }

  /** Since the last restart, with BEGIN and the like: everything that was sent. */
  async readAll(): Promise<number> {
    return this.sum('true', []);
  }

  /** Those that were executed most since the last restart, the first one most often. */
  async mostFrequent(count: number): Promise<{ calls: number; query: string }[]> {
    return this.em
      .fork()
      .execute(`select sum(calls)::int as calls, query ${OF_THIS_DATABASE} group by query order by 1 desc limit ?`, [
        count,
      ]);
  }

  private async sum(condition: string, values: string[]): Promise<number> {
    const sql = `select coalesce(sum(calls), 0)::int as calls ${OF_THIS_DATABASE} and ${condition}`;
    const [row] = await this.em.fork().execute<{ calls: number }[]>(sql, values);
    return row?.calls ?? 0;
  }
}
