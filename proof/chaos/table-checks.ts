/** Invariants that the tables alone can break. */
import type { Check, Evidence, Violation } from './check.js';

/** Where a status may lead; a row without a change is a note. */
const TRANSITIONS: Record<string, readonly string[]> = {
  PENDING: ['PAYMENT_FAILED', 'PROCESSING', 'PAID', 'EXPIRED', 'CANCELLED', 'UNDER_REVIEW'],
  PAYMENT_FAILED: ['PROCESSING', 'PAID', 'EXPIRED', 'CANCELLED', 'UNDER_REVIEW'],
  PROCESSING: ['PAID', 'PAYMENT_FAILED', 'UNDER_REVIEW'],
  EXPIRED: ['PAID', 'UNDER_REVIEW'],
  CANCELLED: ['PAID', 'UNDER_REVIEW'],
  UNDER_REVIEW: ['PAID', 'CANCELLED'],
  PAID: [],
};

interface Finding {
  orderId: string | null;
  what: string;
}

export const tableChecks: readonly Check[] = [
  fromQuery(
    'I1',
    'one paid transition and one accepted payment an order, and the goods leave once',
    `select o.id as "orderId", 'status ' || o.status || ', ' || t.paid || ' paid transitions, ' || p.accepted || ' accepted payments' as what
     from orders o
     cross join lateral (select count(*) as paid from order_events e
       where e.order_id = o.id and e.to_status = 'PAID' and e.from_status is distinct from 'PAID') t
     cross join lateral (select count(*) as accepted from payments p where p.order_id = o.id and p.state = 'ACCEPTED' and p.purpose = 'ORDER') p
     where (o.paid_at is not null)::int <> t.paid or (o.status = 'PAID')::int <> p.accepted or (o.paid_at is not null) <> (o.number is not null)`,
  ),
  {
    invariant: 'I1',
    says: 'stock fell by what was paid and did not come back, and by nothing else',
    find: stockViolations,
  },
  fromQuery(
    'I3',
    'held pieces are those of held lines, never more than there are',
    `select null as "orderId", 'product ' || s.product_id || ' has ' || s.held || ' held of ' || coalesce(s.on_hand::text, 'any number') || ', lines hold ' || l.held as what
     from product_stocks s
     cross join lateral (select coalesce(sum(quantity), 0) as held from order_lines
       where type = 'PRODUCT' and item_id = s.product_id and hold_state = 'HELD') l
     where s.held <> l.held or s.held < 0 or s.held > s.on_hand`,
  ),
  fromQuery(
    'I3',
    'no unit is booked twice on a day',
    `select l.order_id as "orderId", 'unit ' || a.unit_id || ' is booked twice: ' || a.period || ' and ' || b.period as what
     from bookings a join bookings b on a.unit_id = b.unit_id and a.id < b.id and a.period && b.period
     left join order_lines l on l.id = b.order_line_id where a.active and b.active`,
  ),
  fromQuery(
    'I3',
    'a rental has its units while it is held or paid, less those that are not to leave any more, and none after',
    `select l.order_id as "orderId", 'line ' || l.id || ' for ' || l.quantity || ' is ' || l.hold_state || ' with ' || b.active || ' active bookings' as what
     from order_lines l
     cross join lateral (select count(*) as active from bookings b where b.order_line_id = l.id and b.active) b
     where l.type = 'EQUIPMENT' and b.active <> case when l.hold_state = 'RELEASED' then 0
       else l.quantity - (l.returned_quantity - l.received_back_quantity) end`,
  ),
  fromQuery(
    'I3',
    'pieces come back as often as refunds and releases say, and leave as often as they were handed over',
    `select l.order_id as "orderId", 'line ' || l.id || ' has ' || l.fulfilled_quantity || ' handed over, not ' || g.left_shop || '; ' || l.returned_quantity || ' returned, not ' || g.came_back as what
     from order_lines l
     cross join lateral (select
       (select coalesce(sum(quantity), 0) from refund_lines where order_line_id = l.id and goods = 'RETURN_TO_STOCK')
         + (select coalesce(sum(quantity), 0) from line_releases where order_line_id = l.id)
         + (select coalesce(sum(w.quantity), 0) from withdrawal_lines w join withdrawals d on d.id = w.withdrawal_id
            where w.order_line_id = l.id and l.type = 'EQUIPMENT' and (d.at at time zone 'Europe/Paris')::date < l.start_date)
         + (select count(returned_at) from bookings where order_line_id = l.id and active) as came_back,
       (select coalesce(sum(quantity), 0) from fulfillment_lines where order_line_id = l.id)
         + (select count(picked_up_at) from bookings where order_line_id = l.id and active) as left_shop) g
     where l.returned_quantity <> g.came_back or l.fulfilled_quantity <> g.left_shop`,
  ),
  fromQuery(
    'I5',
    'no order without a session is left open',
    `select id as "orderId", 'status ' || status || ', session ' || coalesce(checkout_session_id, 'none') as what from orders
     where (checkout_session_id is null and status not in ('CANCELLED', 'EXPIRED'))
       or (status in ('PENDING', 'PAYMENT_FAILED') and completed_unpaid_at is null)`,
  ),
  { invariant: 'I6', says: 'no event is left half done or dead-lettered', find: unfinishedEvents },
  { invariant: 'I7', says: 'only allowed transitions, each with its row', find: transitionViolations },
  fromQuery(
    'I9',
    'an order costs what its lines cost',
    `select o.id as "orderId", 'total ' || o.total_minor || ', lines ' || sum(l.amount_minor) as what
     from orders o join order_lines l on l.order_id = o.id
     group by o.id having o.total_minor <> sum(l.amount_minor) or bool_or(l.amount_minor <> l.quantity * l.rate_minor)`,
  ),
  { invariant: 'I9', says: 'a line costs what the catalogue says for its days', find: priceViolations },
  { invariant: 'I11', says: 'no log holds a secret or a buyer’s data', find: leaks },
  fromQuery(
    'I13',
    'an order says how far its goods are handed over',
    `select o.id as "orderId", 'says ' || o.fulfillment_status || ', its lines ' || s.expected as what
     from orders o cross join lateral (select case
         when o.paid_at is null then case when o.status in ('CANCELLED', 'EXPIRED')
           or (o.status = 'PAYMENT_FAILED' and (o.async_failed_at is not null or o.completed_unpaid_at is not null)) then 'CANCELED' else 'UNFULFILLED' end
         when bool_or(quantity > fulfilled_quantity + returned_quantity - received_back_quantity)
           then case when bool_or(fulfilled_quantity > 0) then 'PARTIALLY_FULFILLED' else 'UNFULFILLED' end
         when bool_or(fulfilled_quantity > received_back_quantity) then 'FULFILLED'
         when bool_or(fulfilled_quantity > 0) then 'RETURNED' else 'CANCELED' end as expected
       from order_lines where order_id = o.id) s
     where o.fulfillment_status::text <> s.expected`,
  ),
  fromQuery(
    'I14',
    'no more is claimed of a payment than was received, nor of a line than was paid for it',
    `select p.order_id as "orderId", c.minor || ' were claimed of ' || p.amount_minor as what
     from payments p cross join lateral (select coalesce(sum(claimed_minor), 0) as minor from refunds r
       where r.payment_intent_id = p.payment_intent_id and r.state not in ('SETTLED_ELSEWHERE', 'CANCELED')) c
     where c.minor > p.amount_minor
     union all select l.order_id, 'line ' || l.id || ' counts ' || l.refunded_minor || ' refunded, its refunds ' || c.minor
     from order_lines l cross join lateral (select coalesce(sum(amount_minor), 0) as minor, coalesce(sum(quantity), 0) as pieces
       from refund_lines where order_line_id = l.id) c
     where c.minor <> l.refunded_minor or c.minor > l.amount_minor or c.pieces > l.quantity`,
  ),
  fromQuery(
    'I13',
    'goods are held for orders that may be paid, and confirmed for those that are',
    `select o.id as "orderId", 'a line is ' || l.hold_state || ', the order ' || o.status as what
     from orders o join order_lines l on l.order_id = o.id
     where (l.hold_state in ('CONFIRMED', 'RETURNED')) <> (o.paid_at is not null)
       or (l.hold_state = 'RETURNED') <> (l.returned_quantity = l.quantity)
       or (l.hold_state = 'HELD' and (o.status in ('CANCELLED', 'EXPIRED', 'PAID')
         or (o.status = 'PAYMENT_FAILED' and (o.async_failed_at is not null or o.completed_unpaid_at is not null))))`,
  ),
];

