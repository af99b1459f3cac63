/** What lists, jobs and look-ups ask of the database, each as its own query, job or service sends it. */
import { AttentionKind } from '../src/modules/attention/attention-kind.js';
import { encodeCursor } from '../src/platform/kernel/page.js';
import { heavyBuyer, items } from './growth-orders.js';
import type { GrowthShop, Viewer } from './growth-shop.js';
import { recordUntilWrite, type SentStatement } from './recorded-statements.js';

const LIST_LIMIT_MS = 50;
// A customer and an item at once, where each alone is in thousands of orders: no index knows both.
const COMBINED_LIMIT_MS = 250;
const JOB_LIMIT_MS = 5;
const DAY_MS = 24 * 3_600_000;
const together = (milliseconds: readonly number[]) => milliseconds.reduce((sum, each) => sum + each, 0);
const longest = (milliseconds: readonly number[]) => Math.max(0, ...milliseconds);

const staff: Viewer = { id: 'staff-1', roles: ['staff'] };
const buyer: Viewer = { id: heavyBuyer, roles: [] };

/** Something that is done often, or that a person waits for. */
export interface Look {
  name: string;
  limitMs: number;
  /** Of its statements: a person waits for all of them, and a job for each. */
  timeOf(milliseconds: readonly number[]): number;
  record(): Promise<SentStatement[]>;
}

const ORDERS = `query ($filter: OrderFilterInput, $status: OrderStatus, $first: Int, $after: String) {
  orders(filter: $filter, status: $status, first: $first, after: $after) {
    nodes { id number status total { amount } lines { name quantity } } pageInfo { endCursor hasNextPage }
  }
}`;
const EVENTS = `query ($status: WebhookEventStatus, $first: Int, $after: String) {
  webhookEvents(status: $status, first: $first, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } }
}`;
const STATUSES = ['PENDING', 'PAYMENT_FAILED', 'PROCESSING', 'PAID', 'EXPIRED', 'CANCELLED', 'UNDER_REVIEW'];
// What becomes of paid orders.
const AFTERMATHS = [
  ...['PENDING', 'PARTIAL', 'FULL', 'FAILED'].map((refundStatus) => ({ refundStatus })),
  ...['INQUIRY', 'OPEN', 'WON', 'LOST'].map((disputeStatus) => ({ disputeStatus })),
  ...['UNFULFILLED', 'PARTIALLY_FULFILLED', 'FULFILLED', 'CANCELED'].map((fulfillmentStatus) => ({
    fulfillmentStatus,
  })),
];
const EVENT_STATES = ['PROCESSED', 'IGNORED', 'RECEIVED', 'UNMATCHED', 'FAILED', 'DEAD'];
// Of a customer with a few orders, of a part of many names, of all addresses, of none; and words of a letter or two.
const CUSTOMERS = [
  '83b95d3',
  'ana 83b95d3',
  'martin',
  'ana',
  'martin ana',
  'example.com',
  'nobody-at-all',
  'a',
  'ab',
  'q7',
];

export async function looks(shop: GrowthShop): Promise<Look[]> {
  return [...(await orderLists(shop)), ...eventLists(shop), ...otherLists(shop), ...jobLooks(shop)];
}

async function orderLists(shop: GrowthShop): Promise<Look[]> {
  const list = (name: string, variables: object, viewer = staff, limitMs = LIST_LIMIT_MS): Look => ({
    name: `orders ${name}`,
    limitMs,
    timeOf: together,
    record: () => shop.recordQuery(ORDERS, variables, viewer),
  });
  const middle = await middleCursor(shop);
  const item = (id: number) => ({ item: { type: 'PRODUCT', id: String(id) } });
  const kinds = { ...items, unsold: 990 };
  const long = { placedFrom: dayBefore(900), placedTo: dayBefore(890) };
  return [
    list('of all', {}),
    list('of all, 100', { first: 100 }),
    list('of all, from the middle on', { after: middle }),
    list('of a week', { filter: { placedFrom: dayBefore(8), placedTo: dayBefore(1) } }),
    list('of a buyer', {}, buyer),
    list('of a buyer, from the middle on', { after: middle, first: 100 }, buyer),
    ...STATUSES.flatMap((status) => [
      list(status, { status, first: 100 }),
      list(`${status} from the middle on`, { status, after: middle, first: 100 }),
      list(`${status} of a buyer`, { status }, buyer),
    ]),
    ...Object.entries(kinds).flatMap(([kind, id]) => [
      list(`with a ${kind} item`, { filter: item(id) }),
      list(`with a ${kind} item, 100`, { filter: item(id), first: 100 }),
      list(`with a ${kind} item, from the middle on`, { filter: item(id), after: middle }),
      list(`with a ${kind} item, UNDER_REVIEW`, { filter: item(id), status: 'UNDER_REVIEW' }),
      list(`with a ${kind} item, years ago`, { filter: { ...item(id), ...long } }),
      list(`with a ${kind} item, of a buyer`, { filter: item(id) }, buyer),
    ]),
    ...AFTERMATHS.flatMap((filter) => {
      const name = Object.values(filter).join();
      return [
        list(`${name} afterwards`, { filter, first: 100 }),
        list(`${name} afterwards, from the middle on`, { filter, after: middle }),
      ];
    }),
    list('with equipment', { filter: { item: { type: 'EQUIPMENT', id: '7' } } }),
    ...CUSTOMERS.flatMap((customer) => [
      list(`of customer ‘${customer}’`, { filter: { customer } }),
      list(`of customer ‘${customer}’, 100`, { filter: { customer }, first: 100 }),
      list(`of customer ‘${customer}’, from the middle on`, { filter: { customer }, after: middle }),
      list(`of customer ‘${customer}’, UNDER_REVIEW`, { filter: { customer }, status: 'UNDER_REVIEW' }),
      list(`of customer ‘${customer}’, years ago`, { filter: { customer, ...long } }),
      ...(['popular', 'discontinued'] as const).map((kind) => {
        const filter = { customer, ...item(items[kind]) };
        return list(`of customer ‘${customer}’, with a ${kind} item`, { filter }, staff, COMBINED_LIMIT_MS);
      }),
    ]),
  ];
}

