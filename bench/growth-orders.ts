/**
 * Years of orders for `npm run bench -- growth`, by SQL: most are paid, some ended otherwise, and of each kind that jobs
 * and staff look for there are a few.
 */
import type { EntityManager } from '@mikro-orm/postgresql';

const PRODUCTS = 1_000;
const KINDS = 100;
const UNITS_A_KIND = 10;
const LOADED_AT_ONCE = 25_000;

/** Of the filters: how often each is in the orders decides which way to them is short. */
export const items = {
  /** In a tenth of all orders. */
  popular: 1,
  /** In a tenth of the oldest tenth of the orders, and in no order since. */
  discontinued: 2,
  /** In one order of 270. */
  ordinary: 100,
  /** In every thousandth order. */
  occasional: 3,
  /** In four orders. */
  rare: 4,
};
export const heavyBuyer = 'buyer-heavy';

export interface FilledShop {
  orders: number;
  report: (line: string) => void;
}

/** Days spread evenly over three years until now, the newest order last. */
const ORDER = `select n, now() - (:orders - n) * (interval '3 years' / :orders) - interval '1 minute' as placed_at,
    :orders - n as age, md5('order ' || n)::uuid as id,
    case when n % 1000 = 7 then '${heavyBuyer}' else 'buyer-' || n % greatest(1, :orders / 5) end as buyer_id
  from generate_series(:from::int, :to::int) n`;

const STATUS = `case
    when age < 200 then 'PENDING' when age < 240 then 'PAYMENT_FAILED'
    when age < 50000 and n % 100 = 3 and age < :orders / 100 then 'PROCESSING'
    when n % greatest(1, :orders / 40) = 5 then 'UNDER_REVIEW'
    when n % 50 = 9 then 'CANCELLED' when n % 7 = 1 then 'EXPIRED' else 'PAID' end`;

const INSERT_ORDERS = `with placed as (select *, ${STATUS} as status from (${ORDER}) o)
  insert into orders (id, number, buyer_id, request_fingerprint, status, currency, total_minor, customer_first_name,
    customer_last_name, customer_email, customer_address, customer_city, customer_postal_code, customer_country,
    stripe_request, checkout_session_id, checkout_url, payment_intent_id, created_at, expires_at, completed_unpaid_at,
    paid_at, expired_at, cancel_requested_at, review_reason, payment_sync_requested, payment_sync_completed, next_check_at, fulfillment_status, refund_status,
    dispute_status)
  select id, case when status = 'PAID' then 'G-' || n end, buyer_id, md5(buyer_id) || md5(n::text), status, 'EUR', 5000,
    (array['Ana','Zoé','Jan','Maria','Louis','Emma','Karl','Nina','Omar','Paula'])[1 + (hashint4(n % 1000) & 7)],
    initcap(left(md5('name ' || n % 20000), 7)) || case when n % 200 = 0 then ' Martin' else '' end,
    left(md5('name ' || n % 20000), 7) || n % 20000 || '@' || (array['example.com','mail.example','post.example'])[1 + n % 3],
    n || ' rue de la Paix', 'Paris', '75002', 'FR',
    json_build_object('mode', 'payment', 'client_reference_id', id, 'metadata', json_build_object('order_id', id), 'text', repeat('-', 400)),
    'cs_test_' || replace(id::text, '-', ''), 'https://checkout.example/' || id,
    case when status in ('PAID', 'UNDER_REVIEW', 'PROCESSING') then 'pi_' || replace(id::text, '-', '') end,
    placed_at, placed_at + interval '35 minutes', case when status = 'PROCESSING' then placed_at + interval '5 minutes' end,
    case when status = 'PAID' then placed_at + interval '5 minutes' end,
    case when status in ('EXPIRED', 'CANCELLED') then placed_at + interval '36 minutes' end,
    case when status = 'CANCELLED' then placed_at + interval '9 minutes' end,
    case when status = 'UNDER_REVIEW' then 'AMOUNT_MISMATCH' end,
    (n % 3 = 0)::int + (age between 300 and 320)::int, (n % 3 = 0)::int,
    case when age < 100 then now() + interval '1 hour' end,
    case when status in ('EXPIRED', 'CANCELLED') then 'CANCELED' when status <> 'PAID' or age < 2000 then 'UNFULFILLED'
      when n % 5000 = 30 then 'PARTIALLY_FULFILLED' else 'FULFILLED' end,
    case when status <> 'PAID' then 'NONE' when n % 20000 = 14 then 'FAILED' when n % 500 = 14 then 'FULL'
      when n % 50 = 14 then 'PARTIAL' else 'NONE' end,
    case when status = 'PAID' and n % 500 = 20 then 'WON' when status = 'PAID' and n % 10000 = 40 then 'LOST' else 'NONE' end
  from placed`;

