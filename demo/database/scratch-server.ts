/** A PostgreSQL server for databases that are thrown away: the tests', the benchmarks' and the migration check's. */
import fs from 'node:fs';
import os from 'node:os';
import { abandonedScratchFolders, scratchFolder } from '../../src/platform/kernel/scratch-folder.js';
import { discardEmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';
import { folderInMemory, MEMORY } from './memory.js';

const KIND = 'scratch';

interface ScratchServerOptions {
  /** For measurements of what survives a crash; it applies to an embedded server only. */
  durable?: boolean;
  /** Where the system has enough memory for it, no disk is used: for many small databases. */
  inMemory?: boolean;
  /** Further settings of an embedded server, such as `log_statement=all`. */
  settings?: readonly string[];
}

export interface ScratchServer {
  urlOf(database: string): string;
  stop(): Promise<void>;
}

/**
 * The server that is given, or an embedded one that lives as long as it is used.
 *
 * @param databaseUrl any database of a running server, on which databases may be created; null for none
 */
export async function startScratchServer(
  databaseUrl: string | null,
  { durable = false, inMemory = false, settings = [] }: ScratchServerOptions = {},
): Promise<ScratchServer> {
  if (databaseUrl !== null) {
    return { urlOf: (database) => withDatabase(databaseUrl, database), stop: async () => {} };
  }
  const parents = [os.tmpdir(), MEMORY].filter((parent) => fs.existsSync(parent));
  const abandoned = parents.flatMap((parent) => abandonedScratchFolders(KIND, parent));
  for (const folder of abandoned) await discardEmbeddedPostgres(folder);
  const directory = scratchFolder(KIND, inMemory ? folderInMemory() : os.tmpdir());
  return startEmbeddedPostgres({ directory, durable, disposable: true, settings });
}

function withDatabase(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${database}`;
  return url.href;
}
