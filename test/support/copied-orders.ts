/** Many orders at once, for runs of jobs: copies of one order, without its lines. */
import type { MikroORM } from '@mikro-orm/postgresql';

/**
 * Each of the copies has a session that Stripe does not find.
 *
 * @param orderId the order that they are like
 * @returns takes them away again, so that other tests' runs do not work on them
 */
export async function copyOrder(orm: MikroORM, orderId: string, count: number): Promise<() => Promise<void>> {
  const copies = await orm.em.fork().execute<{ id: string }[]>(
    `insert into orders
     select (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'idempotency_key', null,
       'checkout_session_id', 'cs_test_unknown_' || gen_random_uuid()))).*
     from orders o, generate_series(1, ?) where o.id = ? returning id`,
    [count, orderId],
  );
  return async () => {
    await orm.em.fork().execute('delete from orders where id in (?)', [copies.map(({ id }) => id)]);
  };
}
