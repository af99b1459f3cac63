/** Limits the connections that each workload of a process may use, and returns lost ones to the pool. */
import type { QueryConfig, QueryResult } from 'pg';
import type { FirstStatement, OnlyStatement } from './database-client.js';
import { withTimeout } from './deadline.js';
import { Semaphore, tooLate } from './semaphore.js';
import { DatabaseUnavailable } from './unavailable.js';
import { currentWork, limitsOf, type Work, type Workload, workloads } from './workload.js';

const NO_SUCH_DATABASE = '3D000';

/** The part of a pool of `pg` that is used here; MikroORM creates it, and brings no types for it. */
export interface ConnectionPool {
  /** Idle connections, and callers that wait for one. */
  readonly idleCount: number;
  readonly waitingCount: number;
  connect(): Promise<PooledConnection>;
  on(event: 'connect', listener: (client: PooledConnection) => void): void;
  on(event: 'release', listener: (error: unknown, client: PooledConnection) => void): void;
}

export interface PooledConnection {
  readonly isOutdated: boolean;
  query(query: string | QueryConfig | FirstStatement | OnlyStatement): Promise<QueryResult | QueryResult[]>;
  once(event: 'end', listener: () => void): void;
  release(destroy?: boolean): void;
}

// Each has a permit of its kind of work.
const taken = new WeakMap<PooledConnection, Semaphore>();

/** Does nothing for a connection that was lost, and so was returned already. */
export function returnConnection(client: PooledConnection, { isUsable }: { isUsable: boolean }): void {
  if (taken.has(client)) client.release(!isUsable);
}

/** Call once, before the pool is used. */
export function limitConnectionsByWorkload(pool: ConnectionPool): void {
  const semaphores = new Map<Workload, Semaphore>(
    workloads.map((workload) => [workload, new Semaphore(limitsOf(workload).connections)]),
  );
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
    // A transaction whose connection is lost cannot be rolled back, and the query builder releases only connections
    // that it has rolled back. Code that awaits a result sees the loss first, and usually releases it.
    client.once('end', () => setImmediate(returnConnection, client, { isUsable: false }));
  });
}

/** Where connections come from. */
interface Source {
  open: () => Promise<PooledConnection>;
  /** Whether one is idle: it needs no deadline. */
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
    // The pool does not stop connecting: a connection that arrives too late is for the next caller, and keeps its
    // permit until then.
    opening
      .then(
        (client) => client.release(),
        () => {},
      )
      .finally(() => semaphore.release());
    // A database that does not exist is created by the caller, or is a mistake in the configuration.
    if (error instanceof DatabaseUnavailable || (error as { code?: unknown }).code === NO_SUCH_DATABASE) throw error;
    throw new DatabaseUnavailable(`no connection could be opened: ${(error as Error).message}`, error);
  }
}

/** Skips connections that may lead to the old primary: they are closed. */
async function openUsable(open: () => Promise<PooledConnection>): Promise<PooledConnection> {
  for (;;) {
    const client = await open();
    if (!client.isOutdated) return client;
    client.release(true);
  }
}
