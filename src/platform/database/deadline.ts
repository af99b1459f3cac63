/** Deadlines that are extended when the process was halted. */
import { type Entry, LinkedList } from '../kernel/linked-list.js';

// A deadline may pass so much too late: limits are seconds, and one timer for all of them costs a statement nothing.
const TICK_MS = 100;
// If the timer is later than that, the process, or the machine, was halted.
const HALT_MS = 250;

/** Calls back when its time is over. */
export class Deadline {
  private dueAt: number;
  private readonly entry: Entry<Deadline>;

  constructor(
    milliseconds: number,
    readonly passed: () => void,
  ) {
    this.dueAt = performance.now() + milliseconds;
    this.entry = watch(this);
  }

  callOff(): void {
    unwatch(this.entry);
  }

  isPassed(now: number): boolean {
    return this.dueAt <= now;
  }

  extend(milliseconds: number): void {
    this.dueAt += milliseconds;
  }
}

const pending = new LinkedList<Deadline>();
let timer: NodeJS.Timeout | null = null;
let nextTickAt = 0;

function watch(deadline: Deadline): Entry<Deadline> {
  const entry = pending.add(deadline);
  if (timer === null) startTick();
  else if (pending.size === 1) timer.ref();
  return entry;
}

/** The timer stays until its tick, so that not every statement starts one. */
function unwatch(entry: Entry<Deadline>): void {
  if (pending.remove(entry) && pending.size === 0) timer?.unref();
}

function startTick(): void {
  nextTickAt = performance.now() + TICK_MS;
  timer = setTimeout(tick, TICK_MS);
}

/**
 * After a halt, timers fire before the process reads what has arrived meanwhile: all deadlines are extended by
 * the length of the halt.
 */
function tick(): void {
  timer = null;
  const now = performance.now();
  const lateMs = now - nextTickAt;
  for (const deadline of pending.toArray()) {
    if (lateMs > HALT_MS) deadline.extend(lateMs);
    else if (deadline.isPassed(now)) {
      deadline.callOff();
      deadline.passed();
    }
  }
  if (timer === null && pending.size > 0) startTick();
}

/** The result of a promise, or the error of `late` when it takes longer or the signal is aborted. */
export function withTimeout<T>(
  milliseconds: number,
  answer: Promise<T>,
  late: () => Error,
  signal: AbortSignal | null = null,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => {
      end();
      reject(late());
    };
    const deadline = new Deadline(milliseconds, fail);
    const end = () => {
      deadline.callOff();
      signal?.removeEventListener('abort', fail);
    };
    signal?.addEventListener('abort', fail, { once: true });
    answer.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
