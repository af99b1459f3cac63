/** Statements that leave with the next one of their transaction: what they do, and what fails of them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import { connect } from '../../../src/connect.js';
import { executeLater } from '../../../src/platform/database/prepared-statement.js';
import { inSavepoint, inTransaction } from '../../../src/platform/database/transaction.js';
import { testDatabaseUrl } from '../../support/test-database.js';

describe('A statement that is left for later', () => {
  let orm: Awaited<ReturnType<typeof connect>>;

  beforeAll(async () => {
    orm = await connect(await testDatabaseUrl());
  });
  afterAll(() => orm.close());

  const CLOSE = { name: 'close later', text: 'insert into closed_dates (date, reason) values ($1, $2)' };
  const closeLater = (em: EntityManager, date: string) => executeLater(em, CLOSE, [date, 'Holiday']);
  const isClosed = async (em: EntityManager, date: string) =>
    (await em.execute('select from closed_dates where date = ?', [date])).length > 0;

  test('is seen by the next one, and stored by the commit', async () => {
    const seen = await inTransaction(orm.em, async (em) => {
      closeLater(em, '2028-01-01');
      const isThere = await isClosed(em, '2028-01-01');
      closeLater(em, '2028-01-02');
      return isThere;
    });
    expect(seen).toBe(true);
    expect(await isClosed(orm.em.fork(), '2028-01-02')).toBe(true);
  });

  test('and fails makes the commit fail with its error, and nothing is stored', async () => {
    const failing = inTransaction(orm.em, async (em) => {
      closeLater(em, '2028-02-01');
      closeLater(em, 'the day after');
      closeLater(em, '2028-02-02');
    });
    await expect(failing).rejects.toThrow('invalid input syntax for type date');
    expect(await isClosed(orm.em.fork(), '2028-02-01')).toBe(false);
  });

  test('is not sent when its transaction is rolled back, nor committed when it could not be written', async () => {
    const unwritable = inTransaction(orm.em, async (em) => {
      closeLater(em, '2028-03-01');
      executeLater(em, CLOSE, ['2028-03-02', { holiday: true }]);
    });
    await expect(unwritable).rejects.toThrow('a parameter of "close later" cannot be written');
    const otherText = inTransaction(orm.em, async (em) => {
      closeLater(em, '2028-03-01');
      executeLater(em, { ...CLOSE, text: `${CLOSE.text} on conflict do nothing` }, ['2028-03-02', 'Holiday']);
    });
    await expect(otherText).rejects.toThrow('There are two statements "close later".');
    expect(await isClosed(orm.em.fork(), '2028-03-01')).toBe(false);
    expect(() => closeLater(orm.em.fork(), '2028-03-01')).toThrow('needs a transaction');
  });

  test('belongs to the part of the transaction in which it was left', async () => {
    await inTransaction(orm.em, async (em) => {
      const failing = inSavepoint(em, async (part) => closeLater(part, 'some day'));
      await expect(failing).rejects.toThrow('invalid input syntax for type date');
      const givenUp = inSavepoint(em, async (part) => {
        closeLater(part, 'some other day');
        throw new Error('given up');
      });
      await expect(givenUp).rejects.toThrow('given up');
      closeLater(em, '2028-04-02');
    });
    expect(await isClosed(orm.em.fork(), '2028-04-02')).toBe(true);
  });
});