function fromQuery(invariant: string, says: string, sql: string): Check {
  return {
    invariant,
    says,
    find: async ({ rows }) => (await rows<Finding>(sql)).map((finding) => ({ invariant, ...finding })),
  };
}

async function stockViolations({ rows, products }: Evidence): Promise<Violation[]> {
  const stocks = await rows<{ id: number; onHand: number | null; sold: number }>(
    `select product_id as id, on_hand as "onHand", (select coalesce(sum(quantity - returned_quantity), 0)::int from order_lines
       where type = 'PRODUCT' and item_id = product_id and hold_state in ('CONFIRMED', 'RETURNED')) as sold from product_stocks`,
  );
  return stocks.flatMap(({ id, onHand, sold }) => {
    const before = products.get(id)?.onHand ?? null;
    if (before === null ? onHand === null : onHand === before - sold) return [];
    return [{ invariant: 'I1', orderId: null, what: `product ${id}: ${before} less ${sold} sold are not ${onHand}` }];
  });
}

async function unfinishedEvents({ rows, logLines }: Evidence): Promise<Violation[]> {
  const events = await rows<{ id: string; orderId: string | null; state: string; error: string | null }>(
    `select id, order_id as "orderId", state, error from inbox_events where state not in ('PROCESSED', 'IGNORED')`,
  );
  return events.map(({ id, orderId, state, error }) => {
    const logged = logLines(id).some((line) => line.includes('"level":50')) ? 'with' : 'without';
    return { invariant: 'I6', orderId, what: `event ${id} is ${state} (${error}), ${logged} an error log` };
  });
}

