/** A PostgreSQL server for databases that are thrown away: the tests', the benchmarks' and the migration check's. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from './embedded-postgres.js';

export interface ScratchServer {
  urlOf(database: string): string;
  stop(): Promise<void>;
}

/**
 * The server that is given, or an embedded one that lives as long as it is used.
 *
 * @param databaseUrl any database of a running server, on which databases may be created; null for none
 * @param options.durable for measurements of what survives a crash; only an embedded server is told
 */
export async function startScratchServer(databaseUrl: string | null, { durable = false } = {}): Promise<ScratchServer> {
  if (databaseUrl !== null) {
    return { urlOf: (database) => withDatabase(databaseUrl, database), stop: async () => {} };
  }
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'comptoir-scratch-'));
  // The server's own user must be able to enter it.
  fs.chmodSync(directory, 0o755);
  const server = await startEmbeddedPostgres({ directory, durable });
  return {
    urlOf: (database) => server.urlOf(database),
    async stop() {
      await server.stop();
      for (const used of new Set([directory, server.directory])) fs.rmSync(used, { recursive: true, force: true });
    },
  };
}

function withDatabase(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${database}`;
  return url.href;
}
