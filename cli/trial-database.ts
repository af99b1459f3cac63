/** The database of a trial. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { CommandError } from './program.js';

/** @throws CommandError where it does not answer */
export async function openTrialDatabase(databaseUrl: string): Promise<MikroORM> {
  // Loaded here only: what is wrong with a command line is told at once.
  const { connect } = await import('../src/connect.js');
  const orm = await connect(databaseUrl);
  try {
    await orm.em.fork().execute('select 1');
  } catch (error) {
    await orm.close();
    const reason = (error as Error).message;
    throw new CommandError(`The database does not answer (${reason}): is the demo running, or DATABASE_URL another?`);
  }
  return orm;
}
