/** Works off what is due in the database, several items at once, for as long as there is any and the run lasts. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { type JobRun, JobRunError, type JobRunOutcome } from './job.js';

const BATCH_SIZE = 100;
// The first few tell what is wrong; a log line of ten thousand tells no more.
const REPORTED_FAILURES = 20;

export interface Backlog<Item extends { id: string }> {
  /**
   * The items that are due, those first that were never tried. One that was claimed is due no longer, so that those that
   * fail every time leave the others their turn.
   *
   * @param em here and below: a fork of its own
   */
  findDue(em: EntityManager, limit: number): Promise<Item[]>;
  /** Claims the item, and does it. One that throws holds up none of the others. */
  work(em: EntityManager, item: Item): Promise<void>;
  /** Fewer at once than a run may have, where the database alone is kept busy. */
  concurrency?: number;
}

/**
 * Each item has one turn in a run, whatever becomes of it.
 *
 * @throws JobRunError when items failed, after the others had their turn
 */
export async function processBacklog<Item extends { id: string }>(
  em: EntityManager,
  run: JobRun,
  backlog: Backlog<Item>,
): Promise<JobRunOutcome> {
  const queue = new ItemQueue((limit) => backlog.findDue(em.fork(), limit));
  const failures: { id: string; error: unknown }[] = [];
  const workOne = async () => {
    const item = run.signal.aborted ? null : await queue.take();
    if (item === null) return false;
    await backlog.work(em.fork(), item).catch((error: unknown) => failures.push({ id: item.id, error }));
    return true;
  };
  const workInTurn = async () => {
    while (await run.itemLimit(workOne));
  };
  const workers = backlog.concurrency ?? run.itemLimit.concurrency;
  const ended = await Promise.allSettled(Array.from({ length: workers }, workInTurn));
  for (const worker of ended) if (worker.status === 'rejected') throw worker.reason;
  const outcome = queue.isExhausted ? 'done' : 'more';
  if (failures.length > 0) throw jobRunError(failures, queue.taken, outcome);
  return outcome;
}

function jobRunError(failures: readonly { id: string; error: unknown }[], taken: number, outcome: JobRunOutcome) {
  const reported = failures.slice(0, REPORTED_FAILURES);
  const ids = reported.map(({ id }) => id).join(', ');
  const others = failures.length > reported.length ? ' and others' : '';
  const message = `${failures.length} of ${taken} failed: ${ids}${others}`;
  return new JobRunError(
    reported.map(({ error }) => error),
    message,
    outcome,
  );
}

/** Items of the database, read batch after batch; those that are under way already are not handed out again. */
class ItemQueue<Item extends { id: string }> {
  private readonly seen = new Set<string>();
  private waiting: Item[] = [];
  private reading: Promise<void> | null = null;
  private isEmpty = false;

  constructor(private readonly read: (limit: number) => Promise<Item[]>) {}

  /** How many were handed out. */
  get taken(): number {
    return this.seen.size - this.waiting.length;
  }

  /** Whether there is none left. */
  get isExhausted(): boolean {
    return this.isEmpty && this.waiting.length === 0;
  }

  /** Null when there is none left. */
  async take(): Promise<Item | null> {
    while (this.waiting.length === 0 && !this.isEmpty) {
      this.reading ??= this.readMore();
      await this.reading;
    }
    return this.waiting.shift() ?? null;
  }

  private async readMore(): Promise<void> {
    try {
      const found = await this.read(BATCH_SIZE);
      this.waiting = found.filter(({ id }) => !this.seen.has(id));
      for (const { id } of this.waiting) this.seen.add(id);
      this.isEmpty = this.waiting.length === 0;
    } finally {
      this.reading = null;
    }
  }
}
