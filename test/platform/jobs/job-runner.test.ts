/** Jobs: asked for inside transactions, on schedule, one run at a time over all processes. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import pLimit from 'p-limit';
import { connect } from '../../../src/connect.js';
import { processBacklog } from '../../../src/platform/jobs/backlog.js';
import type { Job, JobRun, JobRunOutcome } from '../../../src/platform/jobs/job.js';
import { JobRunner } from '../../../src/platform/jobs/job-runner.js';
import { eventually } from '../../support/eventually.js';
import { testDatabaseUrl } from '../../support/test-database.js';

let databaseUrl: string;
let orm: MikroORM;
const runners: JobRunner[] = [];
const log: { message: string; fields: object }[] = [];
const note = (fields: object, message: string) => log.push({ fields, message });
const logger = { debug: () => {}, info: () => {}, warn: note, error: note };

beforeAll(async () => {
  databaseUrl = await testDatabaseUrl();
  orm = await connect(databaseUrl);
});
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.stop()));
  log.length = 0;
});
afterAll(() => orm.close());

/** A job whose runs last as long as the test wants, and that knows how many of them ran at once. */
class CountingJob implements Job {
  readonly schedule = '0 0 1 1 *';
  runs = 0;
  most = 0;
  private running = 0;

  constructor(
    readonly name: string,
    private readonly run: (run: JobRun) => Promise<JobRunOutcome | undefined> = async () => 'done',
  ) {}

  async runOnce(_: EntityManager, run: JobRun): Promise<JobRunOutcome> {
    this.runs += 1;
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    try {
      return (await this.run(run)) ?? 'done';
    } finally {
      this.running -= 1;
    }
  }
}

const newName = () => `test-${randomUUID()}`;

async function startRunner(
  jobs: Job[],
  { mayRun = true, url = databaseUrl, runsSchedule = true } = {},
): Promise<JobRunner> {
  const forkEntityManager = () => orm.em.fork();
  const options = { databaseUrl: url, forkEntityManager, mayRun: async () => mayRun, logger, runsSchedule };
  const runner = new JobRunner(options);
  runners.push(runner);
  expect(runner.problem()).toBe('the job queue has not started yet');
  runner.start(jobs);
  if (url === databaseUrl) await eventually(() => expect(runner.problem()).toBeNull());
  return runner;
}

const ask = (runner: JobRunner, { name }: Job) => orm.em.fork().transactional((em) => runner.request(em, name));

test('A job that is asked for runs within seconds, with an EntityManager of its own', async () => {
  const job = new CountingJob(newName());
  const runner = await startRunner([job]);
  await ask(runner, job);
  await eventually(() => expect(job.runs).toBe(1));
});

test('A transaction that is rolled back asks for nothing', async () => {
  const job = new CountingJob(newName());
  const runner = await startRunner([job]);
  const failing = orm.em.fork().transactional(async (em) => {
    await runner.request(em, job.name);
    throw new Error('rolled back');
  });
  await expect(failing).rejects.toThrow('rolled back');
  const waiting = await orm.em.fork().execute('select 1 from pgboss.job where name = ?', [job.name]);
  expect(waiting).toEqual([]);
});

test('Asking a hundred times while a run runs makes another, or two', async () => {
  const { promise: allAsked, resolve: tellAllAsked } = Promise.withResolvers<undefined>();
  const job = new CountingJob(newName(), () => allAsked);
  const runner = await startRunner([job]);
  await Promise.all(Array.from({ length: 100 }, () => ask(runner, job)));
  tellAllAsked(undefined);
  await eventually(async () => {
    const waiting = `select 1 from pgboss.job where name = ? and state < 'completed'`;
    expect(await orm.em.fork().execute(waiting, [job.name])).toEqual([]);
  });
  expect(job.runs).toBeGreaterThanOrEqual(1);
  expect(job.runs).toBeLessThanOrEqual(3);
});

