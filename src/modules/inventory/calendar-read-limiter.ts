/** Lets a few readers of calendars at the database at a time, so that others find a connection and a processor. */
import { rateLimited } from '../../platform/rate-limits/rate-limiter.js';

// One may compute in the database while the answer of the other is read.
const AT_ONCE = 2;
// Each takes some milliseconds: a request behind so many would wait for seconds.
const MAX_WAITING = 200;
const RETRY_AFTER_MS = 2_000;

export class CalendarReadLimiter {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /**
   * Runs a reading when it is its turn: in the order in which they are asked for, so that a basket of fifty lines, which
   * comes again for each of them, does not keep a basket of one waiting.
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

  /** The lane goes to the next who waits, if there is one. */
  private release(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running -= 1;
  }
}