function eventLists(shop: GrowthShop): Look[] {
  const list = (name: string, variables: object): Look => ({
    name: `webhookEvents ${name}`,
    limitMs: LIST_LIMIT_MS,
    timeOf: together,
    record: () => shop.recordQuery(EVENTS, variables, staff),
  });
  const after = encodeCursor(new Date(Date.now() - 45 * DAY_MS).toISOString(), 'evt_');
  return [
    list('of all', { first: 100 }),
    list('of all, from the middle on', { after }),
    ...EVENT_STATES.flatMap((status) => [
      list(status, { status, first: 100 }),
      list(`${status} from the middle on`, { status, after }),
    ]),
  ];
}

function otherLists(shop: GrowthShop): Look[] {
  const query = (name: string, text: string, variables: object, viewer = staff): Look => ({
    name,
    limitMs: LIST_LIMIT_MS,
    timeOf: together,
    record: () => shop.recordQuery(text, variables, viewer),
  });
  const rentals = `query ($from: LocalDate!, $to: LocalDate!) {
    rentals(from: $from, to: $to) { leaving { label } returning { label } } }`;
  const withdrawable = `{ orders(first: 20) { nodes {
    withdrawals { id } lines { withdrawableQuantity withdrawableUntil }
  } } }`;
  const exported = `query ($buyerId: ID!) { customerExport(buyerId: $buyerId, first: 20) { orderCount hasNextPage } }`;
  return [
    query('rentals of a week', rentals, { from: dayBefore(0), to: dayBefore(-7) }),
    query('rentals of a quarter, years ago', rentals, { from: dayBefore(800), to: dayBefore(710) }),
    query('bookingsAtRisk', '{ bookingsAtRisk { overdue { label } } }', {}),
    query('attention', '{ attention { nodes { kind since order { id } } } }', {}),
    ...Object.values(AttentionKind).map((kind) =>
      query(`attention ${kind}`, 'query ($kind: AttentionKind) { attention(kind: $kind) { nodes { since } } }', {
        kind,
      }),
    ),
    query('disputes', '{ disputes(first: 100) { nodes { id dueBy } } }', {}),
    query('disputes to answer', '{ disputes(filter: { standing: NEEDS_RESPONSE }) { nodes { id } } }', {}),
    query('what a buyer can withdraw from', withdrawable, {}, buyer),
    query('customerExport', exported, { buyerId: heavyBuyer }),
    {
      name: 'anonymizeCustomer, until its first change',
      limitMs: LIST_LIMIT_MS,
      timeOf: together,
      record: () =>
        recordUntilWrite(() =>
          shop.services.anonymisation.anonymise(shop.orm.em.fork(), { id: staff.id, isStaff: true }, 'buyer-11'),
        ),
    },
  ];
}

function jobLooks(shop: GrowthShop): Look[] {
  return shop.services.jobs.map(({ name }) => ({
    name: `job ${name}`,
    limitMs: JOB_LIMIT_MS,
    timeOf: longest,
    record: () => shop.recordJob(name),
  }));
}

async function middleCursor({ orm }: GrowthShop): Promise<string> {
  const [row] = await orm.em.fork().execute<{ id: string; at: string }[]>(
    `select id, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from orders
     where created_at >= now() - interval '18 months' order by created_at limit 1`,
  );
  if (row === undefined) throw new Error('There are no orders.');
  return encodeCursor(row.at, row.id);
}

function dayBefore(days: number): string {
  return new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
}
