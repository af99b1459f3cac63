/** The status of an order: a pure function of its facts. */
import type { ReviewReason } from './review-reason.js';

export enum OrderStatus {
  PENDING = 'PENDING',
  PAYMENT_FAILED = 'PAYMENT_FAILED',
  PROCESSING = 'PROCESSING',
  PAID = 'PAID',
  EXPIRED = 'EXPIRED',
  CANCELLED = 'CANCELLED',
  UNDER_REVIEW = 'UNDER_REVIEW',
}

/**
 * What is known of an order. Each fact is added once and never taken back, so that events lead to the
 * same status in whatever order, and however often, they arrive.
 */
export interface OrderFacts {
  /** The last attempt to pay was declined; the session could still be paid. */
  declinedAt?: Date | null | undefined;
  /** The session was completed with a delayed payment method; the payment is processing. */
  completedUnpaidAt?: Date | null | undefined;
  /** That payment failed. */
  asyncFailedAt?: Date | null | undefined;
  paidAt?: Date | null | undefined;
  /** The session expired unpaid, or it is certain that there is none. */
  expiredAt?: Date | null | undefined;
  /** The buyer, staff or recovery cancelled the order; takes effect once the session has ended. */
  cancelRequestedAt?: Date | null | undefined;
  /** Why staff must look at it: a payment that does not match, or that is overdue. */
  reviewReason?: ReviewReason | null | undefined;
  /** The same in words. */
  reviewNote?: string | null | undefined;
  /** Staff have decided, or the matching payment arrived after all: paid then, or rejected for good. */
  reviewResolvedAt?: Date | null | undefined;
  /** The payment arrived when the goods had gone to others: it is returned, and earlier facts of it no longer count. */
  paymentReturnedAt?: Date | null | undefined;
  /** The provider canceled the payment of the session; for a completed session, that is final. */
  paymentCanceledAt?: Date | null | undefined;
}

/**
 * The strongest fact decides: an open review > paid > rejected > returned > async failed > completed unpaid > expired >
 * declined > pending.
 */
export function statusOf(facts: OrderFacts): OrderStatus {
  if (facts.reviewReason && !facts.reviewResolvedAt) return OrderStatus.UNDER_REVIEW;
  if (facts.paidAt) return OrderStatus.PAID;
  if (facts.reviewResolvedAt) return OrderStatus.CANCELLED;
  if (facts.paymentReturnedAt) return endOf(facts);
  const delayedPaymentFailed = facts.asyncFailedAt || (facts.completedUnpaidAt && facts.paymentCanceledAt);
  if (delayedPaymentFailed) return OrderStatus.PAYMENT_FAILED;
  if (facts.completedUnpaidAt) return OrderStatus.PROCESSING;
  if (facts.expiredAt) return endOf(facts);
  return facts.declinedAt ? OrderStatus.PAYMENT_FAILED : OrderStatus.PENDING;
}

function endOf({ cancelRequestedAt }: OrderFacts): OrderStatus {
  return cancelRequestedAt ? OrderStatus.CANCELLED : OrderStatus.EXPIRED;
}
