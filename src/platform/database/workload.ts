/** Workloads of the database: each kind of work has connections and limits of its own. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Limits {
  /** How many of the process's connections this kind may use at once: they are reserved for it. */
  readonly connections: number;
  /** One statement. PostgreSQL cancels it a little earlier, and the connection is closed when it does not. */
  readonly statementMs: number;
  /** What one statement of a transaction waits for locks of others. */
  readonly lockMs: number;
  /**
   * Between two statements of a transaction: a process that is halted, or lost its network, keeps its locks so long.
   */
  readonly idleMs: number;
  /** All the time that one piece of work waits for the database, for permits and connections included. */
  readonly totalMs: number;
}

const SECOND = 1_000;
// Practically unlimited, and still a value that timers and PostgreSQL accept.
const DAY = 24 * 3_600 * SECOND;

/**
 * A healthy database responds in milliseconds: these limits are reached only where it does not respond at all, or where
 * somebody holds a lock. A request fails after `totalMs` at the latest.
 */
const WORKLOADS = {
  // A person waits, and browsers time out some time after ten seconds. Stripe's eight seconds of a checkout come on
  // top; both are rarely used up in one request: a shutdown, which takes less, cuts that one off, and its repetition
  // continues from what is stored.
  request: { connections: 10, statementMs: 5 * SECOND, lockMs: 3 * SECOND, idleMs: 10 * SECOND, totalMs: 10 * SECOND },
  // Stripe waits longer than a person, and sends the event again. An order that is locked is left to the
  // next attempt soon, since the events of others wait for the same connections.
  webhook: { connections: 5, statementMs: 5 * SECOND, lockMs: 2 * SECOND, idleMs: 10 * SECOND, totalMs: 15 * SECOND },
  // Nobody waits, and some statements are about thousands of rows. A run ends by its signal.
  job: { connections: 8, statementMs: 20 * SECOND, lockMs: 10 * SECOND, idleMs: 10 * SECOND, totalMs: DAY },
  // The job queue polls every two seconds, on a pool of its own.
  queue: { connections: 3, statementMs: 5 * SECOND, lockMs: 3 * SECOND, idleMs: 10 * SECOND, totalMs: DAY },
  // Probes of an orchestrator wait for a few seconds.
  probe: { connections: 1, statementMs: 2 * SECOND, lockMs: SECOND, idleMs: SECOND, totalMs: 3 * SECOND },
  // Commands for people, who can stop them: an index over a large table takes its time.
  command: { connections: 10, statementMs: DAY, lockMs: DAY, idleMs: DAY, totalMs: DAY },
} as const satisfies Record<string, Limits>;

export type Workload = keyof typeof WORKLOADS;

export const workloads: readonly Workload[] = Object.keys(WORKLOADS) as Workload[];

export function limitsOf(workload: Workload): Limits {
  return WORKLOADS[workload];
}

/** As many as all kinds of work together may use. */
export const MAX_CONNECTIONS = workloads.reduce((sum, workload) => sum + limitsOf(workload).connections, 0);

/** One piece of work: a request, an event, a run of a job. */
export class Work {
  readonly limits: Limits;
  private hasBegun = false;
  private waiting = 0;
  private waitingSince = 0;
  private waitedMs = 0;

  /** @param gone aborted when the caller has disconnected */
  constructor(
    readonly workload: Workload,
    private readonly gone: AbortSignal | null,
  ) {
    this.limits = limitsOf(workload);
  }

  /**
   * Whether it should not begin any more. Work that has sent its first statement is finished: an order that is
   * committed is better taken to its session than left to recovery.
   */
  get isAbandoned(): boolean {
    return !this.hasBegun && this.gone?.aborted === true;
  }

  /** Aborted when it need not begin any more; null for what has begun. */
  get signal(): AbortSignal | null {
    return this.hasBegun ? null : this.gone;
  }

  begin(): void {
    this.hasBegun = true;
  }

  /** What is left of its time, in milliseconds. */
  get leftMs(): number {
    if (this.limits.totalMs === DAY) return DAY;
    const now = this.waiting > 0 ? performance.now() - this.waitingSince : 0;
    return Math.max(0, this.limits.totalMs - this.waitedMs - now);
  }

  /** Counts the time that the database takes; concurrent waits count once. */
  startWaiting(): void {
    if (this.waiting === 0) this.waitingSince = performance.now();
    this.waiting += 1;
  }

  stopWaiting(): void {
    this.waiting -= 1;
    if (this.waiting === 0) this.waitedMs += performance.now() - this.waitingSince;
  }

  async wait<T>(answer: () => Promise<T>): Promise<T> {
    this.startWaiting();
    try {
      return await answer();
    } finally {
      this.stopWaiting();
    }
  }
}

const current = new AsyncLocalStorage<Work>();

/** The work that the caller is part of; a command by default. */
export function currentWork(): Work {
  return current.getStore() ?? new Work('command', null);
}

/**
 * Everything that uses the database meanwhile counts as this kind of work.
 *
 * @param gone aborted when the caller has disconnected
 */
export function runAs<T>(workload: Workload, work: () => T, gone: AbortSignal | null = null): T {
  return current.run(new Work(workload, gone), work);
}