const INSERT_LINES = `insert into order_lines (id, order_id, position, type, item_id, name, quantity, days, start_date,
    end_date, return_date, unit_price_minor, rate_minor, amount_minor, rate_days, hold_state, fulfilled_quantity)
  select md5('line ' || n || ' ' || position)::uuid, id, position, type, item_id, 'Item', 1, 1, start, start, start, 2500,
    2500, 2500, (type = 'EQUIPMENT')::int, case when status = 'PAID' then 'CONFIRMED'
      when status in ('EXPIRED', 'CANCELLED') then 'RELEASED' else 'HELD' end,
    (status = 'PAID' and age >= 2000 and n % 5000 <> 30)::int
  from (select *, ${STATUS} as status from (${ORDER}) o) placed, generate_series(0, 1) position, lateral (
    select case when n % 25 = 2 and position = 1 then 'EQUIPMENT' else 'PRODUCT' end as type,
      case when n % 25 = 2 and position = 1 then 1 + n / 25 % ${KINDS}
        when position = 0 and n % 10 = 4 then ${items.popular}
        when position = 0 and n % 10 = 5 and n <= :orders / 10 then ${items.discontinued}
        when position = 0 and n % 1000 = 6 then ${items.occasional}
        when position = 0 and n % greatest(1, :orders / 4) = 8 then ${items.rare}
        else 5 + (hashint4(n * 2 + position) & 511) end as item_id,
      case when n % 25 = 2 and position = 1 then (placed_at + interval '3 days')::date end as start
  ) line`;

const INSERT_EVENTS = `with placed as (select *, ${STATUS} as status from (${ORDER}) o), timeline as (
    insert into order_events (order_id, at, from_status, to_status, cause, actor)
    select id, placed_at, null, 'PENDING', 'CHECKOUT_CREATED', 'buyer:' || buyer_id from placed
    union all
    select id, placed_at + interval '5 minutes', 'PENDING', status, 'OTHER', 'stripe' from placed where status <> 'PENDING'
  ), received as (
    insert into payments (payment_intent_id, order_id, checkout_session_id, amount_minor, currency, received_at, state)
    select 'pi_' || replace(id::text, '-', ''), id, 'cs_test_' || replace(id::text, '-', ''), 5000, 'EUR',
      placed_at + interval '5 minutes', case status when 'PAID' then 'ACCEPTED' else 'UNDER_REVIEW' end
    from placed where status in ('PAID', 'UNDER_REVIEW')
  ), refunded as (
    insert into refunds (id, order_id, payment_intent_id, amount_minor, currency, reason, is_ours, state, stripe_refund_id,
      created_at, next_attempt_at, issued_at)
    select id, id, 'pi_' || replace(id::text, '-', ''), 100, 'EUR', 'OTHER', n % 5000 <> 14,
      case when n % 5000 = 14 then 'FAILED' when age < 2000 then 'DUE' else 'SUCCEEDED' end,
      case when age < 2000 then null else 're_' || n end, placed_at, placed_at, case when age < 2000 then null else placed_at end
    from placed where n % 50 = 14 and status = 'PAID'
  ), disputed as (
    insert into disputes (id, order_id, payment_intent_id, amount_minor, currency, reason, state, created_at)
    select 'du_' || n, id, 'pi_' || replace(id::text, '-', ''), 100, 'EUR', 'fraudulent', 'WON', placed_at
    from placed where n % 500 = 20 and status = 'PAID'
  )
  insert into inbox_events (id, type, api_version, livemode, stripe_created_at, checkout_session_id, payment_intent_id,
    order_id, body, state, attempts, received_at, handled_at, next_attempt_at)
  select 'evt_' || replace(id::text, '-', ''), 'checkout.session.completed', '2026-10-28.endive', false, placed_at,
    'cs_test_' || replace(id::text, '-', ''), 'pi_' || replace(id::text, '-', ''),
    case when event = 'UNMATCHED' then null else id end, convert_to(repeat('{"some": "event"}', 60), 'UTF8'), event, 1,
    case when n <= 100 then placed_at else greatest(placed_at, now() - interval '89 days' - age * interval '1 millisecond') end, placed_at,
    case when event in ('FAILED', 'UNMATCHED') then now() - interval '1 minute' end
  from placed, lateral (select case when n % greatest(1, :orders / 20) = 6 then 'FAILED'
    when n % greatest(1, :orders / 20) = 10 then 'DEAD' when n % greatest(1, :orders / 20) = 11 then 'UNMATCHED'
    when n % 10 = 0 then 'IGNORED' else 'PROCESSED' end as event) e
  where n % 5 < 3`;

