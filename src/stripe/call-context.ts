/** Who waits for a call to Stripe, a person or a job, and how long. */
import type { Clock } from '../platform/kernel/clock.js';

/** People go first; jobs share what is left of Stripe's rate limit. */
export type Priority = 'person' | 'job';

/**
 * The deadline of a call to Stripe, with all its requests. Waiting for the throttle is not counted: it says nothing
 * about Stripe, and where many jobs wait, none of them would have time left.
 */
export class CallContext {
  private constructor(
    readonly priority: Priority,
    private deadline: number,
    private readonly clock: Clock,
  ) {}

  /** For a person who waits for the response. */
  static forPerson(milliseconds: number, clock: Clock): CallContext {
    return new CallContext('person', clock.now().getTime() + milliseconds, clock);
  }

  static forJob(milliseconds: number, clock: Clock): CallContext {
    return new CallContext('job', clock.now().getTime() + milliseconds, clock);
  }

  get leftMs(): number {
    return this.deadline - this.clock.now().getTime();
  }

  /** Runs work whose time is not counted. */
  async pausedFor(wait: () => Promise<void>): Promise<void> {
    const since = this.clock.now().getTime();
    await wait();
    this.deadline += Math.max(0, this.clock.now().getTime() - since);
  }
}
