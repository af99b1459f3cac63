/** How PostgreSQL plans our statements: the plan of a prepared one is kept while its table grows. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { connect } from '../../../src/connect.js';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { runAs } from '../../../src/platform/database/workload.js';
import { testDatabaseUrl } from '../../support/test-database.js';

let orm: MikroORM;

beforeAll(async () => {
  orm = await connect(await testDatabaseUrl());
});

afterAll(() => orm.close());

test('A statement that looks for one row goes by the index from a handful of pages on', async () => {
  const plan = await runAs('webhook', () =>
    inTransaction(orm.em, async (em) => {
      await em.execute('create temporary table young (id text primary key, body text) on commit drop');
      await em.execute(`insert into young select n, repeat('x', 1500) from generate_series(1, 20) n`);
      await em.execute('analyze young');
      const rows = await em.execute<{ 'QUERY PLAN': string }[]>(`explain select body from young where id = '7'`);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    }),
  );
  expect(plan).toMatch(/Index Scan using young_pkey/);
});