interface TimelineRow {
  orderId: string;
  from: string | null;
  to: string;
  status: string;
}

async function transitionViolations({ rows }: Evidence): Promise<Violation[]> {
  const timeline = await rows<TimelineRow>(
    `select o.id as "orderId", e.from_status as from, e.to_status as to, o.status
     from orders o left join order_events e on e.order_id = o.id order by o.id, e.id`,
  );
  const byOrder = Map.groupBy(timeline, ({ orderId }) => orderId);
  return [...byOrder].flatMap(([orderId, events]) => {
    const problem = timelineProblem(events);
    return problem === null ? [] : [{ invariant: 'I7', orderId, what: problem }];
  });
}

function timelineProblem(events: readonly TimelineRow[]): string | null {
  let before: string | null = null;
  for (const { from, to } of events) {
    if (from !== before) return `a row begins at ${from}, the one before ended at ${before}`;
    const isAllowed = from === null ? to === 'PENDING' : from === to || TRANSITIONS[from]?.includes(to);
    if (!isAllowed) return `went from ${from} to ${to}`;
    before = to;
  }
  const status = events[0]?.status;
  return before === status ? null : `the timeline ends at ${before}, the order is ${status}`;
}

async function priceViolations({ rows, products, equipment }: Evidence): Promise<Violation[]> {
  const lines = await rows<{ orderId: string; type: string; itemId: number; days: number; rate: number }>(
    `select order_id as "orderId", type, item_id as "itemId", days, rate_minor::int as rate from order_lines`,
  );
  return lines.flatMap(({ orderId, type, itemId, days, rate }) => {
    const price = products.get(itemId)?.priceMinor;
    const daily = equipment.get(itemId)?.pricePerDayMinor;
    const expected = type === 'PRODUCT' ? price : (daily ?? Number.NaN) * days;
    return rate === expected
      ? []
      : [{ invariant: 'I9', orderId, what: `${type} ${itemId} costs ${rate}, not ${expected}` }];
  });
}

function leaks({ secrets, logLines }: Evidence): Violation[] {
  return secrets.flatMap((secret) => {
    const [line] = logLines(secret);
    return line === undefined ? [] : [{ invariant: 'I11', orderId: null, what: `"${secret}" is in a log: ${line}` }];
  });
}
