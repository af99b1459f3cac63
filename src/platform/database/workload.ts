/** Who asks the database: each kind of work has connections and limits of its own. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Limits {
  /** Of the process's connections, how many this kind may use at once: no other kind takes them from it. */
  readonly connections: number;
  /** One statement. PostgreSQL is told to end it a little earlier, and the connection is given up when it does not. */
  readonly statementMs: number;
  /** What one statement of a transaction waits for locks of others. */
  readonly lockMs: number;
  /** Between two statements of a transaction: a process that stands still, or lost its network, keeps its locks so long. */
  readonly idleMs: number;
  /** All that one piece of work waits for the database, turns and connections included. */
  readonly totalMs: number;
}

const SECOND = 1_000;
// As good as for ever, and still a time that timers and PostgreSQL take.
const DAY = 24 * 3_600 * SECOND;

/**
 * A healthy database answers in milliseconds: these limits are reached only where it does not answer at all, or where
 * somebody sits on a lock. What it takes to be told so is their sum for a request at most: `totalMs`.
 */
const WORKLOADS = {
  // A person waits, and their browser gives up some time after ten seconds. Stripe's eight seconds of a checkout come on
  // top, and both are rarely used up in one request: a stop, which takes less, cuts that one off, and the repetition
  // of the request goes on from what is stored.
  request: { connections: 10, statementMs: 5 * SECOND, lockMs: 3 * SECOND, idleMs: 10 * SECOND, totalMs: 10 * SECOND },
  // Stripe gives up later than a person, and sends the event again. An order that somebody else has locked is left to the
  // next attempt soon, since the events of others wait for the same connections.
  webhook: { connections: 5, statementMs: 5 * SECOND, lockMs: 2 * SECOND, idleMs: 10 * SECOND, totalMs: 15 * SECOND },
  // Nobody waits, and some statements are about thousands of rows. What ends a round is its signal.
  job: { connections: 8, statementMs: 20 * SECOND, lockMs: 10 * SECOND, idleMs: 10 * SECOND, totalMs: DAY },
  // The job queue asks for work every two seconds, on a pool of its own.
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

/** One piece of work: a request, an event, a round of a job. */
export class Work {
  readonly limits: Limits;
  private hasBegun = false;
  private waiting = 0;
  private waitingSince = 0;
  private waitedMs = 0;

  /** @param gone aborted when nobody waits for the answer any more */
  constructor(
    readonly workload: Workload,
    private readonly gone: AbortSignal | null,
  ) {
    this.limits = limitsOf(workload);
  }

  /**
   * Whether it should not begin any more. What has sent its first statement is finished: an order that is committed is
   * better taken to its session than left to recovery.
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

  /** The time that the database takes is counted; what is waited for side by side counts once. */
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

/** What the caller is a part of; a command's, unless somebody said otherwise. */
export function currentWork(): Work {
  return current.getStore() ?? new Work('command', null);
}

/**
 * Whatever is asked of the database meanwhile counts as this kind of work.
 *
 * @param gone aborted when nobody waits for the answer any more
 */
export function runAs<T>(workload: Workload, work: () => T, gone: AbortSignal | null = null): T {
  return current.run(new Work(workload, gone), work);
}
