/** The deposit of the rentals of an order that start on one day, the sums held for it, and what is taken of them. */
import { defineEntity, p } from '@mikro-orm/core';
import { Order } from '../orders/order.entity.js';

export enum DepositState {
  /** It will be held on the saved card, before the units leave. */
  SCHEDULED = 'SCHEDULED',
  /** The sum is held, and can be captured. */
  AUTHORIZED = 'AUTHORIZED',
  /** The bank refuses it without the buyer: they have to confirm it, by its link. */
  ACTION_REQUIRED = 'ACTION_REQUIRED',
  /** Stripe rejects the page of its link, too. */
  FAILED = 'FAILED',
  /** The sum was held, and is not held any more. */
  EXPIRED = 'EXPIRED',
  /** A part of the sum, or all of it, was taken. */
  CAPTURED = 'CAPTURED',
  RELEASED = 'RELEASED',
}

const DepositSchema = defineEntity({
  name: 'Deposit',
  tableName: 'deposits',
  properties: {
    id: p.uuid().primary(),
    order: () => p.manyToOne(Order),
    /** The day on which its rentals start. */
    startDate: p.string().columnType('date'),
    /** As agreed for all units; each hold is of what is booked or out then. */
    amountMinor: p.bigint('number'),
    currency: p.string().columnType('char(3)'),
    state: p.enum(() => DepositState).default(DepositState.SCHEDULED),
    /** Until when the sum can be captured; null while none is held. */
    heldUntil: p.datetime().nullable(),
    /** Since when it waits for a person. */
    waitingSince: p.datetime().nullable(),
    /** Of its link: anybody who has it can have the sum held on a card of theirs. */
    token: p.string().columnType('char(43)').unique(),
    createdAt: p.datetime(),
    /** Counts what Stripe reported: somebody who is at work on it looks again. */
    news: p.integer().default(0),
    /** When a job looks at it. */
    nextLookAt: p.datetime().nullable(),
    /** Known once all of its units are back, or free again: it is released then. */
    releaseAt: p.datetime().nullable(),
    releaseRequestedAt: p.datetime().nullable(),
    /** `staff:…`, or `system`. */
    releasedBy: p.string().length(300).nullable(),
    releaseNote: p.string().length(300).nullable(),
    settledAt: p.datetime().nullable(),
  },
  uniques: [{ name: 'deposits_order_start_unique', properties: ['order', 'startDate'] }],
  indexes: [
    {
      name: 'deposits_look_index',
      expression: `create index "deposits_look_index" on "deposits" ("next_look_at") where settled_at is null`,
    },
    // Those for which something is, or was, held; few, however many rentals are to come.
    {
      name: 'deposits_live_index',
      expression: `create index "deposits_live_index" on "deposits" ("created_at", "id") where settled_at is null and state <> 'SCHEDULED'`,
    },
    {
      name: 'deposits_waiting_index',
      expression: `create index "deposits_waiting_index" on "deposits" ("waiting_since", "id") where waiting_since is not null`,
    },
  ],
  checks: [
    { name: 'deposits_amount_positive', expression: 'amount_minor > 0' },
    { name: 'deposits_settled_once', expression: `(settled_at is not null) = (state in ('CAPTURED', 'RELEASED'))` },
    { name: 'deposits_held_until_known', expression: `state <> 'AUTHORIZED' or held_until is not null` },
    { name: 'deposits_waits_while_open', expression: 'waiting_since is null or settled_at is null' },
  ],
});

export class Deposit extends DepositSchema.class {
  isSettled(): boolean {
    return this.settledAt != null;
  }

  requestRelease(at: Date, by: string, note: string | null): void {
    this.releaseRequestedAt = at;
    this.releasedBy = by;
    this.releaseNote = note;
  }
}
DepositSchema.setClass(Deposit);

export enum HoldKind {
  /** On the saved card, without the buyer. */
  SAVED_CARD = 'SAVED_CARD',
  /** On a page of Stripe's, to which the link leads. */
  SESSION = 'SESSION',
}

export enum DepositHoldState {
  /** Stripe is being asked for it: it may exist. Nobody has the address of such a session. */
  SENT = 'SENT',
  /** A session that the buyer can complete. */
  OPEN = 'OPEN',
  HELD = 'HELD',
  CAPTURED = 'CAPTURED',
  /** Its time was over, or the bank dropped it. */
  EXPIRED = 'EXPIRED',
  /** Released. */
  CANCELED = 'CANCELED',
  /** The bank refused it, or card or customer are gone. */
  REFUSED = 'REFUSED',
  /** A session that nobody completed. */
  UNUSED = 'UNUSED',
  /** Stripe rejected the session. */
  NOT_MADE = 'NOT_MADE',
}

