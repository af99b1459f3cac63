/** How long somebody waits for Stripe. */
import type { Clock } from '../platform/kernel/clock.js';

/**
 * Until when Stripe is asked, over as many requests as it takes. Waiting for a turn to ask is not counted: it says nothing
 * about Stripe, and where many jobs wait, none of them would ever have time left.
 */
export class Deadline {
  private constructor(
    private at: number,
    private readonly clock: Clock,
  ) {}

  static within(milliseconds: number, clock: Clock): Deadline {
    return new Deadline(clock.now().getTime() + milliseconds, clock);
  }

  get leftMs(): number {
    return this.at - this.clock.now().getTime();
  }

  /** Does what takes none of the time. */
  async pausedFor(wait: () => Promise<void>): Promise<void> {
    const since = this.clock.now().getTime();
    await wait();
    this.at += Math.max(0, this.clock.now().getTime() - since);
  }
}
