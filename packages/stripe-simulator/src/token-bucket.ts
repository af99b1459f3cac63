/** A rate limit: as many requests as there are tokens, which come back with time. */
import type { Clock } from './clock.js';

export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  /** Starts full, with the tokens of one second. */
  constructor(
    private readonly tokensPerSecond: number,
    private readonly clock: Clock,
  ) {
    this.#tokens = this.#capacity;
    this.#filledAt = clock.now().getTime();
  }

  /** False when there is no token left. */
  take(): boolean {
    const now = this.clock.now().getTime();
    // A clock that was put back takes no tokens away.
    const elapsedSeconds = Math.max(0, now - this.#filledAt) / 1000;
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsedSeconds * this.tokensPerSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Slower than one a second must still let one through. */
  get #capacity(): number {
    return Math.max(1, this.tokensPerSecond);
  }
}
