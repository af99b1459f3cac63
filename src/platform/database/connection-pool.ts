/** Shares the connections of a process out between its kinds of work, and lets none of them get lost. */
import { withTimeout } from './deadline.js';
import { Semaphore, tooLate } from './semaphore.js';
import { DatabaseUnavailable } from './unavailable.js';
import { currentWork, limitsOf, type Work, type Workload, workloads } from './workload.js';

const NO_SUCH_DATABASE = '3D000';

/** What is used of a pool of `pg`, which MikroORM makes and brings without its types. */
export interface ConnectionPool {
  /** Connections that wait for work, and work that waits for a connection. */
  readonly idleCount: number;
  readonly waitingCount: number;
  connect(): Promise<PooledConnection>;
  on(event: 'connect', listener: (client: PooledConnection) => void): void;
  on(event: 'release', listener: (error: unknown, client: PooledConnection) => void): void;
}

interface PooledConnection {
  readonly isOutdated: boolean;
  once(event: 'end', listener: () => void): void;
  release(destroy?: boolean): void;
}

/** To be called once, before the pool is used. */
export function limitConnectionsByWorkload(pool: ConnectionPool): void {
  const semaphores = new Map<Workload, Semaphore>(
    workloads.map((workload) => [workload, new Semaphore(limitsOf(workload).connections)]),
  );
  const taken = new Map<PooledConnection, Semaphore>();
  const open = pool.connect.bind(pool);
  pool.connect = async () => {
    const work = currentWork();
    if (work.isAbandoned) throw tooLate(work);
    const semaphore = semaphores.get(work.workload) as Semaphore;
    work.startWaiting();
    try {
      if (!semaphore.tryAcquire()) await semaphore.acquire(work);
      const client = await connectWithPermit(semaphore, work, { open, hasIdle: pool.idleCount > pool.waitingCount });
      taken.set(client, semaphore);
      return client;
    } finally {
      work.stopWaiting();
    }
  };
  pool.on('release', (_error, client) => {
    taken.get(client)?.release();
    taken.delete(client);
  });
  pool.on('connect', (client) => {
    // A transaction whose connection is lost cannot be rolled back, and the query builder gives back only connections
    // that it has rolled back. Code that awaits an answer on it sees the loss first, and usually gives it back.
    const free = () => taken.has(client) && client.release(true);
    client.once('end', () => setImmediate(free));
  });
}

/** Where connections come from. */
interface Source {
  open: () => Promise<PooledConnection>;
  /** Whether one lies ready: it needs no deadline. */
  hasIdle: boolean;
}

async function connectWithPermit(
  semaphore: Semaphore,
  work: Work,
  { open, hasIdle }: Source,
): Promise<PooledConnection> {
  const opening = openUsable(open);
  try {
    return await (hasIdle ? opening : withTimeout(work.leftMs, opening, () => tooLate(work), work.signal));
  } catch (error) {
    // The pool does not stop connecting: what arrives too late is for the next, and keeps its place until then.
    opening
      .then(
        (client) => client.release(),
        () => {},
      )
      .finally(() => semaphore.release());
    // A database that does not exist is created by the code that looks for it, or is a mistake in the configuration.
    if (error instanceof DatabaseUnavailable || (error as { code?: unknown }).code === NO_SUCH_DATABASE) throw error;
    throw new DatabaseUnavailable(`no connection could be opened: ${(error as Error).message}`, error);
  }
}

/** One that may lead to yesterday's primary is used once, and not by the next who comes. */
async function openUsable(open: () => Promise<PooledConnection>): Promise<PooledConnection> {
  for (;;) {
    const client = await open();
    if (!client.isOutdated) return client;
    client.release(true);
  }
}
