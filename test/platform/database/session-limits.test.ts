/** A session keeps the limits of the work that it did last: the server must never go by those of other work. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { connect } from '../../../src/connect.js';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { runAs, type Workload } from '../../../src/platform/database/workload.js';
import { testDatabaseUrl } from '../../support/test-database.js';

// What PostgreSQL is set to: it cancels a statement half a second before the connection is closed.
const OF_REQUESTS = '4500ms';
const OF_JOBS = '19500ms';

let orm: MikroORM;

beforeAll(async () => {
  orm = await connect(await testDatabaseUrl());
});

afterAll(() => orm.close());

/** One after the other, so that one connection of the pool serves them all. */
async function limitIn(workload: Workload, end: 'commits' | 'rolls back' = 'commits'): Promise<string> {
  let limit = '';
  const transact = () =>
    inTransaction(orm.em, async (em) => {
      limit = await limitOf(em);
      if (end === 'rolls back') throw new Error('taken back');
    });
  await runAs(workload, transact).catch((error: Error) => {
    if (error.message !== 'taken back') throw error;
  });
  return limit;
}

async function limitOf(em: Pick<MikroORM['em'], 'execute'>): Promise<string> {
  const [row] = await em.execute<{ limit: string }[]>(`select current_setting('statement_timeout') as limit`);
  return row?.limit ?? '';
}

test('Transactions have the limits of their kind of work, whatever the session did before', async () => {
  const limits: string[] = [];
  for (const workload of ['request', 'request', 'request', 'job', 'job', 'request', 'webhook'] as const) {
    limits.push(await limitIn(workload));
  }
  expect(limits).toEqual([OF_REQUESTS, OF_REQUESTS, OF_REQUESTS, OF_JOBS, OF_JOBS, OF_REQUESTS, OF_REQUESTS]);
});

test('A rollback takes the limits back that came with its transaction, and nobody takes them for set', async () => {
  await limitIn('request');
  expect(await limitIn('job', 'rolls back')).toBe(OF_JOBS);
  expect(await limitIn('request')).toBe(OF_REQUESTS);
  expect(await limitIn('job', 'rolls back')).toBe(OF_JOBS);
  expect(await limitIn('job')).toBe(OF_JOBS);
  expect(await limitIn('job')).toBe(OF_JOBS);
});

test('A statement outside of a transaction may take as long as its kind of work', async () => {
  await limitIn('request');
  expect(await runAs('job', () => limitOf(orm.em.fork()))).toBe(OF_JOBS);
  expect(await limitIn('request')).toBe(OF_REQUESTS);
});
