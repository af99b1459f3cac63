/** The orders of benchmarks: seeded as a checkout leaves them, and checked when they should be paid. */
import type { EntityManager } from '@mikro-orm/postgresql';

/** A session that can be paid, and the order it belongs to. */
export interface OpenCheckout {
  orderId: string;
  sessionId: string;
  paymentIntentId: string;
}

/** Enough that two events at once are seldom about the same product: its row would make them wait for each other. */
export const PRODUCTS = 1_000;
const PIECES = 1_000_000;
export const PRICE_MINOR = 2_500;

export async function seedProducts(em: EntityManager): Promise<void> {
  await em.fork().execute(
    `with added as (
       insert into products (name, price_minor, currency) select 'Product ' || n, ?, 'EUR' from generate_series(1, ?) n
       returning id
     )
     insert into product_stocks (product_id, on_hand) select id, ? from added`,
    [PRICE_MINOR, PRODUCTS, PIECES],
  );
}

/** The ids of the products follow each other from this one. */
export async function firstProduct(em: EntityManager): Promise<number> {
  const [row] = await em.fork().execute<{ id: number }[]>('select min(id) as id from products');
  if (!row) throw new Error('There are no products.');
  return row.id;
}

/**
 * Orders of a piece of one or more products each, whose session is open.
 *
 * @param batch names them apart from earlier ones
 */
export async function seedOrders(em: EntityManager, batch: string, count: number, lines = 1): Promise<OpenCheckout[]> {
  const fork = em.fork();
  await fork.execute(
    `with added as (
       insert into orders (id, buyer_id, request_fingerprint, currency, total_minor, customer_first_name,
         customer_last_name, customer_email, customer_address, customer_city, customer_postal_code, customer_country,
         stripe_request, checkout_session_id, checkout_url, created_at, expires_at)
       select id, ?, md5(id::text) || md5(id::text), 'EUR', ?, 'Ana', 'Lima', 'ana@example.com', '1 rue de la Paix',
         'Paris', '75002', 'FR', json_build_object('mode', 'payment', 'client_reference_id', id),
         'cs_test_' || replace(id::text, '-', ''), 'https://checkout.example/' || id, now(), now() + interval '35 minutes'
       from (select gen_random_uuid() as id from generate_series(1, ?)) new
       returning id, buyer_id
     ), numbered as (
       select id, buyer_id, position, (select min(id) from products) + (row_number() over (order by id, position)) % ? as product_id
       from added, generate_series(0, ? - 1) position
     ), lines as (
       insert into order_lines (id, order_id, position, type, item_id, name, quantity, days, unit_price_minor,
         rate_minor, amount_minor, hold_state)
       select gen_random_uuid(), id, position, 'PRODUCT', product_id, 'Product', 1, 1, ?, ?, ?, 'HELD' from numbered
       returning item_id
     ), timeline as (
       insert into order_events (order_id, at, to_status, cause, actor)
       select id, now(), 'PENDING', 'CHECKOUT_CREATED', 'buyer:' || buyer_id from added
     )
     update product_stocks set held = held + taken.pieces
     from (select item_id, count(*) as pieces from lines group by item_id) taken where product_id = taken.item_id`,
    [batch, PRICE_MINOR * lines, count, PRODUCTS, lines, PRICE_MINOR, PRICE_MINOR, PRICE_MINOR],
  );
  await fork.execute('vacuum analyze orders, order_lines, order_events, payments, inbox_events, product_stocks');
  return fork.execute(
    `select id as "orderId", checkout_session_id as "sessionId", 'pi_' || replace(id::text, '-', '') as "paymentIntentId"
     from orders where buyer_id = ?`,
    [batch],
  );
}

/** Makes the orders of a batch paid ones, each of a buyer of its own: the batch followed by the order's id. */
export async function payOrders(em: EntityManager, batch: string): Promise<void> {
  await em.fork().execute(
    `update orders set buyer_id = buyer_id || id, status = 'PAID', paid_at = now(), number = left(id::text, 20)
     where buyer_id = ?`,
    [batch],
  );
}

/**
 * Every order of the batch was paid by its event, once.
 *
 * @throws Error that counts those that were not
 */
export async function checkPaid(em: EntityManager, batch: string, count: number): Promise<void> {
  const [paid] = await em.fork().execute<{ count: number }[]>(
    `select count(*)::int as count from orders o
       join payments p on p.order_id = o.id and p.payment_intent_id = o.payment_intent_id
         and p.checkout_session_id = o.checkout_session_id and p.amount_minor = o.total_minor and p.state = 'ACCEPTED'
       join inbox_events i on i.order_id = o.id and i.state = 'PROCESSED' and i.attempts = 1 and i.error is null
     where o.buyer_id = ? and o.status = 'PAID' and o.number is not null and o.paid_at is not null
       and (select bool_and(l.hold_state = 'CONFIRMED') from order_lines l where l.order_id = o.id)
       and (select array_agg(e.to_status || coalesce(' by ' || e.stripe_event_id, '') order by e.id)
            from order_events e where e.order_id = o.id) = array['PENDING', 'PAID by ' || i.id]`,
    [batch],
  );
  if (paid?.count !== count) throw new Error(`Of ${count} orders, ${paid?.count} were paid as they should be.`);
  await checkStock(em);
}

/** Nothing is held any longer, and as many pieces are gone as were paid. */
async function checkStock(em: EntityManager): Promise<void> {
  const [stock] = await em.fork().execute<{ held: number; gone: number; paid: number }[]>(
    `select sum(held)::int as held, sum(? - on_hand)::int as gone,
       (select sum(quantity)::int from order_lines where hold_state = 'CONFIRMED') as paid
     from product_stocks`,
    [PIECES],
  );
  if (stock?.held !== 0 || stock.gone !== stock.paid) throw new Error(`The stock is wrong: ${JSON.stringify(stock)}`);
}

/** Each order of a batch is there with its session, both lines held, and the first row of its timeline. */
export async function checkStored(em: EntityManager, batch: string, count: number): Promise<void> {
  const [stored] = await em.fork().execute<{ count: number }[]>(
    `select count(*)::int as count from orders o where buyer_id like ? || '%' and status = 'PENDING'
       and checkout_session_id is not null and checkout_url is not null
       and (select sum(l.quantity) from order_lines l where l.order_id = o.id and l.hold_state = 'HELD') = 3
       and (select count(*) from order_events e where e.order_id = o.id) = 1`,
    [batch],
  );
  if (stored?.count !== count) throw new Error(`Of ${count} orders, ${stored?.count} are as they should be.`);
  const [stock] = await em.fork().execute<{ held: number; wanted: number }[]>(
    `select (select sum(held)::int from product_stocks) as held,
       (select sum(quantity)::int from order_lines where hold_state = 'HELD') as wanted`,
  );
  if (stock?.held !== stock?.wanted) throw new Error(`The stock is wrong: ${JSON.stringify(stock)}`);
}
