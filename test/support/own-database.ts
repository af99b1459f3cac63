/** A database server of a test's own, which may freeze, restart, or become a standby. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../demo/database/embedded-postgres.js';
import { folderInMemory } from '../../demo/database/memory.js';
import { connect } from '../../src/connect.js';

export interface OwnDatabase {
  /** Migrated, and empty. */
  url: string;
  /** Where the server keeps its data, and its UNIX socket. */
  directory: string;
  /** Stops every process of the server in its tracks; their connections stay open. */
  freeze(): void;
  thaw(): void;
  /** Ends the server and starts it again on the same port, with other settings where given. */
  restart(settings?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnDatabase(settings: readonly string[] = []): Promise<OwnDatabase> {
  const directory = fs.mkdtempSync(path.join(folderInMemory(), 'comptoir-own-'));
  // The server's own user must be able to enter it.
  fs.chmodSync(directory, 0o755);
  let server = await startEmbeddedPostgres({ directory, durable: false, settings });
  const url = server.urlOf('comptoir');
  const orm = await connect(url);
  await orm.schema.ensureDatabase();
  await orm.migrator.up();
  await orm.close();
  const signal = (name: NodeJS.Signals) => {
    for (const pid of processesOf(server)) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended since it was listed.
      }
    }
  };
  return {
    url,
    directory: server.directory,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async restart(others = settings) {
      await server.stop();
      const port = Number(new URL(url).port);
      server = await startEmbeddedPostgres({ directory, durable: false, settings: others, port });
    },
    async stop() {
      signal('SIGCONT');
      await server.stop();
      for (const used of new Set([directory, server.directory])) fs.rmSync(used, { recursive: true, force: true });
    },
  };
}

function processesOf({ directory }: EmbeddedPostgres): number[] {
  const file = path.join(directory, 'data', 'postmaster.pid');
  if (!fs.existsSync(file)) return [];
  const postmaster = Number.parseInt(fs.readFileSync(file, 'utf8'), 10);
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(postmaster)], { encoding: 'utf8' });
  return [postmaster, ...stdout.split('\n').filter(Boolean).map(Number)];
}
