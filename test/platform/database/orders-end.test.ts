/** The migration that says how far orders are handed over: of those that exist, by what is known of them. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { connect } from '../../../src/connect.js';

const BEFORE = '2026-11-27-index-lists';
const NAME = '2026-11-28-orders-end';

let orm: MikroORM | null = null;

afterEach(async () => {
  await orm?.schema.dropDatabase();
  await orm?.close();
});

interface Line {
  type: 'PRODUCT' | 'EQUIPMENT';
  quantity: number;
  state: string;
  /** Units that left, and of these those that came back. */
  out?: number;
  back?: number;
}

/** A column for something that has happened to its payment. */
type Fact = 'declined_at' | 'async_failed_at' | 'completed_unpaid_at';

async function addOrder(
  em: EntityManager,
  status: string,
  paidDaysAgo: number | null,
  lines: Line[],
  fact?: Fact,
): Promise<string> {
  const id = randomUUID();
  await em.execute(
    `insert into orders (id, buyer_id, request_fingerprint, status, currency, total_minor, customer_first_name,
       customer_last_name, customer_email, customer_address, customer_city, customer_postal_code, customer_country,
       stripe_request, created_at, expires_at, paid_at)
     values (?, 'b', '', ?, 'EUR', 1, '', '', '', '', '', '', 'FR', '{}', now(), now(), now() - ?::int * interval '1 day')`,
    [id, status, paidDaysAgo],
  );
  if (fact !== undefined) await em.execute(`update orders set ${fact} = now() where id = ?`, [id]);
  for (const [position, { type, quantity, state, out = 0, back = 0 }] of lines.entries()) {
    const line = randomUUID();
    await em.execute(
      `insert into order_lines (id, order_id, position, type, item_id, name, quantity, days, unit_price_minor, rate_minor,
         amount_minor, hold_state) values (?, ?, ?, ?, 1, 'x', ?, 1, 1, 1, ?, ?)`,
      [line, id, position, type, quantity, quantity, state],
    );
    for (let unit = 1; type === 'EQUIPMENT' && unit <= quantity; unit += 1) {
      await em.execute(
        `with unit as (insert into equipment_units (equipment_id, label) values (1, gen_random_uuid()::text) returning id)
         insert into bookings (unit_id, order_line_id, period, return_date, picked_up_at, returned_at)
         select id, ?, '[2026-01-01,2026-01-02)', '2026-01-01', case when ? then now() end, case when ? then now() end from unit`,
        [line, unit <= out, unit <= back],
      );
    }
  }
  return id;
}

const product = (quantity: number, state = 'CONFIRMED'): Line => ({ type: 'PRODUCT', quantity, state });
const rental = (quantity: number, out: number, back: number): Line => ({
  ...{ type: 'EQUIPMENT', quantity, state: 'CONFIRMED', out, back },
});

test('Orders that exist are as far handed over as is known, however many there are', async () => {
  const url = new URL(process.env.TEST_DATABASE_SERVER ?? '');
  url.pathname = `/${process.env.TEST_DATABASE_PREFIX}_${randomUUID().slice(0, 8)}`;
  orm = await connect(url.href);
  const { migrator, schema } = orm;
  await schema.ensureDatabase();
  await migrator.up({ to: BEFORE });
  const em = orm.em.fork();
  await em.execute(`insert into equipment (id, name, price_per_day_minor, currency) values (1, 'x', 1, 'EUR')`);
  const failed = (state: string, fact: Fact) => addOrder(em, 'PAYMENT_FAILED', null, [product(1, state)], fact);
  const expected = new Map([
    [await addOrder(em, 'PAID', 2, [product(3)]), ['UNFULFILLED', '3 0 0 0 CONFIRMED']],
    [await addOrder(em, 'PAID', 29, [product(3)]), ['UNFULFILLED', '3 0 0 0 CONFIRMED']],
    [await addOrder(em, 'PAID', 31, [product(3)]), ['FULFILLED', '3 3 0 0 CONFIRMED']],
    [await addOrder(em, 'PAID', 2, [rental(3, 2, 1)]), ['PARTIALLY_FULFILLED', '3 2 1 1 CONFIRMED']],
    [await addOrder(em, 'PAID', 2, [rental(2, 2, 1)]), ['FULFILLED', '2 2 1 1 CONFIRMED']],
    [await addOrder(em, 'PAID', 2, [rental(2, 2, 2)]), ['RETURNED', '2 2 2 2 RETURNED']],
    [
      await addOrder(em, 'PAID', 40, [product(1), rental(1, 0, 0)]),
      ['PARTIALLY_FULFILLED', '1 1 0 0 CONFIRMED', '1 0 0 0 CONFIRMED'],
    ],
    [await addOrder(em, 'EXPIRED', null, [product(1, 'RELEASED')]), ['CANCELED', '1 0 0 0 RELEASED']],
    [await addOrder(em, 'CANCELLED', null, [product(1, 'RELEASED')]), ['CANCELED', '1 0 0 0 RELEASED']],
    [await addOrder(em, 'PENDING', null, [product(1, 'HELD')]), ['UNFULFILLED', '1 0 0 0 HELD']],
    [await addOrder(em, 'UNDER_REVIEW', null, [product(1, 'RELEASED')]), ['UNFULFILLED', '1 0 0 0 RELEASED']],
    // Of those whose payment failed, the buyer may try again, unless it was a delayed one.
    [await failed('HELD', 'declined_at'), ['UNFULFILLED', '1 0 0 0 HELD']],
    [await failed('RELEASED', 'async_failed_at'), ['CANCELED', '1 0 0 0 RELEASED']],
    [await failed('RELEASED', 'completed_unpaid_at'), ['CANCELED', '1 0 0 0 RELEASED']],
  ]);
  // More than are filled in at once.
  await em.execute(
    `insert into orders select (copy).* from (select jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid())) as copy
     from orders o, generate_series(1, 1200) where o.status = 'EXPIRED') copies`,
  );

  await migrator.up({ to: NAME });
  const rows = await em.execute<{ id: string; status: string; lines: string[] }[]>(
    `select o.id, o.fulfillment_status as status, array(select concat_ws(' ', quantity, fulfilled_quantity, returned_quantity,
       received_back_quantity, hold_state) from order_lines where order_id = o.id order by position) as lines from orders o`,
  );
  const known = rows.filter(({ id }) => expected.has(id));
  expect(new Map(known.map(({ id, status, lines }) => [id, [status, ...lines]]))).toEqual(expected);
  const copies = rows.filter(({ id }) => !expected.has(id));
  expect(copies).toHaveLength(1200);
  expect(new Set(copies.map(({ status }) => status))).toEqual(new Set(['CANCELED']));

  // As a process of the version before stores it.
  const later = await addOrder(em, 'PENDING', null, [product(1, 'HELD')]);
  expect(await em.execute('select fulfillment_status as status from orders where id = ?', [later])).toEqual([
    { status: 'UNFULFILLED' },
  ]);

  await migrator.down();
  await migrator.up({ to: NAME });
  expect(await em.execute('select count(*)::int as count from orders')).toEqual([{ count: 1201 + expected.size }]);
});
