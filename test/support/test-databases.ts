/** The databases of a test run: one template, migrated once, which each file of tests clones. */
import { PgBoss } from 'pg-boss';
import { startScratchServer } from '../../demo/database/scratch-server.js';
import { connect } from '../../src/connect.js';

/** Starts the server and prepares the template; the files find both in their environment. */
export async function startTestDatabases(): Promise<{ stop(): Promise<void> }> {
  const server = await startScratchServer(process.env.DATABASE_URL || null, { inMemory: true });
  // Several runs may share the server of DATABASE_URL.
  const prefix = `comptoir_test_${process.pid}`;
  const template = await connect(server.urlOf(`${prefix}_template`));
  await template.schema.ensureDatabase();
  await template.migrator.up();
  await template.close();
  await createQueueTables(server.urlOf(`${prefix}_template`));
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

/** Here, so that they are not made again in each clone. */
async function createQueueTables(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({ connectionString: databaseUrl, schedule: false, supervise: false });
  await boss.start();
  await boss.stop({ graceful: false });
}
