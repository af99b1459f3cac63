/** Transactions: they survive lost races, and a lost database; their parts can fail by themselves. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import { connect } from '../../../src/connect.js';
import { ClosedDate } from '../../../src/modules/inventory/closed-day.entity.js';
import {
  inBuyersTransaction,
  inSavepoint,
  inTransaction,
  lockBuyer,
} from '../../../src/platform/database/transaction.js';
import { transactionConnection } from '../../../src/platform/database/transaction-connection.js';
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

test('A statement that comes after the end of its transaction is not sent on a connection of others', async () => {
  const orm = await connect(await testDatabaseUrl());
  try {
    const ended = await inTransaction(orm.em, async (em) => transactionConnection(em));
    await expect(ended?.query('select 1')).rejects.toThrow('after the end of its transaction');
  } finally {
    await orm.close();
  }
});

test('A transaction in which a failure was ignored does not end as if it had been stored', async () => {
  const orm = await connect(await testDatabaseUrl());
  try {
    const ignoring = inTransaction(orm.em, async (em) => {
      await em.execute('select 1 / 0').catch(() => {});
    });
    await expect(ignoring).rejects.toThrow('it was rolled back');
  } finally {
    await orm.close();
  }
});

test('The lock of a buyer is one and the same from the start of a transaction and within one', async () => {
  const orm = await connect(await testDatabaseUrl());
  try {
    const buyer = "O'Brien \\ 👩‍🔧";
    await inBuyersTransaction(orm.em, buyer, async () => {
      const second = inTransaction(orm.em, async (em) => {
        await em.execute(`set local lock_timeout = '50ms'`);
        await lockBuyer(em, buyer);
      });
      await expect(second).rejects.toMatchObject(LOSS);
      await inBuyersTransaction(orm.em, 'somebody else', async () => {});
    });
  } finally {
    await orm.close();
  }
});

describe('A part of a transaction', () => {
  const failed = new Error('This part fails.');
  let orm: Awaited<ReturnType<typeof connect>>;

  beforeAll(async () => {
    orm = await connect(await testDatabaseUrl());
  });
  afterAll(() => orm.close());

  const close = (em: EntityManager, date: string) => em.create(ClosedDate, { date, reason: 'Holiday' });
  const closedDates = async () => {
    const rows = await orm.em.fork().find(ClosedDate, {}, { orderBy: { date: 'asc' } });
    return rows.map(({ date }) => date);
  };

  test('that fails leaves what is before, around and after it, entities of the caller included', async () => {
    await inTransaction(orm.em, async (em) => {
      close(em, '2027-01-01');
      const failing = inSavepoint(em, async (part) => {
        close(part, '2027-01-02');
        await part.flush();
        close(part, '2027-01-03');
        throw failed;
      });
      await expect(failing).rejects.toBe(failed);
      await inSavepoint(em, async (part) => close(part, '2027-01-04'));
    });
    expect(await closedDates()).toEqual(['2027-01-01', '2027-01-04']);
  });

  test('that succeeded within one that fails is taken back with it', async () => {
    const before = await closedDates();
    await inTransaction(orm.em, async (em) => {
      const failing = inSavepoint(em, async (part) => {
        close(part, '2027-02-01');
        await part.flush();
        await inSavepoint(part, async (inner) => close(inner, '2027-02-02'));
        throw failed;
      });
      await expect(failing).rejects.toBe(failed);
    });
    expect(await closedDates()).toEqual(before);
  });

  test('that failed within one that succeeds is alone in that', async () => {
    const before = await closedDates();
    await inTransaction(orm.em, (em) =>
      inSavepoint(em, async (part) => {
        close(part, '2027-03-01');
        const failing = inSavepoint(part, async (inner) => {
          close(inner, '2027-03-02');
          await inner.flush();
          throw failed;
        });
        await expect(failing).rejects.toBe(failed);
      }),
    );
    expect(await closedDates()).toEqual([...before, '2027-03-01']);
  });

  test('needs a transaction', async () => {
    await expect(inSavepoint(orm.em.fork(), async () => {})).rejects.toThrow('A savepoint needs a transaction.');
  });
});
