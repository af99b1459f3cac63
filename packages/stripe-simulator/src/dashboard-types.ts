/** What can be done by hand in the dashboard. Public, and so without the types of Stripe's SDK. */

/** Why somebody cancels a payment, in Stripe's words. */
export const CANCELLATION_REASONS = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] as const;

export type DashboardCancellationReason = (typeof CANCELLATION_REASONS)[number];

/** The object of the API that was made or changed. */
interface ApiObjectWithId {
  id: string;
}

/**
 * What somebody else does to the same account: no request of the API causes the events. Each throws, with Stripe's words,
 * for an id that is unknown and for what the object's state forbids.
 */
export interface DashboardActions {
  /** Takes what is held, or so much of it, in minor units; the rest is released. */
  capturePayment(paymentIntentId: string, amount?: number): ApiObjectWithId;
  /** Releases what is held, or ends a payment that is not made. */
  cancelPayment(paymentIntentId: string, reason?: DashboardCancellationReason): ApiObjectWithId;
  /** All that is left, or so much of it, in minor units. */
  refundCharge(chargeId: string, amount?: number): ApiObjectWithId;
  /** Their payment methods go with them. */
  deleteCustomer(customerId: string): ApiObjectWithId;
  /** Takes a payment method from its customer, for good. */
  detachPaymentMethod(paymentMethodId: string): ApiObjectWithId;
  /** Expires a session that is open; any other stays as it is. */
  expireSession(sessionId: string): ApiObjectWithId;
}
