/** An order: what was sold, to which customer, at what price, and every fact known about its payment. */
import { defineEntity, p } from '@mikro-orm/core';
import { FulfillmentStatus } from './fulfillment-status.js';
import { OrderEvent } from './order-event.entity.js';
import { OrderLine } from './order-line.entity.js';
import { type TimelineEntry, type TimelineRow, withOrderRules } from './order-rules.js';
import { OrderStatus } from './order-status.js';
import { DisputeStatus, RefundStatus } from './refund-and-dispute-status.js';
import type { ReviewReason } from './review-reason.js';

const CustomerSchema = defineEntity({
  name: 'Customer',
  embeddable: true,
  properties: {
    firstName: p.string().length(100),
    lastName: p.string().length(100),
    email: p.string().length(254),
    phone: p.string().length(40).nullable(),
    address: p.string().length(300),
    city: p.string().length(100),
    postalCode: p.string().length(20),
    /** ISO 3166-1 alpha-2. */
    country: p.string().columnType('char(2)'),
  },
});

/** The person the goods go to, as given at checkout. */
export class Customer extends CustomerSchema.class {}
CustomerSchema.setClass(Customer);

/** What a search for a customer looks at; the index has this very expression. */
export const CUSTOMER_TEXT = `lower(' ' || customer_first_name || ' ' || customer_last_name || ' ' || customer_email)`;

const OrderSchema = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: {
    id: p.uuid().primary(),
    /** For people; assigned when the order is paid, so that abandoned checkouts use none. */
    number: p.string().length(20).nullable().unique(),
    /** The `sub` of the buyer's token. */
    buyerId: p.string().length(255),
    /** The buyer's key for this checkout; cleared when the order ended before its URL reached anyone. */
    idempotencyKey: p.string().length(255).nullable(),
    /** Digest of the input as it was sent: the same key with another input is a conflict. */
    requestFingerprint: p.string().columnType('char(64)'),
    status: p.enum(() => OrderStatus).default(OrderStatus.PENDING),
    currency: p.string().columnType('char(3)'),
    totalMinor: p.bigint('number'),
    customer: () => p.embedded(Customer),
    acceptedTermsVersion: p.string().length(100).nullable(),
    /** Whether its session saves the buyer's card, for deposits and fees. */
    savesCard: p.boolean().default(false),
    /** Where the buyer ordered from: evidence where they dispute the payment. */
    customerIp: p.string().length(45).nullable(),
    /**
     * The whole request to Stripe. `json`, not `jsonb`: it keeps the order of the members, so that every
     * repetition sends the same bytes.
     */
    stripeRequest: p.json<Record<string, unknown>>().columnType('json').lazy(),
    /** The installation that created it, as in its metadata at Stripe; null from before there were ids. */
    installationId: p.uuid().nullable(),
    checkoutSessionId: p.string().length(255).nullable().unique(),
    checkoutUrl: p.text().nullable(),
    paymentIntentId: p.string().length(255).nullable().unique(),
    createdAt: p.datetime(),
    /** When the session, and the hold with it, ends. */
    expiresAt: p.datetime(),
    declinedAt: p.datetime().nullable(),
    completedUnpaidAt: p.datetime().nullable(),
    asyncFailedAt: p.datetime().nullable(),
    paidAt: p.datetime().nullable(),
    expiredAt: p.datetime().nullable(),
    cancelRequestedAt: p.datetime().nullable(),
    cancelRequestedBy: p.string().length(300).nullable(),
    paymentCanceledAt: p.datetime().nullable(),
    paymentReturnedAt: p.datetime().nullable(),
    reviewReason: p.text().$type<ReviewReason>().nullable(),
    /** The same in words for staff. */
    reviewNote: p.text().nullable(),
    reviewResolvedAt: p.datetime().nullable(),
    lastPaymentErrorCode: p.string().length(100).nullable(),
    lastPaymentErrorDeclineCode: p.string().length(100).nullable(),
    lastPaymentErrorMessage: p.text().nullable(),
    /** What was refunded to the buyer, over all payments of the order. */
    refundedMinor: p.bigint('number').default(0),
    refundStatus: p.enum(() => RefundStatus).default(RefundStatus.NONE),
    disputeStatus: p.enum(() => DisputeStatus).default(DisputeStatus.NONE),
    /** When Stripe warned that the payment may be a fraud. */
    fraudWarnedAt: p.datetime().nullable(),
    /** How far its goods are handed over, by its lines. */
    fulfillmentStatus: p.enum(() => FulfillmentStatus).default(FulfillmentStatus.UNFULFILLED),
    /**
     * How many syncs of refunds and disputes were requested, and up to which of them the rows are as Stripe has them.
     */
    paymentSyncRequested: p.integer().default(0),
    paymentSyncCompleted: p.integer().default(0),
    /** When the sync is tried again; null where it was not tried yet. */
    paymentSyncDueAt: p.datetime().nullable(),
    /** How often it was tried since it last succeeded. */
    paymentSyncAttempts: p.integer().default(0),
    /** The event that requested the last sync, for the timeline. */
    paymentSyncEventId: p.string().length(255).nullable(),
    /** Claimed by a job, or paused after an attempt, until then. */
    nextCheckAt: p.datetime().nullable(),
    /** The number of attempts of jobs: the pause grows with each. */
    checkAttempts: p.integer().default(0),
    /** When the return page last polled Stripe. */
    askedAt: p.datetime().nullable(),
    /** When everything that identifies the buyer was erased. */
    anonymisedAt: p.datetime().nullable(),
    lines: () => p.oneToMany(OrderLine).mappedBy('order').orderBy({ position: 'asc' }),
    events: () => p.oneToMany(OrderEvent).mappedBy('order').orderBy({ id: 'asc' }),
  },
  uniques: [{ name: 'orders_buyer_idempotency_key_unique', properties: ['buyerId', 'idempotencyKey'] }],
  // The two lists of orders, the newest first: a buyer's own, and everybody's for staff.
  indexes: [
    { name: 'orders_buyer_created_index', properties: ['buyerId', 'createdAt', 'id'] },
    { name: 'orders_created_index', properties: ['createdAt', 'id'] },
    // What jobs look for every minute: few rows, however many orders there are.
    {
      name: 'orders_unfinished_index',
      expression: `create index "orders_unfinished_index" on "orders" ("expires_at") where status in ('PENDING', 'PAYMENT_FAILED', 'PROCESSING')`,
    },
    {
      name: 'orders_payment_sync_index',
      expression:
        'create index "orders_payment_sync_index" on "orders" ("payment_sync_due_at" nulls first) where payment_sync_requested > payment_sync_completed',
    },
    // Lists by status. Of the other two, paid orders are many everywhere, and pending ones are unfinished.
    {
      name: 'orders_status_index',
      expression: `create index "orders_status_index" on "orders" ("status", "created_at", "id") where status in ('PAYMENT_FAILED', 'PROCESSING', 'EXPIRED', 'CANCELLED', 'UNDER_REVIEW')`,
    },
    // What is still to be handed over; orders that are done are many, and the latest of them.
    {
      name: 'orders_fulfillment_status_index',
      expression: `create index "orders_fulfillment_status_index" on "orders" ("fulfillment_status", "created_at", "id") where status = 'PAID' and fulfillment_status in ('UNFULFILLED', 'PARTIALLY_FULFILLED', 'CANCELED')`,
    },
    // Orders with refunds and disputes are few.
    {
      name: 'orders_refund_status_index',
      expression: `create index "orders_refund_status_index" on "orders" ("refund_status", "created_at", "id") where refund_status <> 'NONE'`,
    },
    {
      name: 'orders_dispute_status_index',
      expression: `create index "orders_dispute_status_index" on "orders" ("dispute_status", "created_at", "id") where dispute_status <> 'NONE'`,
    },
    // Goods that are to leave the shop although their money has gone back, or may go.
    {
      name: 'orders_still_booked_index',
      expression: `create index "orders_still_booked_index" on "orders" ("created_at", "id") where status = 'PAID' and fulfillment_status in ('UNFULFILLED', 'PARTIALLY_FULFILLED') and (refund_status = 'FULL' or dispute_status in ('OPEN', 'LOST') or fraud_warned_at is not null)`,
    },
    // When the orders of an item were placed, which thousands of lines name, without reading the orders.
    {
      name: 'orders_placed_index',
      expression: 'create index "orders_placed_index" on "orders" ("id") include ("created_at")',
    },
    // Any part of a name or an address.
    {
      name: 'orders_customer_index',
      expression: `create index "orders_customer_index" on "orders" using gin (${CUSTOMER_TEXT} gin_trgm_ops)`,
    },
    // Orders whose events may have arrived during the anonymisation.
    {
      name: 'orders_anonymised_index',
      expression:
        'create index "orders_anonymised_index" on "orders" ("anonymised_at") where anonymised_at is not null',
    },
  ],
  checks: [
    { name: 'orders_total_positive', expression: 'total_minor > 0' },
    { name: 'orders_refunded_not_negative', expression: 'refunded_minor >= 0' },
  ],
});

