/** A failover to a standby, which only reads until it is promoted. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkout, checkoutInput, tryCheckout } from '../support/checkout.js';
import { eventually } from '../support/eventually.js';
import { type NetworkProxy, startNetworkProxy } from '../support/network-proxy.js';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.js';
import { addProduct, warmUp } from '../support/shop.js';
import { deliver, eventOf } from '../support/stripe-events.js';
import { newBuyer, startTestApp, type TestApp } from '../support/test-app.js';

const STARTED_WITHIN_MS = 60_000;

let database: OwnDatabase;
let network: NetworkProxy;
let shop: TestApp;

beforeAll(async () => {
  database = await startOwnDatabase();
  network = await startNetworkProxy(database.url);
  shop = await startTestApp({ DATABASE_URL: network.urlOf(database.url) });
});
afterAll(async () => {
  await shop?.close();
  await network?.close();
  await database?.stop();
});

test(
  'While it is read-only, callers get a retryable error, and no connection to it is kept',
  async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm);
    const items = [{ id: product, type: 'PRODUCT' }] as const;
    const standby = path.join(database.directory, 'data', 'standby.signal');
    fs.writeFileSync(standby, '');
    await database.restart();
    await warmUp(shop.orm).catch(() => {});
    const idempotencyKey = randomUUID();
    const input = checkoutInput([...items], { idempotencyKey });
    await eventually(async () => {
      const { status, errors } = await tryCheckout(shop, buyer, input);
      expect({ status, code: errors?.[0]?.extensions.code }).toEqual({ status: 503, code: 'DATABASE_UNAVAILABLE' });
      expect(shop.log.some((line) => line.includes('read-only'))).toBe(true);
    });
    const event = eventOf('customer.created', { id: `cus_${randomUUID()}`, object: 'customer' });
    expect(await deliver(shop, event)).toBe(503);
    // The next who come are on connections of their own, which may lead to the new primary by now.
    const before = network.opened;
    for (let reads = 0; reads < 3; reads += 1) await shop.graphql('{ catalogue { edges { cursor } } }');
    expect(network.opened - before).toBeGreaterThanOrEqual(3);

    await shop.orm.em.fork().execute('select pg_promote()');
    await eventually(async () => {
      expect((await checkout(shop, buyer, [...items], { idempotencyKey })).url).toBeTruthy();
    });
    expect(await deliver(shop, event)).toBe(200);
    await eventually(async () => {
      const after = network.opened;
      for (let reads = 0; reads < 3; reads += 1) await shop.graphql('{ catalogue { edges { cursor } } }');
      expect(network.opened).toBe(after);
    });
  },
  STARTED_WITHIN_MS,
);

test(
  'A server that is set to read-only is unavailable, until it accepts writes again',
  async () => {
    const execute = <Row>(sql: string) => shop.orm.em.fork().execute<Row[]>(sql);
    const buyer = await newBuyer();
    const input = checkoutInput([{ id: await addProduct(shop.orm), type: 'PRODUCT' }], {
      idempotencyKey: randomUUID(),
    });
    await execute('alter system set default_transaction_read_only = on');
    await execute('select pg_reload_conf()');
    await eventually(async () => {
      const { errors } = await tryCheckout(shop, buyer, input);
      expect(errors?.[0]?.extensions.code).toBe('DATABASE_UNAVAILABLE');
    });
    await eventually(async () => {
      const sessions = new Set<number | undefined>();
      for (let reads = 0; reads < 3; reads += 1) {
        sessions.add((await execute<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid);
      }
      expect(sessions.size).toBe(3);
    });
    await execute('alter system reset default_transaction_read_only');
    await execute('select pg_reload_conf()');
    await eventually(async () => {
      const { data } = await tryCheckout(shop, buyer, input);
      expect(data?.createCheckoutSession.url).toBeTruthy();
    });
  },
  STARTED_WITHIN_MS,
);

test('A connection on which a write was rejected is closed, whatever its server had said before', async () => {
  const em = shop.orm.em.fork();
  await em.begin();
  await em.execute('set transaction read only');
  const [session] = await em.execute<{ pid: number }[]>('select pg_backend_pid() as pid');
  await expect(em.execute('delete from inbox_events')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  await em.rollback().catch(() => {});
  await eventually(async () => {
    const open = await shop.orm.em.fork().execute('select 1 from pg_stat_activity where pid = ?', [session?.pid]);
    expect(open).toEqual([]);
  });
});
