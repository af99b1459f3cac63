/** A fee that a buyer owes beside an order, such as for a late return, and the sessions in which they can pay it. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';
import { OrderLine } from '../orders/order-line.entity.js';

export enum FeeKind {
  LATE = 'LATE',
  DAMAGE = 'DAMAGE',
  CLEANING = 'CLEANING',
  OTHER = 'OTHER',
}

export enum FeeState {
  /** The saved card is being charged. */
  DUE = 'DUE',
  /** The buyer has to pay it, by its link. */
  ACTION_REQUIRED = 'ACTION_REQUIRED',
  /** Stripe rejected the session of its link. Opening the link tries again. */
  FAILED = 'FAILED',
  PAID = 'PAID',
  WAIVED = 'WAIVED',
}

const PAUSE_MS = 60_000;
const OPEN = [FeeState.DUE, FeeState.ACTION_REQUIRED, FeeState.FAILED];

const FeeSchema = defineEntity({
  name: 'Fee',
  tableName: 'fees',
  properties: {
    id: p.uuid().primary(),
    order: () => p.manyToOne(Order),
    kind: p.enum(() => FeeKind),
    amountMinor: p.bigint('number'),
    currency: p.string().columnType('char(3)'),
    /** Why, for staff. */
    note: p.string().length(300),
    /** The unit that came back late, with its line: one fee for each that is not waived. */
    line: () => p.manyToOne(OrderLine).fieldName('order_line_id').deleteRule('no action').nullable(),
    unitId: p.integer().nullable(),
    state: p.enum(() => FeeState).default(FeeState.ACTION_REQUIRED),
    /** Of its link: anybody who has it can pay the fee, and read how much it is. */
    token: p.string().columnType('char(43)').unique(),
    /** `staff:…`. */
    requestedBy: p.string().length(300),
    /** Of the request, with a digest of its input: a repetition finds the same fee. */
    idempotencyKey: p.string().length(255),
    requestFingerprint: p.string().columnType('char(64)'),
    createdAt: p.datetime(),
    /** Waived once nothing can pay it any more. */
    waiveRequestedAt: p.datetime().nullable(),
    waivedBy: p.string().length(300).nullable(),
    waiveNote: p.string().length(300).nullable(),
    /** When a job looks what became of its charge or its session, or ends it; null while there is none. */
    nextLookAt: p.datetime().nullable(),
    /** When it was paid, or waived. */
    settledAt: p.datetime().nullable(),
    /** The payment that pays it. */
    paymentIntentId: p.string().length(255).nullable().unique(),
  },
  uniques: [{ name: 'fees_idempotency_key_unique', properties: ['order', 'idempotencyKey'] }],
  indexes: [
    {
      name: 'fees_late_unique',
      expression: `create unique index "fees_late_unique" on "fees" ("order_line_id", "unit_id") where kind = 'LATE' and state <> 'WAIVED'`,
    },
    {
      name: 'fees_look_index',
      expression: `create index "fees_look_index" on "fees" ("next_look_at") where settled_at is null`,
    },
    { name: 'fees_line_index', properties: ['line'] },
    // What is owed.
    {
      name: 'fees_unpaid_index',
      expression: `create index "fees_unpaid_index" on "fees" ("created_at", "id") where settled_at is null`,
    },
  ],
  checks: [
    { name: 'fees_amount_positive', expression: 'amount_minor > 0' },
    {
      name: 'fees_late_names_the_unit',
      expression: `kind <> 'LATE' or (order_line_id is not null and unit_id is not null)`,
    },
    { name: 'fees_settled_once', expression: `(settled_at is null) = (state in ('DUE', 'ACTION_REQUIRED', 'FAILED'))` },
    { name: 'fees_paid_by_a_payment', expression: `(payment_intent_id is not null) = (state = 'PAID')` },
    { name: 'fees_waived_by_somebody', expression: `state <> 'WAIVED' or waive_requested_at is not null` },
  ],
});

export class Fee extends FeeSchema.class {
  /** Whether it is neither paid nor waived. */
  isOpen(): boolean {
    return OPEN.includes(this.state);
  }

  /** One way to pay at a time: not while its card is being charged. */
  isPayableByLink(): boolean {
    return this.state === FeeState.ACTION_REQUIRED || this.state === FeeState.FAILED;
  }

  /** Its card will be charged, by a job where it is not done at once. */
  chargeCard(at: Date): void {
    this.state = FeeState.DUE;
    this.nextLookAt = new Date(at.getTime() + PAUSE_MS);
  }

  /** The card did not pay it: its link can be used. */
  requireAction(): void {
    if (this.isOpen()) this.state = FeeState.ACTION_REQUIRED;
  }

  /** The buyer cannot pay it, until they try again. */
  fail(): void {
    if (this.isOpen()) this.state = FeeState.FAILED;
  }

  requestWaiver(at: Date, by: string, note: string): void {
    this.waiveRequestedAt = at;
    this.waivedBy = by;
    this.waiveNote = note;
    // Where it is not done at once.
    this.nextLookAt = new Date(at.getTime() + PAUSE_MS);
  }

  pay(paymentIntentId: string, at: Date): void {
    this.state = FeeState.PAID;
    this.paymentIntentId = paymentIntentId;
    this.settledAt = at;
  }

  waive(at: Date): void {
    this.state = FeeState.WAIVED;
    this.settledAt = at;
  }
}
FeeSchema.setClass(Fee);

export enum FeeSessionState {
  /** Stripe is being asked for it: it may exist. Nobody has its address yet. */
  SENT = 'SENT',
  OPEN = 'OPEN',
  PAID = 'PAID',
  EXPIRED = 'EXPIRED',
  /** Stripe rejected it. */
  NOT_MADE = 'NOT_MADE',
}

const FeeSessionSchema = defineEntity({
  name: 'FeeSession',
  tableName: 'fee_sessions',
  properties: {
    /** Also in the idempotency key at Stripe, and in the session's metadata. */
    id: p.uuid().primary(),
    fee: () => p.manyToOne(Fee),
    state: p.enum(() => FeeSessionState).default(FeeSessionState.SENT),
    /** What Stripe is asked for, until it has answered: each repetition sends the same. */
    request: p.json<Record<string, unknown>>(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    /** Stripe's `cs_…`; null until it has answered. */
    sessionId: p.string().length(255).nullable().unique(),
    url: p.text().nullable(),
  },
  indexes: [
    // One way to pay at a time.
    {
      name: 'fee_sessions_open_unique',
      expression: `create unique index "fee_sessions_open_unique" on "fee_sessions" ("fee_id") where state in ('SENT', 'OPEN')`,
    },
  ],
  checks: [
    {
      name: 'fee_sessions_open_has_address',
      expression: `state <> 'OPEN' or (session_id is not null and url is not null)`,
    },
  ],
});

export class FeeSession extends FeeSessionSchema.class {
  /** The request, which names the buyer, is not sent again. */
  moveTo(state: FeeSessionState): void {
    this.state = state;
    this.request = {};
  }
}
FeeSessionSchema.setClass(FeeSession);