/** As the ORM loads it: for lists, jobs and staff. What happens often uses OrderRecord. */
export class Order extends withOrderRules(OrderSchema.class) {
  /**
   * Erases what identifies the buyer, or could lead back to them; what was sold, for how much, to which country, and
   * the timeline stay.
   *
   * @param stripeRequest what stays of the request to Stripe
   */
  anonymise(stripeRequest: Record<string, unknown>, entry: TimelineEntry): void {
    const nobody = { firstName: '', lastName: '', email: '', phone: null, address: '', city: '', postalCode: '' };
    Object.assign(this.customer, nobody);
    this.stripeRequest = stripeRequest;
    this.lastPaymentErrorMessage = null;
    this.checkoutUrl = null;
    this.customerIp = null;
    // Chosen by the buyer's browser, and a digest of what the buyer typed.
    this.idempotencyKey = null;
    this.requestFingerprint = ''.padEnd(64, '0');
    this.anonymisedAt = entry.at;
    this.addTimelineEntry(entry);
  }

  protected override append(row: TimelineRow): void {
    this.events.add(Object.assign(new OrderEvent(), row));
  }
}
OrderSchema.setClass(Order);

/** What an entity and an OrderRecord have in common. */
export type OrderState = Omit<Order, 'lines' | 'events' | 'stripeRequest' | 'anonymise'>;

/** The columns that are loaded with an order. */
export type OrderColumns = Omit<InstanceType<typeof OrderSchema.class>, 'lines' | 'events' | 'stripeRequest'>;
