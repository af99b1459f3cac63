/** The time of the demo: the simulator's, so that who moves Stripe's clock moves the shop's along with it. */
import { type Clock, systemClock } from '../src/platform/kernel/clock.js';

const LOOK_EVERY_MS = 250;
// Far more than a late timer, and less than anybody would move it by.
const MOVED_BY_MS = 2_000;

export class DemoClock implements Clock {
  private followed: Pick<Clock, 'now'> = systemClock;

  now(): Date {
    return this.followed.now();
  }

  /** Of the machine's time: what is waited for is the network, and other processes. */
  wait(milliseconds: number): Promise<void> {
    return systemClock.wait(milliseconds);
  }

  /** @param clock of the simulator; it may have been moved before */
  follow(clock: Pick<Clock, 'now'>): void {
    this.followed = clock;
  }

  /** Calls back soon after it was moved forward. @returns what ends it */
  onMoved(listener: () => void): () => void {
    let aheadMs = this.aheadMs();
    const look = () => {
      const before = aheadMs;
      aheadMs = this.aheadMs();
      if (aheadMs - before > MOVED_BY_MS) listener();
    };
    const timer = setInterval(look, LOOK_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  private aheadMs(): number {
    return this.now().getTime() - Date.now();
  }
}
