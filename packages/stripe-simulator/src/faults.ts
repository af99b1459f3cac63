/** Faults that a test orders in advance: the next matching API request meets them. */

interface FaultMatch {
  method?: string;
  /** A prefix of the path, or an expression that it matches. Without it, any path. */
  path?: string | RegExp;
}

export type Fault = FaultMatch &
  (
    | {
        kind: 'status';
        status: number;
        /** Tells a 429 for a lock from one for too many requests. */
        code?: 'rate_limit' | 'lock_timeout';
        body?: unknown;
        headers?: Record<string, string>;
      }
    | { kind: 'status-after-work'; status: number }
    | { kind: 'reset-before-work' }
    | { kind: 'reset-after-work' }
    | { kind: 'delay'; ms: number }
  );

export class FaultPlan {
  #faults: Fault[] = [];

  /** Each fault hits one request; those that match the same requests hit them in the order given. */
  failNext(...faults: Fault[]): void {
    this.#faults.push(...faults);
  }

  clear(): void {
    this.#faults = [];
  }

  take(method: string, path: string): Fault | null {
    const index = this.#faults.findIndex((fault) => matches(fault, method, path));
    return index === -1 ? null : (this.#faults.splice(index, 1)[0] ?? null);
  }
}

function matches(fault: FaultMatch, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  return typeof fault.path === 'string' ? path.startsWith(fault.path) : fault.path.test(path);
}
