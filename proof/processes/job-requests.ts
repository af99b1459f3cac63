/** Asks for jobs as the API does, so that nobody has to wait for their schedule. */
import { PgBoss } from 'pg-boss';

type JobName =
  | 'recover-checkouts'
  | 'expire-checkouts'
  | 'issue-refunds'
  | 'refresh-money'
  | 'retry-events'
  | 'reconcile';

export class JobAsker {
  private constructor(private readonly boss: PgBoss) {}

  /** The queues belong to the API processes: they have to have started once. */
  static async connect(databaseUrl: string): Promise<JobAsker> {
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
    return new JobAsker(boss);
  }

  async ask(...jobs: readonly JobName[]): Promise<void> {
    for (const job of jobs) await this.boss.sendDebounced(job, null, null, 1);
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: false }).catch(() => {});
  }
}
