/** The objects the simulator keeps, in the shape they have on the wire. */
import type Stripe from 'stripe';
import type { WebhookSecret } from './public-types.js';

/** The SDK turns this one field into a Decimal when it reads a price; the wire carries a string. */
export type Price = Omit<Stripe.Price, 'unit_amount_decimal'> & { unit_amount_decimal: string | null };

export type LineItem = Omit<Stripe.LineItem, 'price'> & { price: Price | null };

/** A session with what Stripe knows of it beyond the fields that it shows. */
export interface StoredSession {
  id: string;
  session: Stripe.Checkout.Session;
  lineItems: LineItem[];
  /** What each line sells. */
  products: Stripe.Product[];
  /** Names the session's page where the API speaks of it. */
  pageId: string;
  /** What the buyer entered when they last tried to pay. */
  buyer: Buyer | null;
  paymentIntentData: PaymentIntentData;
}

export interface Buyer {
  email: string;
  name: string;
  phone: string | null;
  shipping: { name: string; phone: string | null; address: Stripe.Address } | null;
}

/** The part of `payment_intent_data` that the PaymentIntent takes over when the buyer confirms. */
export interface PaymentIntentData {
  captureMethod: Stripe.PaymentIntent.CaptureMethod;
  description: string | null;
  metadata: Stripe.Metadata;
  receiptEmail: string | null;
  setupFutureUsage: Stripe.PaymentIntent.SetupFutureUsage | null;
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

/** A payment method with the number behind it, which decides what it does and no API object carries. */
export interface StoredPaymentMethod {
  id: string;
  paymentMethod: Stripe.PaymentMethod;
  /** Digits of a card, or an IBAN. */
  number: string;
  /** A payment has set it up for later ones, so that its bank does not ask for the buyer again. */
  isSetUp: boolean;
  /** It paid, or was to pay, without a customer, or was taken from one: it is good for nothing any more. */
  isSpent: boolean;
}

/** An uploaded file. */
export interface StoredFile {
  id: string;
  /** Without its address. */
  file: Stripe.File;
  pages: number;
  /** In base64; null once newer files needed the room. */
  contents: string | null;
}

export interface StoredWebhookEndpoint {
  id: string;
  endpoint: Stripe.WebhookEndpoint;
  /** The current one, and one that was rolled and overlaps it. Every delivery is signed with all of them. */
  secrets: WebhookSecret[];
  /** It was given to the simulator at its start, and ends with that configuration. */
  isConfigured: boolean;
  /** It is the how manieth; names its random numbers, which must not depend on a random id. */
  ordinal: number;
}

/** What the timeline does later, and to which kind of object. */
export type ActionKind =
  | 'close_dispute'
  | 'deliver_event'
  | 'expire_authorization'
  | 'expire_file'
  | 'expire_session'
  | 'expire_webhook_secret'
  | 'fail_refund'
  | 'make_balance_available'
  | 'open_dispute'
  | 'pass_dispute_deadline'
  | 'settle_payment'
  | 'settle_refund'
  | 'show_refund_reference'
  | 'warn_of_fraud';

export interface ScheduledAction {
  id: string;
  kind: ActionKind;
  /** The id of the object it is about. */
  subject: string;
  /** What else its handler has to know. */
  detail: string | null;
  /** Milliseconds since the epoch, by the simulator's clock. */
  dueAt: number;
  sequence: number;
}
