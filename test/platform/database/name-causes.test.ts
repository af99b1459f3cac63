/** The migration that names causes and reasons: no row is lost, and what it does not know keeps its words. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { connect } from '../../../src/connect.js';

const NAME = '2026-11-27-name-causes';
const ORDER = '00000000-0000-4000-8000-000000000001';

let orm: MikroORM | null = null;

afterEach(async () => {
  await orm?.schema.dropDatabase();
  await orm?.close();
});

const CAUSES = [
  ['checkout created', 'CHECKOUT_CREATED', null],
  ['checkout payment failed', 'PAYMENT_FAILED', null],
  ['cancelled', 'ORDER_CANCELED', null],
  ['refund due: paid after the goods had gone to others', 'REFUND_DUE', 'paid after the goods had gone to others'],
  ['refund due again', 'REFUND_DUE_AGAIN', null],
  ['refunds: FULL', 'REFUND_STATUS_CHANGED', 'FULL'],
  ['unit 7 picked up', 'UNIT_PICKED_UP', 'unit 7'],
  ['unit 7 swapped for unit 8', 'UNIT_REASSIGNED', 'unit 7 swapped for unit 8'],
  ['words of long ago', 'OTHER', 'words of long ago'],
] as const;

test('Causes, reasons and actions get names, and their words back when it is reverted', async () => {
  const url = new URL(process.env.TEST_DATABASE_SERVER ?? '');
  url.pathname = `/${process.env.TEST_DATABASE_PREFIX}_${randomUUID().slice(0, 8)}`;
  orm = await connect(url.href);
  const { em, migrator, schema } = orm;
  await schema.ensureDatabase();
  await migrator.up({ to: NAME });
  await migrator.down();
  await em.fork().execute(
    `insert into orders (id, buyer_id, request_fingerprint, status, currency, total_minor, customer_first_name,
       customer_last_name, customer_email, customer_address, customer_city, customer_postal_code, customer_country,
       stripe_request, created_at, expires_at, review_reason)
     values (?, 'b', '', 'UNDER_REVIEW', 'EUR', 1, '', '', '', '', '', '', 'FR', '{}', now(), now(), 'not found at Stripe');
     insert into refunds (id, order_id, payment_intent_id, amount_minor, currency, reason, state, created_at, next_attempt_at)
     values (gen_random_uuid(), ?, 'pi_1', 1, 'EUR', 'staff refused the payment', 'DUE', now(), now());
     insert into catalogue_changes (at, actor, item_type, item_id, action)
     values (now(), 'staff:x', 'EQUIPMENT', 1, 'block released'), (now(), 'staff:x', 'EQUIPMENT', 1, 'units added');`,
    [ORDER, ORDER],
  );
  for (const [words] of CAUSES) {
    await em
      .fork()
      .execute(`insert into order_events (order_id, at, to_status, cause, actor) values (?, now(), 'PAID', ?, 'x')`, [
        ORDER,
        words,
      ]);
  }

  await migrator.up({ to: NAME });
  const events = await em.fork().execute('select cause, note from order_events order by id');
  expect(events).toEqual(CAUSES.map(([, cause, note]) => ({ cause, note })));
  expect(await em.fork().execute('select review_reason as reason, review_note as note from orders')).toEqual([
    { reason: 'UNKNOWN_AT_STRIPE', note: 'not found at Stripe' },
  ]);
  expect(await em.fork().execute('select reason, note from refunds')).toEqual([
    { reason: 'PAYMENT_REJECTED', note: 'staff refused the payment' },
  ]);
  const actions = 'select action from catalogue_changes order by id';
  expect(await em.fork().execute(actions)).toEqual([{ action: 'UNIT_UNBLOCKED' }, { action: 'UNITS_ADDED' }]);
  await expect(em.fork().execute('delete from order_events')).rejects.toThrow('append-only');

  await migrator.down();
  expect(await em.fork().execute('select cause from order_events order by id')).toEqual(
    CAUSES.map(([cause]) => ({ cause })),
  );
  expect(await em.fork().execute(actions)).toEqual([{ action: 'block released' }, { action: 'units added' }]);
});
