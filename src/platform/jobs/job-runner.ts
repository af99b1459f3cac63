/** Runs jobs from queues in the database that all processes share; each job runs in one process at a time. */
import { setTimeout as setTimeoutAsync } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import pLimit from 'p-limit';
import { type ConstructorOptions, fromKysely, PgBoss } from 'pg-boss';
import { connectionOptions } from '../database/connection-options.js';
import { ConnectionGroup, DatabaseClient } from '../database/database-client.js';
import { withTimeout } from '../database/deadline.js';
import { inTransaction } from '../database/transaction.js';
import { limitsOf, runAs } from '../database/workload.js';
import type { Logger } from '../kernel/logger.js';
import { type Job, type JobRequests, JobRunError, type JobRunOutcome } from './job.js';

// A process that was killed is noticed within half a minute by its missing heartbeats.
const HEARTBEAT_SECONDS = 10;
const LOOK_FOR_DEAD_SECONDS = 30;
// No run takes longer; by default pg-boss waits for a quarter of an hour.
const RUN_TIMEOUT_SECONDS = 120;
// Items that have begun by then are done before the run times out, however slow Stripe is.
const NO_NEW_ITEMS_AFTER_MS = 90_000;
// Stripe responds within about half a second: so many items at once use its whole rate. The limit is for all jobs
// together: with more, all of them would wait for Stripe's rate, and none would end with the run.
const ITEMS_AT_ONCE = 16;
// Behind a pooler, where nothing notifies the workers.
const POLL_SECONDS = 2;
// Requests notify the workers; this is the delay where a notification was lost, or the process that made a request for
// later has died. An idle process would otherwise send most of its statements for nothing.
const POLL_NOTIFIED_SECONDS = 60;
// The schedule runs such jobs each minute: a request for later than that is not needed.
const SCHEDULE_SECONDS = 60;
// A run by schedule may begin so much later.
const SCHEDULE_DELAY_SECONDS = 15;
const NEVER_SECONDS = 24 * 3_600;
const KEEP_FINISHED_SECONDS = 3_600;
const KEEP_WAITING_SECONDS = 24 * 3_600;
// After an error, the database is asked so often until it responds; when it has not by then, the error is not about a
// single statement.
const ASK_AGAIN_MS = 1_000;
const LOST_AFTER_MS = 4_000;
const START_AGAIN_MS = 2_000;
// Less than the ten seconds that a shutdown is given.
const STOP_TIMEOUT_MS = 8_000;
// pg-boss closes connections and waits for the server, which does not respond on one that is stalled. Left open, it
// ends with the process.
const CLOSE_TIMEOUT_MS = STOP_TIMEOUT_MS + 1_000;
// A start tries to connect twice, which must fit into a shutdown.
const CONNECT_TIMEOUT_MS = 3_000;
// Requests that wait are removed this many at a time.
const REQUESTS_AT_ONCE = 1_000;

export interface JobRunnerOptions {
  databaseUrl: string;
  forkEntityManager: () => EntityManager;
  /** Called before every run; the function logs the reason when it returns false. */
  mayRun: () => Promise<boolean>;
  logger: Logger;
  /** Whether jobs also run by their schedules, the default; on request they always run. */
  runsSchedule?: boolean;
}

export class JobRunner implements JobRequests {
  private boss: PgBoss | null = null;
  private isReady = false;
  private lastErrorAt = 0;
  /** When the first of the errors came since the last response. */
  private failingSince = 0;
  private readonly workers = new Map<string, string>();
  /** Jobs that run, and those that ran when the stop began. */
  private readonly running = new Set<string>();
  /** Of requests for later, by job and second. */
  private readonly alarms = new Map<string, NodeJS.Timeout>();
  private connections = new ConnectionGroup();
  private stopping: Promise<void> | null = null;
  private readonly stopSignal = new AbortController();
  private readonly itemLimit = pLimit(ITEMS_AT_ONCE);
  private starting: Promise<void> = Promise.resolve();
  private wakeUp: () => void = () => {};

  constructor(private readonly options: JobRunnerOptions) {}

  private get runsSchedule(): boolean {
    return this.options.runsSchedule ?? true;
  }

  /** Returns at once. Where the database does not respond yet, the start is retried until it does. */
  start(jobs: readonly Job[]): void {
    this.starting = runAs('queue', () => this.startUntilItWorks(jobs));
  }

  /** Why no jobs run in this process; null when they do. */
  problem(): string | null {
    if (this.stopping !== null) return 'the job queue is stopping';
    if (!this.isReady) return 'the job queue has not started yet';
    const isLost = this.isFailing && this.lastErrorAt - this.failingSince > LOST_AFTER_MS;
    return isLost ? 'the job queue has lost its database' : null;
  }

