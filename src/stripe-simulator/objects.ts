/** The objects the simulator keeps, in the shape they have on the wire. */
import type Stripe from 'stripe';

/** The SDK turns this one field into a Decimal when it reads a price; the wire carries a string. */
export type Price = Omit<Stripe.Price, 'unit_amount_decimal'> & { unit_amount_decimal: string | null };

export type LineItem = Omit<Stripe.LineItem, 'price'> & { price: Price | null };

/** A session with what Stripe knows of it beyond the fields that it shows. */
export interface StoredSession {
  id: string;
  session: Stripe.Checkout.Session;
  lineItems: LineItem[];
  /** What the product of each line says of itself; the page shows it, no API object carries it. */
  productDescriptions: (string | null)[];
  paymentIntentData: PaymentIntentData;
}

/** The part of `payment_intent_data` that the PaymentIntent takes over when the buyer confirms. */
export interface PaymentIntentData {
  description: string | null;
  metadata: Stripe.Metadata;
  receiptEmail: string | null;
  shipping: Stripe.PaymentIntent.Shipping | null;
  statementDescriptor: string | null;
  statementDescriptorSuffix: string | null;
  transferGroup: string | null;
}

/** The first execution of a request that came with an idempotency key. */
export interface IdempotentAnswer {
  id: string;
  endpoint: string;
  fingerprint: string;
  requestId: string;
  /** Seconds since the epoch. */
  created: number;
  status: number;
  body: string;
}

/** An event, frozen as the bytes that every delivery of it carries. */
export interface StoredEvent {
  id: string;
  type: Stripe.Event['type'];
  created: number;
  payload: string;
}

export interface DeliveryAttempt {
  /** ISO 8601, of the wall clock. */
  at: string;
  /** Null when no answer came; `error` then says why. */
  status: number | null;
  error: string | null;
}

/** One event on its way to one webhook endpoint. */
export interface Delivery {
  id: string;
  eventId: string;
  eventType: Stripe.Event['type'];
  url: string;
  state: 'pending' | 'delivered' | 'failed';
  attempts: DeliveryAttempt[];
}
