/** The clock of a schedule: it stands still until the schedule moves it, and code that waits by it is a paused task. */
import type { Clock } from '../../src/platform/kernel/clock.js';

export class VirtualClock implements Clock {
  /** @param pause gives the turn away until the clock has reached an instant */
  constructor(
    private milliseconds: number,
    private readonly pause: (until: number) => Promise<void>,
  ) {}

  now(): Date {
    return new Date(this.milliseconds);
  }

  wait(milliseconds: number): Promise<void> {
    return this.pause(this.milliseconds + milliseconds);
  }

  /** Never backwards. */
  moveTo(instant: number): void {
    this.milliseconds = Math.max(this.milliseconds, instant);
  }
}
