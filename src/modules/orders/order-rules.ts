/** What orders do, whether they were loaded by the ORM or by a statement of ours. */
import { FulfillmentStatus } from './fulfillment-status.js';
import type { OrderEventCause } from './order-event-cause.js';
import { type OrderFacts, OrderStatus, statusOf } from './order-status.js';

/** What the timeline says of a change. */
export interface TimelineEntry {
  at: Date;
  cause: OrderEventCause;
  /** More of it, in words for staff. */
  note?: string | null | undefined;
  /** `buyer:…`, `staff:…`, `stripe` or `system`. */
  actor: string;
  stripeEventId?: string | undefined;
}

/** A row of the timeline as it is stored. */
export interface TimelineRow {
  at: Date;
  from: OrderStatus | null;
  to: OrderStatus;
  cause: OrderEventCause;
  note: string | null;
  actor: string;
  stripeEventId: string | null;
}

// As the column. What is counted line by line may be longer, and must not fail for the words about it.
const MAX_NOTE = 300;

/** The columns that the rules need. */
interface RuledColumns extends OrderFacts {
  id: string;
  status: OrderStatus;
  fulfillmentStatus: FulfillmentStatus;
  expiresAt: Date;
  checkoutUrl?: string | null | undefined;
  installationId?: string | null | undefined;
}

function addRules(Columns: new () => RuledColumns) {
  // Without a name, since the ORM would take a named class for another entity.
  return class extends Columns {
    /** Adds facts that were not known before and updates the status, with a timeline row when it changes. */
    recordFacts(facts: OrderFacts, entry: TimelineEntry): void {
      const before = this.status;
      const wasOver = this.isOver();
      const added = Object.entries(facts).filter(([fact]) => this[fact as keyof OrderFacts] == null);
      Object.assign(this, Object.fromEntries(added));
      this.status = statusOf(this);
      // One that is paid after all has its goods again; none of them was handed over before.
      if (this.isOver()) this.fulfillmentStatus = FulfillmentStatus.CANCELED;
      else if (wasOver) this.fulfillmentStatus = FulfillmentStatus.UNFULFILLED;
      if (this.status !== before) this.recordEvent(before, entry);
    }

    /** The first timeline row. */
    recordCreation(entry: TimelineEntry): void {
      this.recordEvent(null, entry);
    }

    /** Adds a timeline row without a change of the status. */
    addTimelineEntry(entry: TimelineEntry): void {
      this.recordEvent(this.status, entry);
    }

    /** The key under which Stripe is asked for the session, however often, by whomever. */
    checkoutKey(): string {
      return `comptoir-checkout-${this.id}`;
    }

    /** The metadata of its objects at Stripe. */
    stripeMetadata(): { orderId: string; installationId: string | null } {
      return { orderId: this.id, installationId: this.installationId ?? null };
    }

    /** Whether it has ended without being paid. */
    isOver(): boolean {
      return (
        this.status === OrderStatus.CANCELLED || this.status === OrderStatus.EXPIRED || this.delayedPaymentFailed()
      );
    }

    /** Whether a payment of it can still arrive. */
    awaitsPayment(): boolean {
      const waiting = [OrderStatus.PENDING, OrderStatus.PAYMENT_FAILED, OrderStatus.PROCESSING];
      return waiting.includes(this.status) && !this.delayedPaymentFailed();
    }

    /** Whether staff have to decide on it. */
    isUnderReview(): boolean {
      return this.status === OrderStatus.UNDER_REVIEW;
    }

    /** Whether the buyer can still pay, as far as is known. */
    isPayable(now: Date): boolean {
      const open = this.awaitsPayment() && this.status !== OrderStatus.PROCESSING;
      return open && !this.cancelRequestedAt && now < this.expiresAt;
    }

    /** Where the buyer pays; null once they no longer can, or before there is a session. */
    payableUrl(now: Date): string | null {
      return this.isPayable(now) ? (this.checkoutUrl ?? null) : null;
    }

    private delayedPaymentFailed(): boolean {
      const completed = this.asyncFailedAt || this.completedUnpaidAt;
      return this.status === OrderStatus.PAYMENT_FAILED && Boolean(completed);
    }

    private recordEvent(from: OrderStatus | null, { at, cause, note, actor, stripeEventId }: TimelineEntry): void {
      const details = { note: note == null ? null : shortened(note), stripeEventId: stripeEventId ?? null };
      this.append({ at, from, to: this.status, cause, actor, ...details });
    }

    /** Keeps a row of the timeline, to be stored with the order. */
    protected append(_row: TimelineRow): void {
      throw new Error('Each class keeps its rows.');
    }
  };
}

function shortened(note: string): string {
  return note.length <= MAX_NOTE ? note : `${note.slice(0, MAX_NOTE - 1)}…`;
}

// biome-ignore lint/suspicious/noExplicitAny: the classes of the ORM take whatever parameters.
type Constructor<Instance> = abstract new (...parameters: any) => Instance;

/** Adds the rules to a class that holds the columns. */
export function withOrderRules<Instance extends RuledColumns>(Columns: Constructor<Instance>) {
  const withRules: unknown = addRules(Columns as unknown as new () => RuledColumns);
  return withRules as new () => Instance & InstanceType<ReturnType<typeof addRules>>;
}
