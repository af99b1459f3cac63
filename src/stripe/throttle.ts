/** Throttles requests to Stripe's rate limit: those of jobs are spaced evenly, and those for people go first. */
import type { Clock } from '../platform/kernel/clock.js';
import type { Priority } from './call-context.js';

// However busy people are, jobs get a quarter of the rate: refunds that are due must not wait for a sale to end.
const MAX_PAUSE_INTERVALS = 4;

// The next requests make up for a late timer, so that the rate is reached on a busy machine.
const CATCH_UP_MS = 100;

export class Throttle {
  private readonly intervalMs: number;
  private readonly maxPauseMs: number;
  private lastRequestAt = Number.NEGATIVE_INFINITY;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    requestsPerSecond: number,
    private readonly clock: Clock,
  ) {
    this.intervalMs = 1000 / requestsPerSecond;
    this.maxPauseMs = MAX_PAUSE_INTERVALS * this.intervalMs;
  }

  /**
   * Resolves when the caller may send one request. Jobs wait in the order of their calls; people do not wait: each of
   * their requests takes the slot of a job instead.
   */
  wait(priority: Priority): Promise<void> {
    if (priority === 'person') {
      this.takeTurn();
      return Promise.resolve();
    }
    this.queue = this.queue.then(() => this.pause());
    return this.queue;
  }

  private async pause(): Promise<void> {
    const pauseMs = this.takeTurn();
    if (pauseMs > 0) await this.clock.wait(pauseMs);
  }

  /** @returns the wait for the reserved slot, in milliseconds */
  private takeTurn(): number {
    const now = this.clock.now().getTime();
    const untilNextMs = this.lastRequestAt + this.intervalMs - now;
    // A clock that was set back must not keep the queue waiting until it has caught up.
    const wasPutBack = untilNextMs > 2 * this.maxPauseMs;
    const wasQuiet = untilNextMs < -CATCH_UP_MS;
    const planMs = wasPutBack ? this.intervalMs : Math.min(wasQuiet ? 0 : untilNextMs, this.maxPauseMs);
    this.lastRequestAt = now + planMs;
    // Rounded up: timers count whole milliseconds, and a shorter pause would exceed the rate.
    return Math.ceil(Math.max(0, planMs));
  }
}
