/** Behind a pooler that gives each transaction another connection, all works as without. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkout, orderBySession, submitCard } from '../support/checkout.js';
import { describeWith } from '../support/describe-with.js';
import { eventually } from '../support/eventually.js';
import { type OwnDatabase, startOwnDatabase } from '../support/own-database.js';
import { type Pooler, startPooler } from '../support/pooler.js';
import { addProduct } from '../support/shop.js';
import { deliver, eventOf } from '../support/stripe-events.js';
import { newBuyer, startTestApp, type TestApp } from '../support/test-app.js';

const STARTED_WITHIN_MS = 60_000;
const EVENTS = 400;
const AT_ONCE = 20;

describeWith('pgbouncer', 'Behind PgBouncer in transaction mode', (program) => {
  let database: OwnDatabase;
  let pooler: Pooler;
  let shop: TestApp;

  beforeAll(async () => {
    database = await startOwnDatabase();
    pooler = await startPooler(program, database.url, 4);
    shop = await startTestApp({ DATABASE_URL: pooler.url });
  });
  afterAll(async () => {
    await shop?.close();
    await pooler?.stop();
    await database?.stop();
  });

  test(
    'every webhook is taken',
    async () => {
      const statuses: number[] = [];
      const sendSome = async () => {
        for (let sent = 0; sent < EVENTS / AT_ONCE; sent += 1) {
          const id = `pi_${randomUUID().replaceAll('-', '')}`;
          statuses.push(await deliver(shop, eventOf('payment_intent.created', { id, object: 'payment_intent' })));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, sendSome));
      expect(statuses).toEqual(Array(EVENTS).fill(200));
    },
    STARTED_WITHIN_MS,
  );

  test('a buyer pays, and jobs run', async () => {
    const buyer = await newBuyer();
    const product = await addProduct(shop.orm);
    const session = await checkout(shop, buyer, [{ id: product, type: 'PRODUCT' }]);
    await submitCard(session.url, '4242424242424242');
    await eventually(async () => {
      expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe('PAID');
    });
    // A handler that cannot do its work yet asks for a job, which polls.
    const refund = { id: `re_${randomUUID()}`, object: 'refund', payment_intent: `pi_${randomUUID()}` };
    const event = eventOf('refund.created', refund) as { id: string };
    expect(await deliver(shop, event)).toBe(200);
    await eventually(async () => {
      const [row] = await shop.orm.em.fork().execute('select attempts from inbox_events where id = ?', [event.id]);
      expect(row?.attempts).toBeGreaterThan(1);
    });
  });

  test('and nothing is logged as wrong', async () => {
    expect(shop.log.filter((line) => JSON.parse(line).level >= 40)).toEqual([]);
    expect((await shop.app.inject('/readyz')).json()).toEqual({ status: 'ready' });
  });
});
