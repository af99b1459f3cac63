/** A PostgreSQL server for databases that are thrown away: the tests', the benchmarks' and the migration check's. */
import { abandonedScratchFolders, scratchFolder } from '../../src/platform/kernel/scratch-folder.js';
import { discardEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

const KIND = 'scratch';

export interface ScratchServer {
  urlOf(database: string): string;
  stop(): Promise<void>;
}

/**
 * The server that is given, or an embedded one that lives as long as it is used.
 *
 * @param databaseUrl any database of a running server, on which databases may be created; null for none
 * @param options.durable for measurements of what survives a crash; it applies to an embedded server only
 */
export async function startScratchServer(databaseUrl: string | null, { durable = false } = {}): Promise<ScratchServer> {
  if (databaseUrl !== null) {
    return { urlOf: (database) => withDatabase(databaseUrl, database), stop: async () => {} };
  }
  for (const folder of abandonedScratchFolders(KIND)) await discardEmbeddedPostgres(folder);
  return startEmbeddedPostgres({ directory: scratchFolder(KIND), durable, disposable: true });
}

function withDatabase(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${database}`;
  return url.href;
}
