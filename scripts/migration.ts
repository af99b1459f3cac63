/** `npm run migration:up`, `:down` and `:pending`, on the database of DATABASE_URL. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { ConfigError, loadDatabaseUrl } from '../src/config.js';
import { connect } from '../src/database/connect.js';

const commands: Record<string, (orm: MikroORM) => Promise<string>> = {
  async up(orm) {
    await orm.schema.ensureDatabase();
    const applied = await orm.migrator.up();
    return applied.length === 0 ? 'Nothing to do: every migration is applied.' : `Applied ${namesOf(applied)}.`;
  },

  async down(orm) {
    const reverted = await orm.migrator.down();
    return reverted.length === 0 ? 'Nothing to revert.' : `Reverted ${namesOf(reverted)}.`;
  },

  async pending(orm) {
    const pending = await orm.migrator.getPending();
    return pending.length === 0 ? 'Every migration is applied.' : `Pending: ${namesOf(pending)}.`;
  },
};

try {
  const name = process.argv[2] ?? '';
  const command = commands[name];
  if (!command) throw new ConfigError([`"${name}" is not one of ${Object.keys(commands).join(', ')}`]);
  const orm = await connect(loadDatabaseUrl());
  try {
    console.log(await command(orm));
  } finally {
    await orm.close();
  }
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}

function namesOf(migrations: { name: string }[]): string {
  return migrations.map(({ name }) => name).join(', ');
}
