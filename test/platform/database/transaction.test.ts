/** Transactions: they survive lost races, and a lost database. */
import { expect, test } from '@jest/globals';
import { connect } from '../../../src/connect.js';
import { inTransaction } from '../../../src/platform/database/transaction.js';
import { testDatabaseUrl } from '../../support/test-database.js';

// More than commands have connections.
const LOST = 12;
const LOSS = { code: 'DATABASE_UNAVAILABLE' };

test('Transactions whose connection was lost leave the pool as it was', async () => {
  const orm = await connect(await testDatabaseUrl());
  try {
    for (let lost = 0; lost < LOST; lost += 1) {
      const losing = inTransaction(orm.em, (em) => em.execute('select pg_terminate_backend(pg_backend_pid())'));
      await expect(losing).rejects.toMatchObject(LOSS);
    }
    await expect(inTransaction(orm.em, (em) => em.execute('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
  } finally {
    await orm.close();
  }
});

test('A plain query whose connection was lost leaves the pool as it was', async () => {
  const orm = await connect(await testDatabaseUrl());
  try {
    for (let lost = 0; lost < LOST; lost += 1) {
      await expect(orm.em.fork().execute('select pg_terminate_backend(pg_backend_pid())')).rejects.toMatchObject(LOSS);
    }
    await expect(orm.em.fork().execute('select 1 as one')).resolves.toEqual([{ one: 1 }]);
  } finally {
    await orm.close();
  }
});

test('A transaction that loses its connection between two queries gives it back', async () => {
  const orm = await connect(await testDatabaseUrl());
  try {
    for (let lost = 0; lost < LOST; lost += 1) {
      const losing = inTransaction(orm.em, async (em) => {
        const [backend] = await em.execute<{ pid: number }[]>('select pg_backend_pid() as pid');
        await orm.em.fork().execute('select pg_terminate_backend(?)', [backend?.pid]);
        await new Promise((resolve) => setTimeout(resolve, 20));
        await em.execute('select 1');
      });
      await expect(losing).rejects.toMatchObject(LOSS);
    }
    await expect(inTransaction(orm.em, (em) => em.execute('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
  } finally {
    await orm.close();
  }
});
