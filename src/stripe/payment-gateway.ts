/** What the shop needs of a payment provider, in the shop's terms. */
import type { CallContext } from './call-context.js';
import type { CardPayments } from './card-payments.js';
import type { ObjectMark, OrderMark, Purpose, Span } from './object-mark.js';

/** Everything a hosted checkout is created from. */
export interface CheckoutDetails extends OrderMark {
  purpose: Purpose;
  /** As in `ObjectMark`. */
  rowId: string | null;
  currency: string;
  customerEmail: string;
  lines: readonly CheckoutDetailsLine[];
  /** May hold `{CHECKOUT_SESSION_ID}`; passed on as given. */
  successUrl: string;
  cancelUrl: string;
  expiresAt: Date;
  /** Excludes methods whose payments succeed days later, since the goods leave before that. */
  excludeDelayedMethods: boolean;
  /** Keeps the card, and takes no other method: `save` for payments to come, `hold` holds the sum until it is captured. */
  card?: 'save' | 'hold';
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
export interface CheckoutSnapshot extends ObjectMark {
  sessionId: string;
  /** Where the buyer pays; null once they no longer can. */
  url: string | null;
  status: 'open' | 'complete' | 'expired';
  /** Whether the payment has succeeded. */
  paid: boolean;
  amountTotalMinor: number | null;
  currency: string | null;
  paymentIntentId: string | null;
  /** Whether the payment of a completed checkout has failed. False where the provider does not say. */
  paymentFailed: boolean;
  createdAt: Date;
}

/** A payment attempt that was declined. */
export interface DeclineSnapshot extends ObjectMark {
  paymentIntentId: string;
  code: string | null;
  declineCode: string | null;
  message: string | null;
}

/** A refund to be made. */
export interface RefundDetails extends OrderMark {
  /** Ours: what the provider's idempotency key is made of, together with the attempt and the amount. */
  refundId: string;
  /** From 1 on. */
  attempt: number;
  paymentIntentId: string;
  /** Null for all that is left when the provider is called. */
  amountMinor: number | null;
  /** In the shop's word, which is kept with the refund. */
  reason: string;
  /** In the provider's word; null where it has none. `fraudulent` blocks the buyer's card and address. */
  providerReason: 'duplicate' | 'fraudulent' | 'requested_by_customer' | null;
}

/** A refund as the provider has it. */
export interface RefundSnapshot {
  stripeRefundId: string;
  /** Ours, where we requested it; null where somebody made it in the provider's dashboard. */
  refundId: string | null;
  /** Which of the shop's attempts made it; null where that is not known. */
  attempt: number | null;
  installationId: string | null;
  amountMinor: number;
  currency: string;
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  /** The provider's word, such as `expired_or_canceled_card`. */
  failureReason: string | null;
  /** What the buyer's bank finds it by. */
  reference: string | null;
  createdAt: Date;
}

/** A dispute of a payment as the provider has it. */
export interface DisputeSnapshot {
  stripeDisputeId: string;
  amountMinor: number;
  currency: string;
  /** The provider's reason code, such as `fraudulent`. */
  reason: string;
  /** An inquiry withdraws no money, and may become a dispute. */
  status: 'inquiry' | 'inquiry_closed' | 'open' | 'won' | 'lost';
  /** The same in the provider's word, such as `needs_response`. */
  providerStatus: string;
  /** How much of it the bank has withdrawn and not reinstated, whatever the status. */
  takenMinor: number;
  createdAt: Date;
  /** Until when evidence is taken; null where it cannot be answered. */
  dueBy: Date | null;
  /** What is staged, or was submitted: texts, and ids of files, by the provider's names of the fields. */
  evidence: DisputeEvidence;
  /** Whether evidence is staged, and how often it was submitted. */
  hasEvidence: boolean;
  submissionCount: number;
}

/** Evidence of a dispute, by the provider's names of its fields: texts, and ids of uploaded files. */
export type DisputeEvidence = Readonly<Record<string, string>>;

/** A file that is evidence. */
export interface EvidenceFile {
  name: string;
  type: 'application/pdf' | 'image/jpeg' | 'image/png';
  data: Buffer;
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

/** The kinds of objects of events, by the provider's names. */
export type EventObject =
  | 'checkout.session'
  | 'payment_intent'
  | 'charge'
  | 'refund'
  | 'dispute'
  | 'radar.early_fraud_warning';

/** Decides whether the provider may be called. */
export interface CallGuard {
  /** @throws PaymentProviderError `suspended` when it may not; `unavailable` while that is not known */
  admit(): Promise<void>;
}

export interface PaymentGateway {
  /** Payments without the buyer, and sums that are held on a card. */
  readonly cards: CardPayments;

