/** Spaces the requests of jobs evenly, and lets people's go first, so that both together keep to Stripe's rate. */
import type { Clock } from '../platform/kernel/clock.js';

/** A queue in which each caller waits for its turn to send a request. */
export interface Turns {
  turn(): Promise<void>;
}

/** As fast as one likes. */
export const immediately: Turns = { turn: async () => {} };

// However busy people are, jobs get a quarter of the rate: refunds that are due must not wait for a sale to end.
const LONGEST_PAUSE = 4;

// What a timer was late, the next turns make up for, so that the rate is kept on a busy machine.
const CATCH_UP_MS = 100;

export class Pace implements Turns {
  private readonly intervalMs: number;
  private readonly longestPauseMs: number;
  private lastTurnAt = Number.NEGATIVE_INFINITY;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    requestsPerSecond: number,
    private readonly clock: Clock,
  ) {
    this.intervalMs = 1000 / requestsPerSecond;
    this.longestPauseMs = LONGEST_PAUSE * this.intervalMs;
  }

  /** Resolves when the caller may send one request; callers take their turns in the order they came. */
  turn(): Promise<void> {
    this.queue = this.queue.then(() => this.pause());
    return this.queue;
  }

  /** For people, who do not wait: each of their requests takes the turn of a job instead. */
  readonly forPeople: Turns = {
    turn: async () => {
      this.take();
    },
  };

  private async pause(): Promise<void> {
    const pauseMs = this.take();
    if (pauseMs > 0) await this.clock.wait(pauseMs);
  }

  /** @returns in how many milliseconds the turn is that was taken */
  private take(): number {
    const now = this.clock.now().getTime();
    const untilNextMs = this.lastTurnAt + this.intervalMs - now;
    // A clock that was put back must not keep the queue waiting until it has caught up.
    const wasPutBack = untilNextMs > 2 * this.longestPauseMs;
    const wasQuiet = untilNextMs < -CATCH_UP_MS;
    const planMs = wasPutBack ? this.intervalMs : Math.min(wasQuiet ? 0 : untilNextMs, this.longestPauseMs);
    this.lastTurnAt = now + planMs;
    // Rounded up: timers count whole milliseconds, and a shorter pause would exceed the rate.
    return Math.ceil(Math.max(0, planMs));
  }
}
