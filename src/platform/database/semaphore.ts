/** A fair semaphore: callers get permits in the order in which they came. */
import { LinkedList } from '../kernel/linked-list.js';
import { withTimeout } from './deadline.js';
import { DatabaseUnavailable } from './unavailable.js';
import type { Work } from './workload.js';

export class Semaphore {
  private readonly waiting = new LinkedList<() => void>();

  /** @param permits how many callers may hold one at once */
  constructor(private permits: number) {}

  /** @returns false when no permit is free */
  tryAcquire(): boolean {
    if (this.permits === 0) return false;
    this.permits -= 1;
    return true;
  }

  /** @throws DatabaseUnavailable when no permit became free in time, or the caller has disconnected */
  async acquire(work: Work): Promise<void> {
    if (this.tryAcquire()) return;
    let begin = () => {};
    const turn = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const entry = this.waiting.add(begin);
    try {
      await withTimeout(work.leftMs, turn, () => tooLate(work), work.signal);
    } catch (error) {
      // The permit may have been granted in the same moment.
      if (!this.waiting.remove(entry)) this.release();
      throw error;
    }
  }

  release(): void {
    const next = this.waiting.first;
    if (next === null) this.permits += 1;
    else {
      this.waiting.remove(next);
      next.value();
    }
  }
}

/** The error for work that got no permit in time. */
export function tooLate({ isAbandoned }: Work): DatabaseUnavailable {
  return new DatabaseUnavailable(isAbandoned ? 'the caller has disconnected' : 'the wait for its turn timed out');
}
