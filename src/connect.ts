/** Opens the database for a process. */
import { MikroORM } from '@mikro-orm/postgresql';
import { ormOptions } from './orm.config.js';

/**
 * The connection pool behind it opens with the first query.
 *
 * @param report where the ORM tells what it does, such as each migration; nowhere by default
 */
export async function connect(databaseUrl: string, report: (line: string) => void = () => {}): Promise<MikroORM> {
  return MikroORM.init({ ...ormOptions(databaseUrl), logger: report, colors: false });
}
