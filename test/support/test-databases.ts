/** The databases of a test run: one template, migrated once, and a clone of it for each jest worker. */
import { connect } from '../../src/database/connect.js';
import { startScratchServer } from '../../src/database/scratch-server.js';

/** Starts the server and prepares the template; the workers find both in their environment. */
export async function startTestDatabases(): Promise<{ stop(): Promise<void> }> {
  const server = await startScratchServer(process.env.DATABASE_URL || null);
  // Several runs may share the server of DATABASE_URL.
  const prefix = `comptoir_test_${process.pid}`;
  const template = await connect(server.urlOf(`${prefix}_template`));
  await template.schema.ensureDatabase();
  await template.migrator.up();
  await template.close();
  process.env.TEST_DATABASE_PREFIX = prefix;
  process.env.TEST_DATABASE_SERVER = server.urlOf('postgres');
  return {
    async stop() {
      const admin = await connect(server.urlOf('postgres'));
      const names = await admin.em
        .fork()
        .execute<{ name: string }[]>(`select datname as name from pg_database where datname like '${prefix}%'`);
      for (const { name } of names) await admin.em.fork().execute(`drop database "${name}" with (force)`);
      await admin.close();
      await server.stop();
    },
  };
}

/** The URL of this worker's own database, cloned from the template the first time. */
export async function workerDatabaseUrl(): Promise<string> {
  const { TEST_DATABASE_PREFIX: prefix, TEST_DATABASE_SERVER: server = '', JEST_WORKER_ID: worker } = process.env;
  const name = `${prefix}_${worker}`;
  const admin = await connect(server);
  const em = admin.em.fork();
  const existing = await em.execute('select 1 from pg_database where datname = ?', [name]);
  if (existing.length === 0) await em.execute(`create database "${name}" template "${prefix}_template"`);
  await admin.close();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
