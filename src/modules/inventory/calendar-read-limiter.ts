/** Limits how many calendars are read at once, so that other work finds a connection and a processor. */
import { rateLimited } from '../../platform/rate-limits/rate-limiter.js';

// One may be computed in the database while the result of the other is transferred.
const AT_ONCE = 2;
// Each takes some milliseconds: a request behind so many would wait for seconds.
const MAX_WAITING = 200;
const RETRY_AFTER_MS = 2_000;

export class CalendarReadLimiter {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /**
   * Runs a read when a permit is free, in the order of the calls, so that a basket of fifty lines, which
   * waits again for each of them, does not delay a basket of one.
   *
   * @throws DomainError `RATE_LIMITED` where too many wait
   */
  async run<T>(read: () => Promise<T>): Promise<T> {
    await this.acquire();
    try {
      return await read();
    } finally {
      this.release();
    }
  }

  private async acquire(): Promise<void> {
    if (this.running < AT_ONCE) {
      this.running += 1;
      return;
    }
    if (this.waiting.length >= MAX_WAITING) throw rateLimited(RETRY_AFTER_MS);
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** The permit goes to the next in the queue, if there is one. */
  private release(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running -= 1;
  }
}
