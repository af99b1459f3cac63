/** Records what was done, and what buyers and Stripe were promised, during a run: for the report and the invariants. */
import type { StaffHeard } from '../chaos/invariants/dispute-checks.js';

export class RunLog {
  private readonly counts = new Map<string, number>();
  private readonly times = new Map<string, number[]>();
  private readonly sessionsOfKeys = new Map<string, Set<string>>();
  /** Orders whose cancellation was confirmed to their buyers. */
  readonly cancelledOrders = new Set<string>();
  /** Events whose delivery was acknowledged with 2xx, from any sender. */
  readonly acknowledgedEvents = new Set<string>();
  /** What responses about disputes staff have had. */
  readonly staffHeard: StaffHeard = { submitted: new Map(), accepted: new Set() };
  /** What must never happen, seen while it happened. */
  readonly violations: string[] = [];

  count(what: string, times = 1): void {
    this.counts.set(what, this.countOf(what) + times);
  }

  countOf(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  time(what: string, milliseconds: number): void {
    this.times.set(what, [...(this.times.get(what) ?? []), milliseconds]);
  }

  /** Records the session that a key got. */
  session(buyerId: string, key: string, sessionId: string): void {
    const name = `${buyerId} with key ${key}`;
    const sessions = this.sessionsOfKeys.get(name) ?? new Set();
    this.sessionsOfKeys.set(name, sessions.add(sessionId));
  }

  /** Keys that got more than one session. */
  ambiguousKeys(): string[] {
    const several = [...this.sessionsOfKeys].filter(([, sessions]) => sessions.size > 1);
    return several.map(([name, sessions]) => `${name} was answered with ${[...sessions].join(' and ')}`);
  }

  allCounts(): [string, number][] {
    return [...this.counts].sort(([a], [b]) => a.localeCompare(b));
  }

  /** Each kind of time in milliseconds, shortest first. */
  allTimes(): [string, number[]][] {
    return [...this.times].map(([what, times]) => [what, [...times].sort((a, b) => a - b)]);
  }
}