test('Two processes never run one job at once, and a request during a run leads to another', async () => {
  let release = () => {};
  const job = new CountingJob(
    newName(),
    () => new Promise<undefined>((resolve) => (release = () => resolve(undefined))),
  );
  const [one, two] = [await startRunner([job]), await startRunner([job])];
  await ask(one, job);
  await eventually(() => expect(job.runs).toBe(1));
  await ask(two, job);
  await ask(one, job);
  // Due for longer than the workers of both processes wait between two looks: it is the run that holds it up.
  const waiting = `select 1 from pgboss.job where name = ? and state = 'created' and start_after < now() - interval '3 s'`;
  await eventually(async () => {
    if (job.most === 1) expect(await orm.em.fork().execute(waiting, [job.name])).not.toEqual([]);
  });
  release();
  await eventually(() => expect(job.runs).toBe(2));
  release();
  expect(job.most).toBe(1);
});

test('A transaction that commits late still gets a run, however many others asked meanwhile', async () => {
  const job = new CountingJob(newName());
  const runner = await startRunner([job]);
  const late = orm.em.fork();
  await late.begin();
  await late.execute('select 1');
  await ask(runner, job);
  await ask(runner, job);
  await runner.request(late, job.name);
  await eventually(async () => {
    const waiting = `select 1 from pgboss.job where name = ? and state < 'completed'`;
    expect(await orm.em.fork().execute(waiting, [job.name])).toEqual([]);
  });
  const before = job.runs;
  await late.commit();
  await eventually(() => expect(job.runs).toBeGreaterThan(before));
});

test('A request does not wait for the transaction of another', async () => {
  const job = new CountingJob(newName());
  const runner = await startRunner([job]);
  const open = orm.em.fork();
  await open.begin();
  await runner.request(open, job.name);
  await ask(runner, job);
  await eventually(() => expect(job.runs).toBe(1));
  await open.commit();
  await eventually(() => expect(job.runs).toBe(2));
});

test('Requests for later that come due together are one run or two', async () => {
  const job = new CountingJob(newName());
  const runner = await startRunner([job]);
  const askForLater = (em: EntityManager) => runner.request(em, job.name, { afterSeconds: 1 });
  await Promise.all(Array.from({ length: 60 }, () => orm.em.fork().transactional(askForLater)));
  await eventually(async () => {
    const waiting = `select 1 from pgboss.job where name = ? and state < 'completed'`;
    expect(await orm.em.fork().execute(waiting, [job.name])).toEqual([]);
  });
  expect(job.runs).toBeGreaterThanOrEqual(1);
  expect(job.runs).toBeLessThanOrEqual(3);
});

test('A run serves the requests that are due, and leaves one for later', async () => {
  const job = new CountingJob(newName());
  const forLater = { afterSeconds: 30 };
  const runner = await startRunner([job]);
  await orm.em.fork().transactional((em) => runner.request(em, job.name, forLater));
  await Promise.all(Array.from({ length: 20 }, () => ask(runner, job)));
  await eventually(async () => {
    const waiting = `select start_after > now() as "isForLater" from pgboss.job where name = ? and state < 'completed'`;
    expect(await orm.em.fork().execute(waiting, [job.name])).toEqual([{ isForLater: true }]);
  });
  expect(job.runs).toBeGreaterThanOrEqual(1);
  // How many depends on how the requests and the runs overlap.
  expect(job.runs).toBeLessThan(20);
});

describe('A start after an update', () => {
  const schedules = () => orm.em.fork().execute<{ name: string }[]>('select name from pgboss.schedule');
  const queues = () => orm.em.fork().execute<{ name: string }[]>('select name from pgboss.queue');

  test('removes the queue, the schedule and the requests of a job that was renamed', async () => {
    const [before, after] = [new CountingJob(newName()), new CountingJob(newName())];
    const old = await startRunner([before], { mayRun: false });
    await orm.em.fork().transactional((em) => old.request(em, before.name, { afterSeconds: 30 }));
    await old.stop();
    expect(await schedules()).toContainEqual({ name: before.name });
    await startRunner([after]);
    expect(await schedules()).toEqual([{ name: after.name }]);
    const names = (await queues()).map(({ name }) => name);
    expect(names).toContain(after.name);
    expect(names).not.toContain(before.name);
    const requests = 'select 1 from pgboss.job where name = ?';
    expect(await orm.em.fork().execute(requests, [before.name])).toEqual([]);
  });

  test('leaves those alone where this process runs no schedule', async () => {
    const scheduled = new CountingJob(newName());
    await startRunner([scheduled]);
    await startRunner([new CountingJob(newName())], { runsSchedule: false });
    expect(await schedules()).toEqual([{ name: scheduled.name }]);
  });
});