  /** Whether the last that was heard of the database is an error. */
  private get isFailing(): boolean {
    return this.lastErrorAt > this.connections.lastResponseAt;
  }

  async request(em: EntityManager, jobName: string, { afterSeconds = 0 } = {}): Promise<void> {
    // Before the queues exist, and for later than the next scheduled run, the schedule is enough.
    if (this.boss === null || !this.isReady || afterSeconds >= SCHEDULE_SECONDS) return;
    const transaction = em.getTransactionContext();
    if (!transaction) throw new Error(`Job ${jobName} was requested outside a transaction.`);
    // Not merged with another request here: that may be served before this transaction commits, and both
    // transactions would wait for each other.
    await this.boss.send(jobName, null, { db: fromKysely(transaction), startAfter: afterSeconds });
    if (afterSeconds > 0) this.wakeWorkerIn(jobName, afterSeconds);
  }

  /** Has every job run once, as where a clock was moved past times at which their schedules would have run them. */
  async runAll(): Promise<void> {
    const { boss } = this;
    if (boss === null || !this.isReady || this.stopping !== null) return;
    await runAs('queue', () => Promise.all([...this.workers.keys()].map((name) => boss.send(name, null))));
  }

  /** The notification of a request for later comes too early: the worker is woken once more when it is due. */
  private wakeWorkerIn(jobName: string, seconds: number): void {
    const due = Math.ceil(Date.now() / 1000 + seconds);
    const key = `${jobName} ${due}`;
    const worker = this.workers.get(jobName);
    if (worker === undefined || this.alarms.has(key)) return;
    const wake = () => {
      this.alarms.delete(key);
      this.boss?.notifyWorker(worker);
    };
    this.alarms.set(key, setTimeout(wake, due * 1000 - Date.now()).unref());
  }

  /** Signals the runs in progress to end, and waits for them. */
  async stop(): Promise<void> {
    this.stopping ??= this.stopOnce();
    return this.stopping;
  }

