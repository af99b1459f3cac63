/** On whose behalf Stripe is called, and how long they wait. */
import type { Clock } from '../platform/kernel/clock.js';

/** People go first; jobs share what is left of Stripe's rate limit. */
export type Priority = 'person' | 'job';

/**
 * Until when Stripe is asked, over as many requests as it takes. Waiting for a turn to ask is not counted: it says nothing
 * about Stripe, and where many jobs wait, none of them would ever have time left.
 */
export class CallContext {
  private constructor(
    readonly priority: Priority,
    private deadline: number,
    private readonly clock: Clock,
  ) {}

  /** For somebody who waits for the answer. */
  static forPerson(milliseconds: number, clock: Clock): CallContext {
    return new CallContext('person', clock.now().getTime() + milliseconds, clock);
  }

  static forJob(milliseconds: number, clock: Clock): CallContext {
    return new CallContext('job', clock.now().getTime() + milliseconds, clock);
  }

  get leftMs(): number {
    return this.deadline - this.clock.now().getTime();
  }

  /** Does what takes none of the time. */
  async pausedFor(wait: () => Promise<void>): Promise<void> {
    const since = this.clock.now().getTime();
    await wait();
    this.deadline += Math.max(0, this.clock.now().getTime() - since);
  }
}