test('A run that fails is logged with its job, and later runs run', async () => {
  let fails = true;
  const job = new CountingJob(newName(), async () => {
    if (fails) throw new Error('this run fails');
  });
  const runner = await startRunner([job]);
  await ask(runner, job);
  await eventually(() => {
    expect(log).toContainEqual({
      fields: expect.objectContaining({ job: job.name }),
      message: 'Job failed; its next run tries again',
    });
  });
  fails = false;
  const before = job.runs;
  await ask(runner, job);
  await eventually(() => expect(job.runs).toBeGreaterThan(before));
});

test('No run begins while it may not', async () => {
  const forbidden = new CountingJob(newName());
  const runner = await startRunner([forbidden], { mayRun: false });
  await ask(runner, forbidden);
  await eventually(async () => {
    const done = `select 1 from pgboss.job where name = ? and state = 'completed'`;
    expect(await orm.em.fork().execute(done, [forbidden.name])).toHaveLength(1);
  });
  expect(forbidden.runs).toBe(0);
});

test('Stopping waits for the run that runs, and begins no other', async () => {
  let isDone = false;
  let release = () => {};
  const job = new CountingJob(newName(), async () => {
    await new Promise<void>((resolve) => (release = resolve));
    isDone = true;
    return 'done';
  });
  const runner = await startRunner([job]);
  await ask(runner, job);
  await eventually(() => expect(job.runs).toBe(1));
  const stopped = runner.stop();
  expect(runner.problem()).toBe('the job queue is stopping');
  release();
  await stopped;
  expect(isDone).toBe(true);
});

/** So many items, each of which is due until it was done. */
function itemsDue(count: number) {
  const left = new Set(Array.from({ length: count }, (_, index) => String(index + 1)));
  const done: string[] = [];
  const findDue = async (_: EntityManager, limit: number) => [...left].slice(0, limit).map((id) => ({ id }));
  const finish = (id: string) => {
    left.delete(id);
    done.push(id);
  };
  return { done, findDue, finish };
}

const unending = new AbortController().signal;

test('A run of many items ends with those it is at when it is to stop, and another process continues', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { done, findDue, finish } = itemsDue(5);
  let begun = 0;
  const work = async (_: EntityManager, { id }: { id: string }) => {
    begun += 1;
    await released;
    finish(id);
  };
  const job = new CountingJob(newName(), (run) =>
    processBacklog(orm.em, { ...run, itemLimit: pLimit(2) }, { findDue, work }),
  );
  const [one, two] = [await startRunner([job]), await startRunner([job])];
  await ask(one, job);
  await eventually(() => expect(begun).toBe(2));
  // Whichever of them has the run.
  const stopped = Promise.all([one.stop(), two.stop()]);
  release();
  await stopped;
  expect(done).toEqual(['1', '2']);
  await startRunner([job]);
  await eventually(() => expect(done).toHaveLength(5));
});

test('A run that leaves work is followed by another at once, without anybody asking', async () => {
  let left = 3;
  const job = new CountingJob(newName(), async () => {
    left -= 1;
    return left > 0 ? 'more' : 'done';
  });
  const runner = await startRunner([job]);
  await ask(runner, job);
  await eventually(() => expect(job.runs).toBe(3));
});

test('A run that leaves work is followed by another although some of its items failed', async () => {
  const { findDue } = itemsDue(3);
  const time = new AbortController();
  const work = async () => {
    time.abort();
    throw new Error('this item fails');
  };
  const job: CountingJob = new CountingJob(newName(), async () =>
    job.runs > 1 ? 'done' : processBacklog(orm.em, { signal: time.signal, itemLimit: pLimit(1) }, { findDue, work }),
  );
  const runner = await startRunner([job]);
  await ask(runner, job);
  await eventually(() => expect(job.runs).toBe(2));
  expect(log).toContainEqual({
    fields: expect.objectContaining({ job: job.name }),
    message: 'Items of a job failed; a later run tries them again',
  });
});

