/** `npm run comptoir -- migrate up`, `down --database NAME` and `pending`, on the database of DATABASE_URL. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { loadDatabaseUrl } from '../src/config.js';
import { CommandError, chosen, readArguments, runProgram } from './program.js';

const USAGE =
  'Usage: npm run comptoir -- migrate up, pending, or down --database NAME ' +
  '(node dist/migration.js up, pending, or down --database NAME, where there is a build)';

interface Options {
  /** What the operator believes to be connected to. */
  database?: string | undefined;
}

const commands: Record<string, (orm: MikroORM, options: Options) => Promise<string>> = {
  async up(orm) {
    await orm.schema.ensureDatabase();
    const applied = await orm.migrator.up();
    return applied.length === 0 ? 'Nothing to do: every migration is applied.' : `Applied ${namesOf(applied)}.`;
  },

  async down(orm, { database }) {
    const last = (await orm.migrator.getExecuted()).at(-1);
    if (last === undefined) return 'Nothing to revert.';
    await confirm(orm, last.name, database);
    return `Reverted ${namesOf(await orm.migrator.down())}.`;
  },

  async pending(orm) {
    const pending = await orm.migrator.getPending();
    return pending.length === 0 ? 'Every migration is applied.' : `Pending: ${namesOf(pending)}.`;
  },
};

await runProgram(async () => {
  const { values, positionals } = readArguments(USAGE, { database: { type: 'string' } }, 1);
  const command = chosen(USAGE, commands, positionals[0]);
  const url = loadDatabaseUrl();
  // Loaded here only: help, and a command line that is not understood, are answered at once.
  const { connect } = await import('../src/connect.js');
  const orm = await connect(url);
  try {
    console.log(await command(orm, values));
  } finally {
    await orm.close();
  }
});

/** Reverting a migration deletes what it added, paid orders among it: the caller has to name the database. */
async function confirm({ em }: MikroORM, migration: string, named: string | undefined): Promise<void> {
  const [{ database = '' } = {}] = await em
    .fork()
    .execute<{ database: string }[]>('select current_database() as database');
  if (named === database) return;
  const [contents] = await em.fork().execute<{ orders: number; paid: number; events: number }[]>(
    `select count(*)::int as orders, count(paid_at)::int as paid, (select count(*)::int from inbox_events) as events
     from orders`,
  );
  throw new CommandError(
    `Reverting ${migration} deletes all that it added to "${database}", which holds ${contents?.orders} orders, ` +
      `${contents?.paid} of them paid, and ${contents?.events} events of Stripe. ` +
      (named === undefined ? '' : `It is not the database "${named}". `) +
      `Nothing was done. Make a backup, then say which database you mean: --database ${database}`,
  );
}

function namesOf(migrations: { name: string }[]): string {
  return migrations.map(({ name }) => name).join(', ');
}
