/** A clock that stands still until somebody waits by it, and then is there at once. */
import type { Clock } from '../../src/platform/kernel/clock.js';

export class InstantClock implements Clock {
  constructor(private milliseconds = Date.now()) {}

  now(): Date {
    return new Date(this.milliseconds);
  }

  async wait(milliseconds: number): Promise<void> {
    this.milliseconds += milliseconds;
  }

  /** Negative to put it back. */
  move(milliseconds: number): void {
    this.milliseconds += milliseconds;
  }
}
