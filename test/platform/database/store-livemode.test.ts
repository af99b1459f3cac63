/** The migration that tells an existing database its mode: from its events and its orders, and from nothing else. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { connect } from '../../../src/connect.js';

const NAME = '2026-11-27-store-livemode';

let orm: MikroORM | null = null;

afterEach(async () => {
  await orm?.schema.dropDatabase();
  await orm?.close();
});

/** A database as it was before. */
async function earlierDatabase(): Promise<MikroORM> {
  const url = new URL(process.env.TEST_DATABASE_SERVER ?? '');
  url.pathname = `/${process.env.TEST_DATABASE_PREFIX}_${randomUUID().slice(0, 8)}`;
  orm = await connect(url.href);
  await orm.schema.ensureDatabase();
  await orm.migrator.up({ to: NAME });
  await orm.migrator.down();
  return orm;
}

const anEvent = (livemode: boolean, state: string) =>
  `insert into inbox_events (id, type, livemode, stripe_created_at, body, state, attempts, received_at)
   values ('evt_${randomUUID()}', 'x', ${livemode}, now(), '', '${state}', 1, now())`;

const anOrder = (sessionId: string) =>
  `insert into orders (id, buyer_id, request_fingerprint, status, currency, total_minor, customer_first_name,
     customer_last_name, customer_email, customer_address, customer_city, customer_postal_code, customer_country,
     stripe_request, checkout_session_id, created_at, expires_at)
   values ('${randomUUID()}', 'b', '', 'PAID', 'EUR', 1, '', '', '', '', '', '', 'FR', '{}', '${sessionId}', now(), now())`;

const anAccount = `insert into stripe_accounts (id, account_id) values (1, 'acct_1')`;

test.each([
  ['live events', [anAccount, anEvent(true, 'PROCESSED')], { account: 'acct_1', livemode: true }],
  [
    'test events, and live ones that were ignored',
    [anAccount, anEvent(false, 'PROCESSED'), anEvent(true, 'IGNORED')],
    { account: 'acct_1', livemode: false },
  ],
  ['live orders', [anAccount, anOrder('cs_live_a1')], { account: 'acct_1', livemode: true }],
  ['test orders alone', [anOrder('cs_test_a1')], { account: null, livemode: false }],
  [
    'live orders, after it was tried out',
    [anAccount, anOrder('cs_test_a1'), anOrder('cs_live_a1'), anEvent(false, 'PROCESSED')],
    { account: 'acct_1', livemode: true },
  ],
  ['nothing yet, but its account', [anAccount], { account: 'acct_1', livemode: null }],
])('A database with %s', async (_, statements, expected) => {
  const { em, migrator } = await earlierDatabase();
  for (const statement of statements) await em.fork().execute(statement);
  await migrator.up({ to: NAME });
  const stored = await em.fork().execute('select account_id as account, livemode from stripe_accounts');
  expect(stored).toEqual([expected]);
  await migrator.down();
});

test('An empty database belongs to nobody', async () => {
  const { em, migrator } = await earlierDatabase();
  await migrator.up({ to: NAME });
  expect(await em.fork().execute('select 1 from stripe_accounts')).toEqual([]);
});
