/** Background work, and the way to ask for it. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { LimitFunction } from 'p-limit';

/** Work that is done on a schedule, by one process at a time, and as soon as somebody asks for it. */
export interface Job {
  readonly name: string;
  /** When it runs even if nobody asked: a cron expression of five fields, in UTC. */
  readonly schedule: string;
  /**
   * One run. Every item of it claims itself in the database, since a process that was taken for dead may
   * still be at it.
   *
   * @param em a fork of its own
   * @throws JobRunError when some of its items failed
   */
  runOnce(em: EntityManager, run: JobRun): Promise<JobRunOutcome>;
}

/** What a run keeps to. */
export interface JobRun {
  /**
   * Aborted when the run has lasted long enough, or the process stops. A run of many items looks at it between two
   * of them; what cannot go on from the middle ignores it.
   */
  readonly signal: AbortSignal;
  /** Gives an item its turn: so many may be under way in this process at once, whichever job they belong to. */
  readonly itemLimit: LimitFunction;
}

/** `more` when work is left that need not wait for the schedule. */
export type JobRunOutcome = 'done' | 'more';

/** Some items of a run failed, each for a reason of its own; the others are done. */
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

/** Asks for jobs from inside a transaction: the request is there if, and only if, the transaction commits. */
export interface JobRequests {
  /** @param options.afterSeconds not before so many seconds have passed */
  request(em: EntityManager, jobName: string, options?: { afterSeconds?: number }): Promise<void>;
}
