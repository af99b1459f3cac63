/** Background jobs, and how to request them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { LimitFunction } from 'p-limit';

/** Work that runs on a schedule and on request, in one process at a time. */
export interface Job {
  readonly name: string;
  /** When it runs without a request: a cron expression of five fields, in UTC. */
  readonly schedule: string;
  /**
   * One run. Every item is claimed in the database, since a process that was considered dead may
   * still be working on it.
   *
   * @param em a fork of its own
   * @throws JobRunError when some of its items failed
   */
  runOnce(em: EntityManager, run: JobRun): Promise<JobRunOutcome>;
}

/** The limits of one run. */
export interface JobRun {
  /**
   * Aborted when the run's time is over, or the process stops. A run of many items checks it between two
   * of them; a run that cannot continue from the middle ignores it.
   */
  readonly signal: AbortSignal;
  /** Limits how many items are processed at once in this process, over all jobs. */
  readonly itemLimit: LimitFunction;
}

/** `more` when work is left that need not wait for the schedule. */
export type JobRunOutcome = 'done' | 'more';

/** Some items of a run failed, each for its own reason; the others are done. */
export class JobRunError extends AggregateError {
  override readonly name = 'JobRunError';

  constructor(
    errors: readonly unknown[],
    message: string,
    readonly outcome: JobRunOutcome,
  ) {
    super(errors, message);
  }
}

/** Requests jobs inside a transaction: the request exists if, and only if, the transaction commits. */
export interface JobRequests {
  /** @param options.afterSeconds not before so many seconds have passed */
  request(em: EntityManager, jobName: string, options?: { afterSeconds?: number }): Promise<void>;
}