const INSERT_BOOKINGS = `insert into bookings (unit_id, order_line_id, period, return_date, active, picked_up_at, returned_at,
    returned_on)
  select unit, md5('line ' || n || ' 1')::uuid, daterange(start, start + 1), start, status in ('PAID', 'PENDING'),
    case when start < current_date then placed_at + interval '3 days' end,
    case when start < current_date then placed_at + interval '3 days 8 hours' end, case when start < current_date then start end
  from (select *, ${STATUS} as status, (placed_at + interval '3 days')::date as start,
    1 + n / 25 % ${KINDS} * ${UNITS_A_KIND} + n / (25 * ${KINDS}) % ${UNITS_A_KIND} as unit from (${ORDER}) o) placed
  where n % 25 = 2`;

const STEPS = [INSERT_ORDERS, INSERT_LINES, INSERT_EVENTS, INSERT_BOOKINGS];

/** Fills an empty, migrated database. */
export async function fillShop(em: EntityManager, { orders, report }: FilledShop): Promise<void> {
  await stock(em);
  const started = performance.now();
  for (let from = 1; from <= orders; from += LOADED_AT_ONCE) {
    const to = Math.min(from + LOADED_AT_ONCE - 1, orders);
    for (const step of STEPS) await em.fork().execute(numbered(step, { orders, from, to }));
    const seconds = (performance.now() - started) / 1000;
    report(
      `${to} of ${orders} orders after ${seconds.toFixed(0)} s, about ${((seconds / to) * (orders - to)).toFixed(0)} s left`,
    );
  }
  // As autovacuum leaves it, some time after.
  await em.fork().execute('vacuum analyze');
}

async function stock(em: EntityManager): Promise<void> {
  await em.fork().execute(
    `with added as (
       insert into products (name, price_minor, currency) select 'Product ' || n, 2500, 'EUR' from generate_series(1, ${PRODUCTS}) n
       returning id
     )
     insert into product_stocks (product_id, on_hand) select id, 1000000 from added`,
  );
  await em.fork().execute(
    `with kinds as (
       insert into equipment (name, price_per_day_minor, currency, turnaround_days)
       select 'Kind ' || n, 1000, 'EUR', 1 from generate_series(1, ${KINDS}) n returning id
     )
     insert into equipment_units (equipment_id, label) select id, 'U-' || n from kinds, generate_series(1, ${UNITS_A_KIND}) n`,
  );
}

function numbered(statement: string, numbers: Record<string, number>): string {
  return statement.replace(/(?<!:):(orders|from|to)\b/g, (_, name: string) => String(numbers[name]));
}
