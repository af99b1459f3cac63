/** So many at once, the others in the order in which they came. */
import { withTimeout } from './deadline.js';
import { DatabaseUnavailable } from './unavailable.js';
import type { Work } from './workload.js';

export class Semaphore {
  private readonly waiting = new Set<() => void>();

  /** @param permits how many may have a turn at once */
  constructor(private permits: number) {}

  /** @returns false when others are at it */
  tryAcquire(): boolean {
    if (this.permits === 0) return false;
    this.permits -= 1;
    return true;
  }

  /** @throws DatabaseUnavailable when its turn did not come in time, or nobody waits for the answer any more */
  async acquire(work: Work): Promise<void> {
    if (this.tryAcquire()) return;
    let begin = () => {};
    const turn = new Promise<void>((resolve) => {
      begin = resolve;
    });
    this.waiting.add(begin);
    try {
      await withTimeout(work.leftMs, turn, () => tooLate(work), work.signal);
    } catch (error) {
      // Its turn may have come in the same moment.
      if (!this.waiting.delete(begin)) this.release();
      throw error;
    }
  }

  release(): void {
    const [next] = this.waiting;
    if (next === undefined) this.permits += 1;
    else {
      this.waiting.delete(next);
      next();
    }
  }
}

/** What is told to work whose turn did not come. */
export function tooLate({ isAbandoned }: Work): DatabaseUnavailable {
  return new DatabaseUnavailable(isAbandoned ? 'nobody waits for the answer' : 'its turn did not come in time');
}
