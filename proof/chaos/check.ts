/** What a check of an invariant is given, and what it finds. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { AttentionList } from './invariants/attention-checks.js';
import type { StaffHeard } from './invariants/dispute-checks.js';
import type { OrderFacts } from './invariants/facts.js';

type Rows = <Row>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;

export interface Evidence {
  rows: Rows;
  /** A fork of its own. */
  em: EntityManager;
  stripe: Stripe;
  /** What waits for a person, as the API lists it. */
  attention: AttentionList;
  /** What responses about disputes staff have had. */
  staffHeard: StaffHeard;
  /** PaymentIntents that somebody captured in the dashboard. */
  capturedInDashboard: ReadonlySet<string>;
  /** By the clock of the shop. */
  now: Date;
  /** Pieces on hand and price of each product before anybody bought; null is without limit. */
  products: ReadonlyMap<number, { onHand: number | null; priceMinor: number }>;
  /** Price a day of each equipment; longer rentals have no price of their own. */
  equipment: ReadonlyMap<number, { pricePerDayMinor: number }>;
  /** Events whose delivery was acknowledged with 2xx. */
  acknowledgedEvents: ReadonlySet<string>;
  /** Orders whose cancellation was confirmed to their buyers. */
  cancelledOrders: ReadonlySet<string>;
  /** Keys that got more than one session, in words. */
  ambiguousKeys: readonly string[];
  /** Log lines that hold a text. */
  logLines(text: string): string[];
  /** What no log may hold. */
  secrets: readonly string[];
}

export interface Violation {
  invariant: string;
  /** Null where it is about no single order. */
  orderId: string | null;
  what: string;
}

export interface Check {
  invariant: string;
  says: string;
  find(evidence: Evidence, snapshot: Snapshot): Promise<Violation[]> | Violation[];
}

export interface OrderRow {
  id: string;
  buyerId: string;
  status: string;
  totalMinor: number;
  sessionId: string | null;
  reviewReason: string | null;
  refundedMinor: number;
}

export interface Snapshot {
  orders: ReadonlyMap<string, OrderRow>;
  /** Those in which orders are paid, by order. */
  sessions: ReadonlyMap<string, Stripe.Checkout.Session[]>;
  charges: ReadonlyMap<string, Stripe.Charge>;
  refunds: readonly Stripe.Refund[];
  events: readonly Stripe.Event[];
  /** All that is known of each order. */
  facts: readonly OrderFacts[];
  sizes(): { orders: number; sessions: number; events: number };
}
