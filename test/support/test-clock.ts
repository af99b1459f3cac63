/** A clock that tests move; it runs on from where it was put. */
import type { Clock } from '../../src/platform/kernel/clock.js';

export class TestClock implements Clock {
  private readonly firstOffsetMs: number;
  private offsetMs: number;
  private stoppedAt: Date | null = null;

  /** @param startsAt an instant, for tests of dates that the calendar will have left behind one day; now by default */
  constructor(startsAt?: string) {
    this.firstOffsetMs = startsAt === undefined ? 0 : Date.parse(startsAt) - Date.now();
    this.offsetMs = this.firstOffsetMs;
  }

  now(): Date {
    return this.stoppedAt ?? new Date(Date.now() + this.offsetMs);
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  /** Back to the time it is, counted from where the clock started. */
  reset(): void {
    this.offsetMs = this.firstOffsetMs;
    this.stoppedAt = null;
  }

  /** For what is about single seconds, which a busy machine would lose. */
  stopAt(instant: Date): void {
    this.stoppedAt = instant;
  }

  /** Puts the clock to an instant, from which it runs on. */
  setTo(instant: string): void {
    this.offsetMs = Date.parse(instant) - Date.now();
  }

  advanceMinutes(minutes: number): void {
    this.offsetMs += minutes * 60_000;
  }
}
