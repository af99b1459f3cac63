/** What the shop needs of a payment provider, in the shop's words. */
import type { CallContext } from './call-context.js';

/** How an object of the provider's says for which order it was made, and by which installation. */
export interface OrderMark {
  orderId: string;
  /** The installation of the shop, of which several may share an account; null from before there were ids. */
  installationId: string | null;
}

/** Everything a hosted checkout is created from. */
export interface CheckoutDetails extends OrderMark {
  currency: string;
  customerEmail: string;
  lines: readonly CheckoutDetailsLine[];
  /** May hold `{CHECKOUT_SESSION_ID}`; handed on as given. */
  successUrl: string;
  cancelUrl: string;
  expiresAt: Date;
  /** Excludes methods whose money arrives days later, since the goods leave before that. */
  excludeDelayedMethods: boolean;
}

export interface CheckoutDetailsLine {
  name: string;
  /** Shown under the name, such as the rental days; null for none. */
  description: string | null;
  quantity: number;
  /** Price a piece, or a unit for all its days, in minor units. */
  rateMinor: number;
}

/** The request in the provider's own format: stored with the order, and repeated as it is. */
export type CheckoutRequest = Record<string, unknown>;

/** A hosted checkout as the provider has it. */
export interface CheckoutSnapshot {
  sessionId: string;
  /** Where the buyer pays; null once they no longer can. */
  url: string | null;
  status: 'open' | 'complete' | 'expired';
  /** Whether the money has arrived. */
  paid: boolean;
  amountTotalMinor: number | null;
  currency: string | null;
  paymentIntentId: string | null;
  /** The money of a completed checkout is certain not to arrive. False where the provider does not say. */
  paymentFailed: boolean;
  createdAt: Date;
  /** The order that the session was created for; null for another application's session. */
  orderId: string | null;
  /** The installation that created it; null for another application's, and from before there were ids. */
  installationId: string | null;
}

/** An attempt to pay that was declined. */
export interface DeclineSnapshot {
  paymentIntentId: string;
  orderId: string | null;
  installationId: string | null;
  code: string | null;
  declineCode: string | null;
  message: string | null;
}

/** What is to go back of a payment. */
export interface RefundDetails extends OrderMark {
  /** Ours: what the provider's idempotency key is made of, together with the number and the amount. */
  refundId: string;
  keyNumber: number;
  paymentIntentId: string;
  /** Null for all that is left when the provider is asked. */
  amountMinor: number | null;
}

/** Money that goes back, as the provider has it. */
export interface RefundSnapshot {
  stripeRefundId: string;
  /** Ours, where we asked for it; null where somebody made it in the provider's dashboard. */
  refundId: string | null;
  installationId: string | null;
  amountMinor: number;
  currency: string;
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  createdAt: Date;
}

/** A payment that the buyer contests with their bank. */
export interface DisputeSnapshot {
  stripeDisputeId: string;
  amountMinor: number;
  currency: string;
  /** In the provider's words, such as `fraudulent`. */
  reason: string;
  /** An inquiry takes no money away, and may become a dispute. */
  status: 'inquiry' | 'inquiry_closed' | 'open' | 'won' | 'lost';
  /** How much of it the bank has taken and not given back, whatever the status is called. */
  takenMinor: number;
  createdAt: Date;
}

/** A refund or a dispute in the provider's list. */
export interface RefundOrDispute {
  stripeId: string;
  paymentIntentId: string | null;
  status: RefundSnapshot['status'] | DisputeSnapshot['status'];
}

/** An event as the provider lists it: the same JSON that its webhook carries. */
export interface ListedEvent {
  id: string;
  createdAt: Date;
  body: Buffer;
}

/** What events are about, in the provider's words. */
export type EventObject = 'checkout.session' | 'payment_intent' | 'charge' | 'refund' | 'dispute';

/** A span of time; both ends belong to it, in whole seconds. */
export interface Span {
  from: Date;
  to: Date;
}

/** Decides whether the provider may be asked anything. */
export interface CallGuard {
  /** @throws PaymentProviderError `suspended` when it may not; `unavailable` while nobody knows */
  admit(): Promise<void>;
}

export interface PaymentGateway {
  /**
   * Does nothing when the provider may be asked; every other call looks for itself. For what must not even be begun
   * otherwise.
   *
   * @throws PaymentProviderError `suspended`, or `unavailable`
   */
  admit(call: CallContext): Promise<void>;

  /** Pure: the same details give the same request. */
  buildCheckoutRequest(details: CheckoutDetails): CheckoutRequest;

  /**
   * Creates the hosted checkout, once for each key however often it is called.
   *
   * @param deadline here and below: when nobody waits for the answer any more
   * @throws PaymentProviderError
   */
  createCheckout(request: CheckoutRequest, idempotencyKey: string, call: CallContext): Promise<CheckoutSnapshot>;

