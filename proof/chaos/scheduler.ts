/**
 * Runs tasks one at a time. A task gives its turn away at named places, all of them outside transactions; the code that
 * drives the scheduler says which task continues. So an interleaving is a list of choices, and the same choices give it
 * again.
 */

// In real time. A task that neither pauses nor ends waits for a lock that a paused task holds, or for ever.
const STUCK_AFTER_MS = 20_000;

/** What happens to a task at a place. */
export type Fate = 'continues' | 'dies' | 'fails' | 'fails to serialize';

/** Thrown inside transactions, so that PostgreSQL rolls them back as it does when a client is gone. */
class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

/** A failure that the code under test is to survive. */
export class PlannedFailure extends Error {
  override readonly name = 'PlannedFailure';
}

class SerializationFailure extends PlannedFailure {
  /** PostgreSQL's deadlock_detected. */
  readonly code = '40P01';
}

export interface Task {
  readonly name: string;
  /** The virtual process that it belongs to, and dies with. */
  readonly process: string;
  /** Where it stands, for the trace. */
  place: string;
  /** It continues when the clock has reached this instant, in milliseconds; null for any time. */
  wakesAt: number | null;
  isDying: boolean;
  /** Set while it is paused. */
  goOn: (() => void) | null;
}

export interface SchedulerHooks {
  /** Decides what happens to a task that has reached a place. */
  fateAt(task: Task, place: string, isInTransaction: boolean): Fate;
  processDied(process: string, place: string): void;
  /** The task has ended; a task that died never does. */
  ended(task: Task, error: unknown): void;
}

export class Scheduler {
  private tasks: Task[] = [];
  private running: Task | null = null;
  /** Ends the turn of the running task. */
  private giveTurnBack: (() => void) | null = null;

  constructor(private readonly hooks: SchedulerHooks) {}

  /** The tasks that live, in the order in which they began. */
  get alive(): readonly Task[] {
    return this.tasks;
  }

  /** Whether no task has the turn. */
  get isIdle(): boolean {
    return this.running === null;
  }

  /** The new task waits for its first turn. */
  start(name: string, process: string, work: () => Promise<unknown>): Task {
    const task: Task = { name, process, place: 'start', wakesAt: null, isDying: false, goOn: null };
    task.goOn = () => {
      work().then(
        () => this.end(task, null),
        (error: unknown) => this.end(task, error),
      );
    };
    this.tasks.push(task);
    return task;
  }

  /** Those that could go on at an instant. */
  ready(now: number): Task[] {
    return this.tasks.filter(({ wakesAt }) => wakesAt === null || wakesAt <= now);
  }

  /** The next instant at which a task wakes; null when none waits. */
  nextWake(): number | null {
    const instants = this.tasks.flatMap(({ wakesAt }) => wakesAt ?? []);
    return instants.length === 0 ? null : Math.min(...instants);
  }

  /** Gives a task its turn, and resolves when it pauses, ends or dies. */
  async resume(task: Task): Promise<void> {
    const { goOn } = task;
    if (goOn === null || this.running !== null) throw new Error('Only a paused task can be given a turn.');
    Object.assign(task, { goOn: null, wakesAt: null });
    this.running = task;
    let timer: NodeJS.Timeout | undefined;
    const stuck = new Promise<never>((_resolve, reject) => {
      const error = new Error(`${task.name} is stuck after "${task.place}": does it call Stripe within a transaction?`);
      timer = setTimeout(() => reject(error), STUCK_AFTER_MS);
    });
    const turn = new Promise<void>((resolve) => {
      this.giveTurnBack = resolve;
    });
    goOn();
    try {
      await Promise.race([turn, stuck]);
    } finally {
      clearTimeout(timer);
      this.running = null;
      this.giveTurnBack = null;
    }
  }

  /** Called by the code under test at a place outside any transaction. Does nothing outside tasks. */
  async pause(place: string, wakesAt: number | null = null): Promise<void> {
    const task = this.running;
    if (task === null) return;
    task.place = place;
    if (task.isDying || this.hooks.fateAt(task, place, false) === 'dies') return this.dieHere(task, place);
    await new Promise<void>((resolve) => {
      Object.assign(task, { wakesAt, goOn: resolve });
      this.giveTurnBack?.();
    });
  }

  /** Called by the code under test inside a transaction, where nobody may be made to wait. */
  passThrough(place: string): void {
    const task = this.running;
    if (task === null) return;
    task.place = place;
    if (task.isDying) throw new ProcessDied();
    const fate = this.hooks.fateAt(task, place, true);
    if (fate === 'fails') throw new PlannedFailure(`A planned failure at "${place}"`);
    if (fate === 'fails to serialize') throw new SerializationFailure(`A planned deadlock at "${place}"`);
    if (fate === 'continues') return;
    task.isDying = true;
    this.bury(task.process, place, task);
    throw new ProcessDied();
  }

  /** Ends a process: its tasks never go on. They hold no connection, since none of them is in a transaction. */
  kill(process: string, place: string): void {
    this.bury(process, place, null);
  }

  /** A promise that nobody resolves: what a process does after its death. */
  private dieHere(task: Task, place: string): Promise<never> {
    this.remove(task);
    if (!task.isDying) this.bury(task.process, place, null);
    this.giveTurnBack?.();
    return new Promise(() => {});
  }

  private bury(process: string, place: string, dying: Task | null): void {
    this.tasks = this.tasks.filter((task) => task.process !== process || task === dying);
    this.hooks.processDied(process, place);
  }

  private end(task: Task, error: unknown): void {
    this.remove(task);
    if (!task.isDying) this.hooks.ended(task, error);
    this.giveTurnBack?.();
  }

  private remove(task: Task): void {
    this.tasks = this.tasks.filter((other) => other !== task);
  }
}
