/** The configuration of MikroORM: the entities of all modules, the migrations and the connection pool. */
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, type Options } from '@mikro-orm/postgresql';
import { migrations } from './migrations/index.js';
import { modules } from './modules.js';
import { connectionOptions } from './platform/database/connection-options.js';
import { limitConnectionsByWorkload } from './platform/database/connection-pool.js';
import { MAX_CONNECTIONS } from './platform/database/workload.js';

/** Options for `MikroORM.init`; the database is the only thing that differs between places. */
export function ormOptions(databaseUrl: string): Options {
  // By its name in the ORM's own options, so that it can connect to another one to create this.
  const { database, ...connection } = connectionOptions(databaseUrl);
  return defineConfig({
    dbName: database,
    entities: modules.flatMap(({ entities = [] }) => entities),
    extensions: [Migrator],
    // Each in a transaction of its own: within one, no index could be built beside writers.
    migrations: { migrationsList: migrations, snapshot: false, allOrNothing: false },
    // search_key() is made by a migration, and needed by the columns that it generates.
    schemaGenerator: { ignoreRoutines: true },
    forceUtcTimezone: true,
    // One fork of the EntityManager an operation: the global one would mix up what requests have loaded.
    allowGlobalContext: false,
    driverOptions: { ...connection, max: MAX_CONNECTIONS, onPoolCreated: limitConnectionsByWorkload },
  });
}