  /**
   * Does nothing when the provider may be called; every other call checks that too. For what must not even begin
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
   * @param call here and below: who waits, and how long
   * @throws PaymentProviderError
   */
  createCheckout(request: CheckoutRequest, idempotencyKey: string, call: CallContext): Promise<CheckoutSnapshot>;

  /**
   * The checkout that was created for an order whose session is not stored.
   *
   * @param createdIn when it can have been created, by `sessionSpan`: an account may create many others
   * @throws PaymentProviderError
   */
  findCheckoutOfOrder(mark: OrderMark, createdIn: Span, call: CallContext): Promise<CheckoutSnapshot | null>;

  /**
   * Expires a checkout, so that it can no longer be paid.
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
   * Creates a refund, once for the same details however often it is called.
   *
   * @returns the refund, with its amount
   * @throws PaymentProviderError
   */
  refund(details: RefundDetails, call: CallContext): Promise<RefundSnapshot>;

  /** All refunds of a payment, the shop's own and others. @throws PaymentProviderError */
  refundsOf(paymentIntentId: string, call: CallContext): Promise<RefundSnapshot[]>;

  /** The dispute as it is now. @throws PaymentProviderError `missing` when the provider knows no such dispute */
  dispute(disputeId: string, call: CallContext): Promise<DisputeSnapshot>;

  /**
   * Stages evidence: fields that are named take the place of what was there. Nothing is submitted.
   *
   * @throws PaymentProviderError `rejected` where the dispute can no longer be answered, or the evidence is too much
   */
  stageEvidence(disputeId: string, evidence: DisputeEvidence, call: CallContext): Promise<DisputeSnapshot>;

  /** Submits the staged evidence, which can be done once. @throws PaymentProviderError */
  submitEvidence(disputeId: string, idempotencyKey: string, call: CallContext): Promise<DisputeSnapshot>;

  /** Accepts the dispute for good. @throws PaymentProviderError */
  acceptDispute(disputeId: string, idempotencyKey: string, call: CallContext): Promise<DisputeSnapshot>;

  /** @returns the id of the file, to be staged as evidence. @throws PaymentProviderError */
  uploadEvidence(file: EvidenceFile, idempotencyKey: string, call: CallContext): Promise<string>;

  /** All disputes of a payment. @throws PaymentProviderError */
  disputesOf(paymentIntentId: string, call: CallContext): Promise<DisputeSnapshot[]>;

  /**
   * The object of an event, as it is now and in our version of the provider's API.
   *
   * @returns null when the provider knows no such object
   * @throws PaymentProviderError
   */
  retrieveObject(object: EventObject, id: string, call: CallContext): Promise<object | null>;

  /** The events of a span of the last 30 days, by pages. @throws PaymentProviderError */
  listEvents(types: readonly string[], span: Span): AsyncIterable<ListedEvent[]>;

  /** The checkouts created in a span, by pages, other applications' included. @throws PaymentProviderError */
  listCheckouts(span: Span): AsyncIterable<CheckoutSnapshot[]>;

  /** The refunds and disputes created in a span, by pages. @throws PaymentProviderError */
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
 * Whether an idempotency key that was first used then may have expired: the provider keeps them for at least a day.
 * After that, a repetition could create the object twice, and only the provider's lists show what exists.
 */
export function keyMayHaveExpired(firstUsedAt: Date, now: Date): boolean {
  return now.getTime() - firstUsedAt.getTime() > KEYS_ARE_SAFE_MS;
}

/** The provider rejects a session that would expire sooner, counted from when the request arrives there. */
export const MIN_SESSION_MS = 30 * 60_000;

/** When the session of an order can have been created, with all repetitions of the request. */
export function sessionSpan({ createdAt, expiresAt }: { createdAt: Date; expiresAt: Date }): Span {
  return { from: createdAt, to: new Date(Math.max(createdAt.getTime(), expiresAt.getTime() - MIN_SESSION_MS)) };
}

/**
 * A server error that Stripe repeats for a key leaves it open whether a session was created. After this long, one that
 * its list does not show does not exist.
 */
export function sessionMustBeListed(firstAskedAt: Date, now: Date): boolean {
  return now.getTime() - firstAskedAt.getTime() > DOUBT_ENDS_AFTER_MS;
}

/** Why a call to the provider failed. */
export class PaymentProviderError extends Error {
  override readonly name = 'PaymentProviderError';

  /**
   * @param kind `unavailable`: it may have been done or not, repeat with the same key; `broken`: the
   *   provider repeats a server error for this key for ever, so the outcome must be looked up;
   *   `rejected`: it was not done and never will be; `missing`: the provider does not know the object, which proves
   *   nothing about it, since a key of another account or mode sees none of ours;
   *   `suspended`: it must not be called, since our key is such a one
   * @param parameter the rejected parameter, by the provider's name
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
