/** So many at once, the others in the order in which they came. */
import { answerWithin } from './deadline.js';
import { DatabaseUnavailable } from './unavailable.js';
import type { Work } from './workload.js';

export class Turns {
  private readonly waiting = new Set<() => void>();

  /** @param free how many may have a turn at once */
  constructor(private free: number) {}

  /** @returns false when others are at it */
  enterAtOnce(): boolean {
    if (this.free === 0) return false;
    this.free -= 1;
    return true;
  }

  /** @throws DatabaseUnavailable when its turn did not come in time, or nobody waits for the answer any more */
  async enter(work: Work): Promise<void> {
    if (this.enterAtOnce()) return;
    let begin = () => {};
    const turn = new Promise<void>((resolve) => {
      begin = resolve;
    });
    this.waiting.add(begin);
    try {
      await answerWithin(work.leftMs, turn, () => tooLate(work), work.signal);
    } catch (error) {
      // Its turn may have come in the same moment.
      if (!this.waiting.delete(begin)) this.leave();
      throw error;
    }
  }

  leave(): void {
    const [next] = this.waiting;
    if (next === undefined) this.free += 1;
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
