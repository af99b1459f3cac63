/** What happens later: expiry, settlement, retries. Kept in the store, driven by the simulator's clock. */
import type { SimulatorClock } from './clock.js';
import { DueQueue } from './due-queue.js';
import type { ActionKind, ScheduledAction } from './objects.js';
import { actionId, type Store } from './store.js';

/** Clocks that are moved from outside tell nobody, so the timeline looks at them at least this often. */
const MAX_SLEEP_MS = 1000;
/** Cancelled entries stay in the queue until they come up; beyond this many it is rebuilt. */
const STALE_ENTRIES_MAXIMUM = 1000;

export class Timeline {
  readonly #queue = new DueQueue<ScheduledAction>();
  readonly #handlers = new Map<ActionKind, (subject: string, detail: string | null) => void>();
  #timer: NodeJS.Timeout | null = null;
  #isRunning = false;
  #advancing: Promise<void> = Promise.resolve();
  #sequence = 0;

  constructor(
    private readonly store: Store,
    private readonly clock: SimulatorClock,
  ) {
    store.onRestore(() => this.#rebuildQueue());
    this.#rebuildQueue();
  }

  /** Says what an action of this kind does; `subject` is the id it was scheduled for, `detail` what was said with it. */
  on(kind: ActionKind, handler: (subject: string, detail: string | null) => void): void {
    this.#handlers.set(kind, handler);
  }

  /** One action of a kind a subject: a second one takes the place of the first. `dueAt` is in milliseconds. */
  schedule(kind: ActionKind, subject: string, dueAt: number, detail: string | null = null): void {
    this.#sequence += 1;
    const action = { id: actionId(kind, subject), kind, subject, dueAt, detail, sequence: this.#sequence };
    this.store.scheduledActions.put(action);
    this.#queue.push(action);
    if (this.#queue.size > 2 * this.store.scheduledActions.size + STALE_ENTRIES_MAXIMUM) this.#rebuildQueue();
    if (this.#isRunning && this.#queue.peek() === action) this.#sleep();
  }

  scheduleIn(kind: ActionKind, subject: string, milliseconds: number, detail: string | null = null): void {
    this.schedule(kind, subject, this.clock.now().getTime() + milliseconds, detail);
  }

  cancel(kind: ActionKind, subject: string): void {
    this.store.scheduledActions.remove(actionId(kind, subject));
  }

  /** Does everything that is due by now, in the order of time. */
  runDue(): void {
    for (;;) {
      const next = this.#next();
      if (next === null || next.dueAt > this.clock.now().getTime()) return;
      this.#run(next);
    }
  }

  /**
   * Moves the clock forward through everything that falls due on the way, each at its own time. `settle` runs after
   * each of them, so that what it sets off (a delivery, its retry) has its place in the order too.
   */
  async advance(milliseconds: number, settle: () => Promise<void>): Promise<void> {
    // One after the other: two that overlap would each count from the same instant, and one of them be lost.
    const advanced = this.#advancing.then(() => this.#advanceNow(milliseconds, settle));
    this.#advancing = advanced.catch(() => {});
    await advanced;
  }

  async #advanceNow(milliseconds: number, settle: () => Promise<void>): Promise<void> {
    const target = this.clock.now().getTime() + milliseconds;
    // What is on its way already comes to its end where the clock stands now.
    await settle();
    for (;;) {
      const next = this.#next();
      if (next === null || next.dueAt > target) break;
      this.clock.moveTo(Math.max(next.dueAt, this.clock.now().getTime()));
      this.#run(next);
      await settle();
    }
    this.clock.moveTo(Math.max(target, this.clock.now().getTime()));
    this.#sleep();
  }

  start(): void {
    this.#isRunning = true;
    this.#sleep();
  }

  stop(): void {
    this.#isRunning = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #next(): ScheduledAction | null {
    for (;;) {
      const first = this.#queue.peek();
      if (first === undefined) return null;
      if (this.store.scheduledActions.get(first.id) === first) return first;
      // Cancelled, or put off: its successor is in the queue as well.
      this.#queue.pop();
    }
  }

  #run(action: ScheduledAction): void {
    this.#queue.pop();
    this.store.scheduledActions.remove(action.id);
    this.#handlers.get(action.kind)?.(action.subject, action.detail);
  }

  #sleep(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (!this.#isRunning) return;
    const next = this.#next();
    const wait = next === null ? MAX_SLEEP_MS : next.dueAt - this.clock.now().getTime();
    this.#timer = setTimeout(
      () => {
        this.runDue();
        this.#sleep();
      },
      Math.min(Math.max(wait, 0), MAX_SLEEP_MS),
    );
  }

  #rebuildQueue(): void {
    const actions = [...this.store.scheduledActions.oldestFirst()];
    this.#sequence = actions.reduce((highest, { sequence }) => Math.max(highest, sequence), this.#sequence);
    this.#queue.replaceAll(actions);
    this.#sleep();
  }
}