test('A run continues batch after batch, with several items at once, until nothing is due', async () => {
  const { done, findDue, finish } = itemsDue(1_050);
  let underWay = 0;
  let most = 0;
  const work = async (_: EntityManager, { id }: { id: string }) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    finish(id);
  };
  const outcome = await processBacklog(orm.em, { signal: unending, itemLimit: pLimit(7) }, { findDue, work });
  expect({ outcome, most, done: new Set(done).size, turns: done.length }).toEqual({
    outcome: 'done',
    most: 7,
    done: 1_050,
    turns: 1_050,
  });
});

test('So many items at once are those of all jobs together', async () => {
  const itemLimit = pLimit(3);
  let underWay = 0;
  let most = 0;
  const work = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
  };
  const backlogs = [itemsDue(20), itemsDue(20)].map(({ findDue }) => ({ findDue, work }));
  await Promise.all(backlogs.map((backlog) => processBacklog(orm.em, { signal: unending, itemLimit }, backlog)));
  expect(most).toBe(3);
});

test('An item that stays due is processed once in a run', async () => {
  const turns: string[] = [];
  const time = new AbortController();
  const outcome = await processBacklog(
    orm.em,
    { signal: time.signal, itemLimit: pLimit(2) },
    {
      findDue: async () => [{ id: 'hopeless' }],
      work: async (_, { id }) => {
        turns.push(id);
        // Else it would go on for ever.
        if (turns.length === 10) time.abort();
      },
    },
  );
  expect({ outcome, turns }).toEqual({ outcome: 'done', turns: ['hopeless'] });
});

test('An item of a run that fails holds up none of the others, and is reported with what went wrong', async () => {
  const { done, findDue, finish } = itemsDue(4);
  const work = async (_: EntityManager, { id }: { id: string }) => {
    if (id === '1' || id === '3') throw new Error(`no ${id}`);
    finish(id);
  };
  const run = processBacklog(orm.em, { signal: unending, itemLimit: pLimit(1) }, { findDue, work });
  await expect(run).rejects.toMatchObject({
    name: 'JobRunError',
    message: '2 of 4 failed: 1, 3',
    errors: [new Error('no 1'), new Error('no 3')],
    outcome: 'done',
  });
  expect(done).toEqual(['2', '4']);
});

test('A run whose items cannot be read fails', async () => {
  const backlog = { findDue: () => Promise.reject(new Error('no database')), work: async () => {} };
  await expect(processBacklog(orm.em, { signal: unending, itemLimit: pLimit(2) }, backlog)).rejects.toThrow(
    'no database',
  );
});

test('A job that is asked for before the queue runs here is left to its schedule', async () => {
  const job = new CountingJob(newName());
  const forkEntityManager = () => orm.em.fork();
  const runner = new JobRunner({ databaseUrl, forkEntityManager, mayRun: async () => true, logger });
  await orm.em.fork().transactional((em) => runner.request(em, job.name));
  await runner.stop();
});

test('A connection that is lost once is logged, and no reason to take the process for unfit', async () => {
  const runner = await startRunner([new CountingJob(newName())]);
  const problems: (string | null)[] = [];
  await eventually(async () => {
    await orm.em.fork().execute(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'comptoir jobs' and datname = current_database()
         and query not like 'LISTEN%' and query not like '%pg_listening_channels%' limit 1`,
    );
    problems.push(runner.problem());
    expect(log.map(({ message }) => message)).toContain('Job queue error');
  });
  problems.push(runner.problem());
  expect(new Set(problems)).toEqual(new Set([null]));
});

test('Without its database the queue tries to start until it is stopped', async () => {
  const url = 'postgresql://127.0.0.1:1/none';
  const runner = await startRunner([new CountingJob(newName())], { url });
  await eventually(() =>
    expect(log.map(({ message }) => message)).toContain('Job queue could not be started; trying again'),
  );
  expect(runner.problem()).toBe('the job queue has not started yet');
  await runner.stop();
});
