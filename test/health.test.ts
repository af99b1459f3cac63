/** Health: alive, ready, or why not. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { connect } from '../src/connect.js';
import { watchedLog } from './support/pii-markers.js';
import { statementRecorder } from './support/statements.js';
import { startTestApp, type TestApp, testEnvironment } from './support/test-app.js';

let shop: TestApp;

beforeAll(async () => {
  shop = await startTestApp();
});
afterAll(() => shop.close());

test('A migrated database makes it ready', async () => {
  expect((await shop.app.inject('/healthz')).json()).toEqual({ status: 'ok' });
  expect((await shop.app.inject('/readyz')).json()).toEqual({ status: 'ready' });
});

test('However many ask at once, they share one look at the database', async () => {
  const record = statementRecorder();
  const statements = await record(async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => shop.app.inject('/readyz')));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(50).fill(200));
  });
  // One, and those about migrations where the last look at these is some seconds old.
  expect(statements.length).toBeLessThan(5);
});

test('A database whose clock is off by more than 5 s is reported', async () => {
  shop.clock.advanceMinutes(1);
  // Else ours would differ from Stripe's as well.
  shop.stripeClock.advanceMinutes(1);
  expect((await shop.app.inject('/readyz')).json()).toEqual({
    status: 'ready',
    warning: 'the clock of the database is 60 s off',
  });
  shop.clock.reset();
  shop.stripeClock.reset();
});

test('Without its database it is alive, and says why it is not ready', async () => {
  const config = loadConfig({ ...testEnvironment, DATABASE_URL: 'postgresql://127.0.0.1:1/none' });
  const orm = await connect(config.databaseUrl);
  const app = await buildApp({ config, orm, logTo: watchedLog([]) });
  try {
    expect((await app.inject('/healthz')).statusCode).toBe(200);
    const ready = await app.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ status: 'unavailable', reason: 'the database does not respond' });
  } finally {
    await app.close();
    await orm.close();
  }
});

test('An unmigrated database is not ready, and the command that mends it is named', async () => {
  await withoutMigrations(async () => {
    const other = await startTestApp();
    try {
      expect(await whyNotReady(other)).toContain('npm run comptoir -- migrate up');
    } finally {
      await other.close();
    }
  });
});

test('A migration that is reverted under a running process makes it not ready, within some seconds', async () => {
  expect((await shop.app.inject('/readyz')).statusCode).toBe(200);
  await withoutMigrations(async () => {
    shop.clock.advanceMinutes(1);
    expect(await whyNotReady(shop)).toContain('npm run comptoir -- migrate up');
  });
  // Not ready is looked into at each probe: what mends it is seen at once.
  expect((await shop.app.inject('/readyz')).statusCode).toBe(200);
  shop.clock.reset();
});

async function whyNotReady({ app }: TestApp): Promise<string> {
  const ready = await app.inject('/readyz');
  expect(ready.statusCode).toBe(503);
  return ready.json<{ reason: string }>().reason;
}

/** As the database stands when none has been applied, as far as the list of them tells. */
async function withoutMigrations(look: () => Promise<void>): Promise<void> {
  const em = shop.orm.em.fork();
  const applied = await em.execute<{ name: string }[]>('select name from mikro_orm_migrations order by id');
  await em.execute('delete from mikro_orm_migrations');
  try {
    await look();
  } finally {
    for (const { name } of applied) {
      await em.execute('insert into mikro_orm_migrations (name, executed_at) values (?, now())', [name]);
    }
  }
}