  private async stopOnce(): Promise<void> {
    this.stopSignal.abort();
    this.wakeUp();
    for (const alarm of this.alarms.values()) clearTimeout(alarm);
    await this.starting;
    const stopped = this.boss?.stop({ graceful: true, timeout: STOP_TIMEOUT_MS }) ?? Promise.resolve();
    const late = () => new Error('The connections of the job queue do not close.');
    await withTimeout(CLOSE_TIMEOUT_MS, stopped, late).catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'Job queue did not stop cleanly');
    });
    await this.handOver().catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'Jobs in progress are left to the next schedule');
    });
  }

  /** What was requested during the last runs here is left to other processes, which saw that a run was in progress. */
  private async handOver(): Promise<void> {
    const { boss, running } = this;
    if (boss === null || running.size === 0) return;
    await runAs('queue', () =>
      inTransaction(this.options.forkEntityManager(), async (em) => {
        const db = fromKysely(em.getTransactionContext() as Parameters<typeof fromKysely>[0]);
        for (const name of running) await boss.send(name, null, { db });
      }),
    );
  }

  private async startUntilItWorks(jobs: readonly Job[]): Promise<void> {
    while (this.stopping === null) {
      try {
        await this.startOnce(jobs);
        return;
      } catch (error) {
        if (this.stopping !== null) return;
        this.options.logger.warn({ err: error }, 'Job queue could not be started; trying again');
        await new Promise<void>((resolve) => {
          this.wakeUp = resolve;
          setTimeout(resolve, START_AGAIN_MS).unref();
        });
      }
    }
  }

  private async startOnce(jobs: readonly Job[]): Promise<void> {
    const boss = this.newBoss(await this.mayListen());
    try {
      await boss.start();
      if (this.runsSchedule) await removeObsoleteQueues(boss, jobs);
      for (const job of jobs) await this.prepare(boss, job);
    } catch (error) {
      await boss.stop({ graceful: false }).catch(() => {});
      throw error;
    }
    this.boss = boss;
    this.isReady = true;
  }

  /** Behind a pooler, notifications would arrive in a session that is no longer ours: polling is enough there. */
  private async mayListen(): Promise<boolean> {
    const client = new DatabaseClient(connectionOptions(this.options.databaseUrl));
    try {
      await client.connect();
      return await client.ownsSession();
    } finally {
      await client.end();
    }
  }

  private newBoss(mayListen: boolean): PgBoss {
    const { application_name: name = 'comptoir jobs', ...connection } = connectionOptions(this.options.databaseUrl);
    this.connections = connection.group;
    const options: ConstructorOptions = {
      ...connection,
      application_name: name,
      max: limitsOf('queue').connections,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      useListenNotify: mayListen,
      registerInstance: false,
      schedule: this.runsSchedule,
      monitorIntervalSeconds: LOOK_FOR_DEAD_SECONDS,
      superviseIntervalSeconds: LOOK_FOR_DEAD_SECONDS,
      cronWorkerIntervalSeconds: SCHEDULE_DELAY_SECONDS,
      // No job waits for another.
      flowIntervalSeconds: NEVER_SECONDS,
    };
    const boss = new PgBoss(options);
    boss.on('error', (error) => {
      if (this.stopping === null) this.reportError(error);
    });
    return boss;
  }

  /** The queue recovers by itself when the database is back. */
  private reportError(error: unknown): void {
    // Of a lasting failure, only the first error is logged.
    const isNew = !this.isFailing;
    this.lastErrorAt = Date.now();
    if (!isNew) return;
    this.failingSince = this.lastErrorAt;
    this.options.logger.error({ err: error }, 'Job queue error');
    void runAs('queue', () => this.askUntilAnswered());
  }

  /** Workers ask once a minute only. */
  private async askUntilAnswered(): Promise<void> {
    while (this.isFailing && this.stopping === null) {
      try {
        await this.boss?.getSchedules();
      } catch {
        this.lastErrorAt = Date.now();
      }
      if (this.isFailing) await setTimeoutAsync(ASK_AGAIN_MS, undefined, { ref: false });
    }
  }

  private async prepare(boss: PgBoss, job: Job): Promise<void> {
    await boss.createQueue(job.name, {
      policy: 'singleton',
      heartbeatSeconds: HEARTBEAT_SECONDS,
      expireInSeconds: RUN_TIMEOUT_SECONDS,
      // A run that failed, or whose process died, is followed by another anyway.
      retryLimit: 1,
      deleteAfterSeconds: KEEP_FINISHED_SECONDS,
      retentionSeconds: KEEP_WAITING_SECONDS,
      notify: true,
    });
    const polling = { pollingIntervalSeconds: POLL_SECONDS, notifyPollingIntervalSeconds: POLL_NOTIFIED_SECONDS };
    const worker = await boss.work(job.name, polling, async (runs) => runAs('job', () => this.run(boss, job, runs)));
    this.workers.set(job.name, worker);
    if (this.runsSchedule) await boss.schedule(job.name, job.schedule);
  }

  private async run(boss: PgBoss, job: Job, runs: readonly { signal: AbortSignal }[]): Promise<void> {
    this.running.add(job.name);
    try {
      if (!(await this.options.mayRun())) return;
      await removeDueRequests(boss, job.name);
      if ((await this.runJobOnce(job, runs)) === 'more') await boss.send(job.name, null);
    } catch (error) {
      this.options.logger.error({ job: job.name, err: error }, 'Job failed; its next run tries again');
    } finally {
      if (this.stopping === null) this.running.delete(job.name);
    }
  }

  private async runJobOnce(job: Job, runs: readonly { signal: AbortSignal }[]): Promise<JobRunOutcome> {
    const timeIsUp = AbortSignal.timeout(NO_NEW_ITEMS_AFTER_MS);
    const signal = AbortSignal.any([this.stopSignal.signal, timeIsUp, ...runs.map((run) => run.signal)]);
    try {
      return await job.runOnce(this.options.forkEntityManager(), { signal, itemLimit: this.itemLimit });
    } catch (error) {
      if (!(error instanceof JobRunError)) throw error;
      this.options.logger.error({ job: job.name, err: error }, 'Items of a job failed; a later run tries them again');
      return error.outcome;
    }
  }
}

/**
 * After an update, queues may be left whose jobs were renamed or removed: their schedules would fill them for ever. The
 * queue is deleted first, so that a process that dies in between finds the schedule again.
 */
async function removeObsoleteQueues(boss: PgBoss, jobs: readonly Job[]): Promise<void> {
  for (const { name, key } of await boss.getSchedules()) {
    if (jobs.some((job) => job.name === name)) continue;
    await boss.deleteQueue(name);
    await boss.unschedule(name, key);
  }
}

/**
 * The run that begins serves all requests that are due. Only committed ones are seen here, and so their work is seen by
 * the run; later ones stay.
 */
async function removeDueRequests(boss: PgBoss, jobName: string): Promise<void> {
  for (;;) {
    const queued = await boss.findJobs(jobName, { queued: true, limit: REQUESTS_AT_ONCE });
    const due = queued.filter(({ state, startAfter }) => state === 'created' && startAfter.getTime() <= Date.now());
    if (due.length > 0)
      await boss.deleteJob(
        jobName,
        due.map(({ id }) => id),
      );
    if (due.length === 0 || queued.length < REQUESTS_AT_ONCE) return;
  }
}