const DepositHoldSchema = defineEntity({
  name: 'DepositHold',
  tableName: 'deposit_holds',
  properties: {
    /** Also in the idempotency key at Stripe, and in the metadata. */
    id: p.uuid().primary(),
    deposit: () => p.manyToOne(Deposit).index(),
    /** 1, 2, … in the order in which they were asked for. */
    number: p.integer(),
    kind: p.enum(() => HoldKind),
    state: p.enum(() => DepositHoldState).default(DepositHoldState.SENT),
    amountMinor: p.bigint('number'),
    /** What Stripe is asked for, until it has answered: each repetition sends the same. */
    request: p.json<Record<string, unknown>>(),
    /** Stripe's `cus_…`, by which the payment is found again; until it has answered. */
    customerId: p.string().length(255).nullable(),
    createdAt: p.datetime(),
    /** When a session ends by itself. */
    expiresAt: p.datetime().nullable(),
    sessionId: p.string().length(255).nullable().unique(),
    url: p.text().nullable(),
    paymentIntentId: p.string().length(255).nullable().unique(),
    /** By Stripe; the time differs by brand, and where the buyer was not present. */
    captureBefore: p.datetime().nullable(),
    /** Stripe's word for why the bank refused it. */
    refusal: p.string().length(100).nullable(),
    /** When Stripe's list first did not show it: whether it was made is in doubt for a while. */
    notFoundAt: p.datetime().nullable(),
    /** It is to be released, or its session expired. */
    endRequestedAt: p.datetime().nullable(),
    /** What the shop got of it. */
    receivedMinor: p.bigint('number').nullable(),
  },
  uniques: [{ name: 'deposit_holds_number_unique', properties: ['deposit', 'number'] }],
  indexes: [
    // One way to hold it at a time.
    {
      name: 'deposit_holds_open_unique',
      expression: `create unique index "deposit_holds_open_unique" on "deposit_holds" ("deposit_id") where state in ('SENT', 'OPEN')`,
    },
    // And one that stands; the one before it is released.
    {
      name: 'deposit_holds_current_unique',
      expression: `create unique index "deposit_holds_current_unique" on "deposit_holds" ("deposit_id") where state = 'HELD' and end_requested_at is null`,
    },
  ],
  checks: [
    { name: 'deposit_holds_amount_positive', expression: 'amount_minor > 0' },
    {
      name: 'deposit_holds_open_has_address',
      expression: `state <> 'OPEN' or (session_id is not null and url is not null)`,
    },
    {
      name: 'deposit_holds_held_has_payment',
      expression: `(state <> 'HELD' and state <> 'CAPTURED') or payment_intent_id is not null`,
    },
    { name: 'deposit_holds_received_when_captured', expression: `(received_minor is not null) = (state = 'CAPTURED')` },
  ],
});

export class DepositHold extends DepositHoldSchema.class {
  /** The request, which names the buyer, is not sent again. */
  moveTo(state: DepositHoldState): void {
    this.state = state;
    this.request = {};
    this.customerId = null;
  }

  /** Whether money may still be held by it, or come to be. */
  isLive(): boolean {
    return [DepositHoldState.SENT, DepositHoldState.OPEN, DepositHoldState.HELD].includes(this.state);
  }

  /** Whether it holds the sum, and is to. */
  isCurrent(): boolean {
    return this.state === DepositHoldState.HELD && !this.endRequestedAt;
  }
}
DepositHoldSchema.setClass(DepositHold);

export enum CaptureReason {
  DAMAGE = 'DAMAGE',
  LOSS = 'LOSS',
  LATE = 'LATE',
  CLEANING = 'CLEANING',
  OTHER = 'OTHER',
}

export enum CaptureState {
  REQUESTED = 'REQUESTED',
  DONE = 'DONE',
  /** The sum was not held any more. */
  FAILED = 'FAILED',
}

const DepositCaptureSchema = defineEntity({
  name: 'DepositCapture',
  tableName: 'deposit_captures',
  properties: {
    id: p.uuid().primary(),
    deposit: () => p.manyToOne(Deposit),
    hold: () => p.manyToOne(DepositHold).fieldName('deposit_hold_id').index(),
    amountMinor: p.bigint('number'),
    reason: p.enum(() => CaptureReason),
    /** Why, for staff. */
    note: p.string().length(300),
    /** `staff:…`. */
    requestedBy: p.string().length(300),
    idempotencyKey: p.string().length(255),
    requestFingerprint: p.string().columnType('char(64)'),
    createdAt: p.datetime(),
    state: p.enum(() => CaptureState).default(CaptureState.REQUESTED),
  },
  uniques: [{ name: 'deposit_captures_idempotency_key_unique', properties: ['deposit', 'idempotencyKey'] }],
  indexes: [
    // Once, unless it failed.
    {
      name: 'deposit_captures_standing_unique',
      expression: `create unique index "deposit_captures_standing_unique" on "deposit_captures" ("deposit_id") where state <> 'FAILED'`,
    },
  ],
  checks: [{ name: 'deposit_captures_amount_positive', expression: 'amount_minor > 0' }],
});

export class DepositCapture extends DepositCaptureSchema.class {}
DepositCaptureSchema.setClass(DepositCapture);
