/** What the shop needs of a payment provider, in the shop's words. */

/** Everything a hosted checkout is created from. */
export interface CheckoutDetails {
  orderId: string;
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
  /** Where the buyer pays; null once he no longer can. */
  url: string | null;
  status: 'open' | 'complete' | 'expired';
  /** Whether the money has arrived. */
  paid: boolean;
  amountTotalMinor: number | null;
  currency: string | null;
  paymentIntentId: string | null;
  /** The order that the session was created for; null for another application's session. */
  orderId: string | null;
}

/** An attempt to pay that was declined. */
export interface DeclineSnapshot {
  paymentIntentId: string;
  orderId: string | null;
  code: string | null;
  declineCode: string | null;
  message: string | null;
}

/** What is to go back of a payment. */
export interface RefundDetails {
  /** Ours: what the provider's idempotency key is made of. */
  refundId: string;
  orderId: string;
  paymentIntentId: string;
  amountMinor: number;
}

export interface PaymentGateway {
  /** Pure: the same details give the same request. */
  buildCheckoutRequest(details: CheckoutDetails): CheckoutRequest;

  /**
   * Creates the hosted checkout, once for each key however often it is called.
   *
   * @param deadline here and below: in milliseconds since the epoch, when nobody waits for the answer any more
   * @throws PaymentProviderError
   */
  createCheckout(request: CheckoutRequest, idempotencyKey: string, deadline: number): Promise<CheckoutSnapshot>;

  /**
   * The checkout that was created for an order, when nobody recorded which it is.
   *
   * @param createdAfter how far back to look
   * @throws PaymentProviderError
   */
  findCheckoutOfOrder(orderId: string, createdAfter: Date, deadline: number): Promise<CheckoutSnapshot | null>;

  /**
   * Ends a checkout that nobody is to pay any more.
   *
   * @returns the checkout afterwards: expired, or complete when the buyer was faster
   * @throws PaymentProviderError
   */
  expireCheckout(sessionId: string, deadline: number): Promise<CheckoutSnapshot>;

  /**
   * Sends money back, once for each refund however often it is called.
   *
   * @returns the provider's id of the refund
   * @throws PaymentProviderError
   */
  refund(details: RefundDetails, deadline: number): Promise<string>;

  /**
   * The provider's id of a refund that was made before; null when there is none.
   *
   * @throws PaymentProviderError
   */
  findRefund(details: RefundDetails, deadline: number): Promise<string | null>;
}

/** Why the provider did not do what was asked. */
export class PaymentProviderError extends Error {
  override readonly name = 'PaymentProviderError';

  /**
   * @param kind `unavailable`: it may have been done or not, ask again with the same key; `broken`: the
   *   provider repeats a failure of its own for this key for ever, so the outcome must be looked up;
   *   `rejected`: it was not done and never will be
   * @param parameter the rejected parameter, in the provider's words
   */
  constructor(
    readonly kind: 'unavailable' | 'broken' | 'rejected',
    message: string,
    readonly parameter: string | null,
    options: ErrorOptions = {},
  ) {
    super(message, options);
  }
}
