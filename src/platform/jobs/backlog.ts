/** Processes the due items of a job, several at once, until none is left or the run ends. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { type JobRun, JobRunError, type JobRunOutcome } from './job.js';

const BATCH_SIZE = 100;
// The first few show what is wrong; thousands in a log line would show no more.
const REPORTED_FAILURES = 20;

export interface Backlog<Item extends { id: string }> {
  /**
   * The due items, those that were never tried first. A claimed item is no longer due, so that those that
   * always fail do not hold up the others.
   *
   * @param em here and below: a fork of its own
   */
  findDue(em: EntityManager, limit: number): Promise<Item[]>;
  /** Claims and processes an item. One that throws does not stop the others. */
  work(em: EntityManager, item: Item): Promise<void>;
  /** Fewer items at once than a run may process, for work that only uses the database. */
  concurrency?: number;
}

/**
 * Each item is processed at most once in a run, whether it succeeds or not.
 *
 * @throws JobRunError when items failed, after the others were processed
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

/** Due items, read in batches; those that were handed out are not handed out again. */
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
