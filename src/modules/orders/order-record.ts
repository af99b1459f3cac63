/**
 * An order as a plain object, read and saved by prepared statements: what every event, return page and checkout uses.
 * An entity of the ORM costs many times more to load and to save, since each of its properties is watched.
 */
import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { FulfillmentStatus } from './fulfillment-status.js';
import { Order, type OrderColumns, type OrderState } from './order.entity.js';
import { type TimelineRow, withOrderRules } from './order-rules.js';
import { OrderStatus } from './order-status.js';
import { DisputeStatus, RefundStatus } from './refund-and-dispute-status.js';

/** The values of an order's columns, in the order of `selection`. */
export type OrderRow = readonly unknown[];

interface Column {
  /** In the database. */
  name: string;
  property: string;
  /** Whether it is a property of the customer. */
  isOfCustomer: boolean;
  type: string;
  read: (value: unknown) => unknown;
}

class Columns {}

export class OrderRecord extends withOrderRules(Columns as new () => OrderColumns) {
  /** Rows of the timeline that are not stored yet. */
  readonly timeline: TimelineRow[] = [];

  protected override append(row: TimelineRow): void {
    this.timeline.push(row);
  }
}

/** What has to be known of a new order. */
type NewOrder = Pick<
  OrderColumns,
  | 'id'
  | 'buyerId'
  | 'idempotencyKey'
  | 'requestFingerprint'
  | 'currency'
  | 'totalMinor'
  | 'customer'
  | 'acceptedTermsVersion'
  | 'savesCard'
  | 'customerIp'
  | 'createdAt'
  | 'expiresAt'
  | 'installationId'
>;

/** An order about whose payment nothing is known yet. */
export function newOrder(known: NewOrder): OrderRecord {
  return Object.assign(new OrderRecord(), {
    status: OrderStatus.PENDING,
    refundedMinor: 0,
    refundStatus: RefundStatus.NONE,
    disputeStatus: DisputeStatus.NONE,
    fulfillmentStatus: FulfillmentStatus.UNFULFILLED,
    paymentSyncRequested: 0,
    paymentSyncCompleted: 0,
    paymentSyncAttempts: 0,
    checkAttempts: 0,
    ...known,
  });
}

/** An order with the request to Stripe, which is large and read only where it is needed. */
export type OrderWithRequest = OrderState & { stripeRequest: Record<string, unknown> };

/** How records are made of rows. */
export class OrderMapping {
  private readonly columns: readonly Column[];
  /**
   * For `select` and `returning`: all of an order in one value. The driver takes longer over fifty columns than over all
   * else, and their names would make most of the text.
   */
  readonly selection: string;

  constructor(metadata: EntityMetadata<Order>) {
    this.columns = metadata.props.filter(isColumn).map(toColumn);
    this.selection = `json_build_array(${this.columns.map(({ name }) => `"${name}"`).join(', ')})`;
  }

  toRecord(row: OrderRow): OrderRecord {
    const record = new OrderRecord();
    const values = record as unknown as Record<string, unknown>;
    const customer: Record<string, unknown> = {};
    this.columns.forEach(({ property, isOfCustomer, read }, index) => {
      const value = row[index];
      (isOfCustomer ? customer : values)[property] = value === null ? null : read(value);
    });
    values.customer = customer;
    return record;
  }

  /** The names of all columns, in one order. */
  get columnNames(): readonly string[] {
    return this.columns.map(({ name }) => name);
  }

  /** The values of all columns, in the same order. */
  valuesOf(record: OrderRecord): unknown[] {
    const values = record as unknown as Record<string, unknown>;
    const customer = record.customer as unknown as Record<string, unknown>;
    return this.columns.map(({ property, isOfCustomer }) => (isOfCustomer ? customer : values)[property] ?? null);
  }

  /**
   * The columns with other values than before.
   *
   * @throws TypeError for a value that does not fit its column; events can say anything
   */
  changes(record: OrderRecord, before: readonly unknown[]): [column: string, value: unknown][] {
    const changes: [string, unknown][] = [];
    for (const [index, value] of this.valuesOf(record).entries()) {
      const column = this.columns[index] as Column;
      if (value === before[index]) continue;
      checkType(column, value);
      changes.push([column.name, value]);
    }
    return changes;
  }
}

let mapping: OrderMapping | null = null;

/** The one of this process: entities are the same everywhere. */
export function orderMapping(em: EntityManager): OrderMapping {
  mapping ??= new OrderMapping(em.getMetadata(Order));
  return mapping;
}

/** The request to Stripe, which is large, is read only where it is needed. */
function isColumn({ fieldNames, persist, kind, lazy }: EntityProperty): boolean {
  return kind === 'scalar' && fieldNames?.length === 1 && persist !== false && !lazy;
}

function toColumn({ fieldNames, name, embedded, runtimeType }: EntityProperty): Column {
  const isOfCustomer = embedded !== undefined;
  return {
    name: fieldNames[0] as string,
    property: embedded?.[1] ?? name,
    isOfCustomer,
    type: runtimeType,
    read: READERS[runtimeType] ?? ((value) => value),
  };
}

/** What JSON has no type for. */
const READERS: Record<string, (value: unknown) => unknown> = { Date: (value) => new Date(value as string) };

/** The driver would write a list or an object as text. */
function checkType({ property, type }: Column, value: unknown): void {
  const isText = ['string', 'number', 'boolean'].includes(type) && value !== null;
  if (isText && typeof value !== type) throw new TypeError(`a value does not fit Order.${property}`);
}
