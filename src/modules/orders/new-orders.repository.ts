/** Stores new orders, and finds those that the same request created before, by prepared statements. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { executeLater, executePrepared, preparedStatement } from '../../platform/database/prepared-statement.js';
import type { StoredLine } from './order-lines.repository.js';
import { type OrderRecord, type OrderRow, orderMapping } from './order-record.js';
import { rowValues } from './order-records.repository.js';

/** What an earlier request of the buyer may have left. */
export interface BuyerState {
  /** The order that the same request created; null when there is none. */
  earlier: OrderRecord | null;
  /** In how many milliseconds each of the buyer's open holds ends, the first one first. */
  openHoldsMs: number[];
}

/** How a repeated request is known. */
export interface EarlierRequest {
  buyerId: string;
  /** Null for one without a key: it is the same as one with the same input lately. */
  idempotencyKey: string | null;
  fingerprint: string;
  /** When "lately" began. */
  since: Date;
  now: Date;
}

interface BuyerRow {
  earlier: OrderRow | null;
  waits: string[];
}

const byKey = 'idempotency_key = $2 and $3::text is not null and $4::timestamptz is not null';
const byInput = 'idempotency_key is null and $2::text is null and request_fingerprint = $3 and created_at >= $4';

// By `offset`, conditions are left outside: where few orders were open when the statement was planned, it would read the
// open ones of all buyers, however many there are by now.
const OF_THE_BUYER = `
  select status, expires_at, cancel_requested_at, completed_unpaid_at from orders where buyer_id = $1 offset 0`;

/** Runs under the buyer's lock. */
export async function findBuyerState(em: EntityManager, request: EarlierRequest): Promise<BuyerState> {
  const { buyerId, idempotencyKey, fingerprint, since, now } = request;
  const mapping = orderMapping(em);
  const statement = preparedStatement(
    idempotencyKey === null ? 'buyer state by input' : 'buyer state by key',
    () => `select earlier."order" as earlier, array(
      select extract(epoch from expires_at - $5::timestamptz) * 1000 from (${OF_THE_BUYER}) as own
      where status in ('PENDING', 'PAYMENT_FAILED') and cancel_requested_at is null and completed_unpaid_at is null
        and expires_at > $5 order by expires_at
    ) as waits
    from (select) as once left join lateral (
      select ${mapping.selection} as "order" from orders where buyer_id = $1 and ${idempotencyKey === null ? byInput : byKey}
      order by created_at desc limit 1
    ) earlier on true`,
  );
  const [row] = await executePrepared<BuyerRow>(em, statement, [buyerId, idempotencyKey, fingerprint, since, now]);
  return {
    earlier: row?.earlier ? mapping.toRecord(row.earlier) : null,
    openHoldsMs: (row?.waits ?? []).map(Number),
  };
}

/** Columns of an order line, with the type and the property of each. */
const LINE_COLUMNS = [
  ['id', 'uuid', 'id'],
  ['position', 'int', 'position'],
  ['type', 'text', 'type'],
  ['item_id', 'int', 'itemId'],
  ['name', 'text', 'name'],
  ['quantity', 'int', 'quantity'],
  ['days', 'int', 'days'],
  ['start_date', 'date', 'startDate'],
  ['end_date', 'date', 'endDate'],
  ['return_date', 'date', 'returnDate'],
  ['unit_price_minor', 'bigint', 'unitPriceMinor'],
  ['rate_months', 'int', 'rateMonths'],
  ['rate_weeks', 'int', 'rateWeeks'],
  ['rate_days', 'int', 'rateDays'],
  ['rate_minor', 'bigint', 'rateMinor'],
  ['deposit_minor', 'bigint', 'depositMinor'],
  ['amount_minor', 'bigint', 'amountMinor'],
  ['hold_state', 'text', 'holdState'],
  ['withdrawal_right', 'boolean', 'withdrawalRight'],
] as const satisfies readonly (readonly [string, string, keyof StoredLine])[];

/**
 * Stores an order with its lines and the first row of its timeline, in one statement, which leaves with the next one of
 * the transaction.
 *
 * @param stripeRequest as JSON: every repetition sends these very bytes
 */
export function insertOrder(
  em: EntityManager,
  order: OrderRecord,
  lines: readonly StoredLine[],
  stripeRequest: string,
): void {
  const mapping = orderMapping(em);
  const statement = preparedStatement('insert order', () => insertTextOf(mapping.columnNames));
  const [entry] = order.timeline.splice(0);
  if (entry === undefined) throw new Error('An order is created with a row of its timeline.');
  executeLater(em, statement, [
    JSON.stringify(lines),
    stripeRequest,
    order.id,
    ...rowValues(entry),
    ...mapping.valuesOf(order),
  ]);
}

function insertTextOf(columns: readonly string[]): string {
  // After the three that come first, and the seven of the timeline.
  const values = columns.map((_, index) => `$${index + 11}`);
  const names = LINE_COLUMNS.map(([name]) => name).join(', ');
  const properties = LINE_COLUMNS.map(([, , property]) => `line."${property}"`).join(', ');
  const types = LINE_COLUMNS.map(([, type, property]) => `"${property}" ${type}`).join(', ');
  return `with stored as (
      insert into orders (stripe_request, ${columns.map((column) => `"${column}"`).join(', ')})
      values ($2, ${values.join(', ')})
    ), lines as (
      insert into order_lines (order_id, ${names})
      select $3, ${properties} from json_to_recordset($1) as line (${types})
    )
    insert into order_events (order_id, at, from_status, to_status, cause, note, actor, stripe_event_id)
    values ($3, $4, $5, $6, $7, $8, $9, $10)`;
}
