/** PgBouncer in transaction mode, in front of a database. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { connect } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../src/platform/database/free-port.js';
import { eventually } from './eventually.js';

// It refuses to run as root, like PostgreSQL.
const NOBODY = 65534;
const RUNS_AS_ROOT = process.getuid?.() === 0;

export interface Pooler {
  /** The URL of the same database, by way of the pooler. */
  url: string;
  stop(): Promise<void>;
}

/** @param connections to the server: fewer than clients, so that they have to share them */
export async function startPooler(program: string, databaseUrl: string, connections: number): Promise<Pooler> {
  const url = new URL(databaseUrl);
  const port = await freePort();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'comptoir-pooler-'));
  const file = (name: string, text: string) => {
    fs.writeFileSync(path.join(directory, name), text, { mode: 0o600 });
    if (RUNS_AS_ROOT) fs.chownSync(path.join(directory, name), NOBODY, NOBODY);
    return path.join(directory, name);
  };
  if (RUNS_AS_ROOT) fs.chownSync(directory, NOBODY, NOBODY);
  const users = file('users.txt', `"${url.username}" "${url.password}"\n`);
  const settings = file(
    'pgbouncer.ini',
    `[databases]
* = host=${url.hostname} port=${url.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 500
`,
  );
  const pooler = spawn(program, [settings], {
    cwd: directory,
    stdio: 'ignore',
    ...(RUNS_AS_ROOT ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  await eventually(async () => {
    const probe = connect(port, '127.0.0.1');
    await once(probe, 'connect').finally(() => probe.destroy());
  });
  url.port = String(port);
  return {
    url: url.href,
    async stop() {
      const exited = once(pooler, 'exit');
      pooler.kill('SIGKILL');
      await exited;
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}
