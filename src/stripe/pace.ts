/** Spaces requests evenly, so that background work leaves Stripe's rate limit to the buyers. */
import type { Clock } from '../shared/clock.js';

export class Pace {
  private readonly intervalMs: number;
  private lastTurnAt = Number.NEGATIVE_INFINITY;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    requestsPerSecond: number,
    private readonly clock: Clock,
  ) {
    // Rounded up: timers count whole milliseconds, and a shorter interval would exceed the rate.
    this.intervalMs = Math.ceil(1000 / requestsPerSecond);
  }

  /** Resolves when the caller may send one request; callers take their turns in the order they came. */
  turn(): Promise<void> {
    this.queue = this.queue.then(() => this.pause());
    return this.queue;
  }

  private async pause(): Promise<void> {
    const now = this.clock.now().getTime();
    const elapsedMs = now - this.lastTurnAt;
    // A clock that was put back must not keep the queue waiting until it has caught up.
    const pauseMs = Math.min(this.intervalMs, Math.max(0, this.intervalMs - elapsedMs));
    this.lastTurnAt = now + pauseMs;
    if (pauseMs > 0) await this.clock.wait(pauseMs);
  }
}