  /**
   * The checkout that was created for an order, when nobody recorded which it is.
   *
   * @param createdIn when it can have been created, as `sessionSpan` tells: an account may open many meanwhile and since
   * @throws PaymentProviderError
   */
  findCheckoutOfOrder(mark: OrderMark, createdIn: Span, call: CallContext): Promise<CheckoutSnapshot | null>;

  /**
   * Ends a checkout that nobody is to pay any more.
   *
   * @returns the checkout afterwards: expired, or complete when the buyer was faster
   * @throws PaymentProviderError `missing` when the provider knows no such checkout
   */
  expireCheckout(sessionId: string, call: CallContext): Promise<CheckoutSnapshot>;

  /**
   * The checkout as it is now, and whether its delayed payment has failed.
   *
   * @returns null when the provider knows no such checkout
   * @throws PaymentProviderError
   */
  retrieveCheckout(sessionId: string, call: CallContext): Promise<CheckoutSnapshot | null>;

  /**
   * Sends money back, once for the same details however often it is called.
   *
   * @returns the refund, which says how much went
   * @throws PaymentProviderError
   */
  refund(details: RefundDetails, call: CallContext): Promise<RefundSnapshot>;

  /** All refunds of a payment, the shop's own and others. @throws PaymentProviderError */
  refundsOf(paymentIntentId: string, call: CallContext): Promise<RefundSnapshot[]>;

  /** All disputes of a payment. @throws PaymentProviderError */
  disputesOf(paymentIntentId: string, call: CallContext): Promise<DisputeSnapshot[]>;

  /**
   * What an event is about, as it is now and in the version of the provider's API that we understand.
   *
   * @returns null when the provider knows no such object
   * @throws PaymentProviderError
   */
  retrieveObject(object: EventObject, id: string, call: CallContext): Promise<object | null>;

  /** The events of a span of the last 30 days, page after page. @throws PaymentProviderError */
  listEvents(types: readonly string[], span: Span): AsyncIterable<ListedEvent[]>;

  /** The checkouts created in a span, page after page, other applications' included. @throws PaymentProviderError */
  listCheckouts(span: Span): AsyncIterable<CheckoutSnapshot[]>;

  /** The refunds and disputes created in a span, page after page. @throws PaymentProviderError */
  listRefundsAndDisputes(span: Span): AsyncIterable<RefundOrDispute[]>;

  /**
   * Id of the provider's account that the key belongs to.
   *
   * @returns null when the key may not read it
   * @throws PaymentProviderError
   */
  accountId(call: CallContext): Promise<string | null>;
}

const KEYS_ARE_SAFE_MS = 23 * 3_600_000;
const DOUBT_ENDS_AFTER_MS = 120_000;

/**
 * Whether the provider may no longer know a key that was first used then: it keeps them for a day at least. After that,
 * asking again could do the thing twice, and only its lists tell what was done.
 */
export function keyMayHaveExpired(firstUsedAt: Date, now: Date): boolean {
  return now.getTime() - firstUsedAt.getTime() > KEYS_ARE_SAFE_MS;
}

/** The provider takes no session that would end sooner, counted from when the request arrives there. */
export const MIN_SESSION_MS = 30 * 60_000;

/** When the session of an order can have been created, however often it was asked for. */
export function sessionSpan({ createdAt, expiresAt }: { createdAt: Date; expiresAt: Date }): Span {
  return { from: createdAt, to: new Date(Math.max(createdAt.getTime(), expiresAt.getTime() - MIN_SESSION_MS)) };
}

/**
 * A failure that Stripe repeats under a key leaves in doubt whether it made a session. After this long, one that its list
 * does not have does not exist.
 */
export function sessionMustBeListed(firstAskedAt: Date, now: Date): boolean {
  return now.getTime() - firstAskedAt.getTime() > DOUBT_ENDS_AFTER_MS;
}

/** Why the provider did not do what was asked. */
export class PaymentProviderError extends Error {
  override readonly name = 'PaymentProviderError';

  /**
   * @param kind `unavailable`: it may have been done or not, ask again with the same key; `broken`: the
   *   provider repeats a failure of its own for this key for ever, so the outcome must be looked up;
   *   `rejected`: it was not done and never will be; `missing`: the provider does not know the object, which proves
   *   nothing about it, since a key of another account or mode sees none of ours;
   *   `suspended`: it must not be asked, since our key is such a one
   * @param parameter the rejected parameter, in the provider's words
   */
  constructor(
    readonly kind: 'unavailable' | 'broken' | 'rejected' | 'missing' | 'suspended',
    message: string,
    readonly parameter: string | null,
    options: ErrorOptions = {},
  ) {
    super(message, options);
  }
}
