/** How many SQL statements a database has executed, as PostgreSQL itself counts them (pg_stat_statements). */
import type { EntityManager } from '@mikro-orm/postgresql';

/** For the server to count at all. */
export const COUNTING_SETTINGS = ['shared_preload_libraries=pg_stat_statements', 'pg_stat_statements.track=top'];

// As the tests of statement budgets: what only opens or ends a transaction is no work.
const TRANSACTION_CONTROL = '^\\s*(begin|start transaction|commit|rollback|savepoint|release)\\M';

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

  /** Since the last restart, without BEGIN and the like, and without those of this class. */
  async read(): Promise<number> {
    const [row] = await this.em.fork().execute<{ calls: number }[]>(
      `select coalesce(sum(calls), 0)::int as calls from pg_stat_statements
       where dbid = (select oid from pg_database where datname = current_database())
         and query !~* ? and query not like '%pg_stat_statements%'`,
      [TRANSACTION_CONTROL],
    );
    return row?.calls ?? 0;
  }
}
