/** Requests jobs as the API does, so that nothing has to wait for their schedule. */
import { PgBoss } from 'pg-boss';

type JobName =
  | 'recover-checkouts'
  | 'expire-checkouts'
  | 'issue-refunds'
  | 'hold-deposits'
  | 'settle-fees'
  | 'sync-payments'
  | 'retry-events'
  | 'read-missed-events';

export class JobTrigger {
  private constructor(private readonly boss: PgBoss) {}

  /** The queues belong to the API processes: they have to have started once. */
  static async connect(databaseUrl: string): Promise<JobTrigger> {
    const boss = new PgBoss({
      connectionString: databaseUrl,
      max: 1,
      migrate: false,
      supervise: false,
      schedule: false,
    });
    // The database is stopped on purpose.
    boss.on('error', () => {});
    await boss.start();
    return new JobTrigger(boss);
  }

  async trigger(...jobs: readonly JobName[]): Promise<void> {
    for (const job of jobs) await this.boss.sendDebounced(job, null, null, 1);
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: false }).catch(() => {});
  }
}
