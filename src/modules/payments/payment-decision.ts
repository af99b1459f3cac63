/** Whether a payment is accepted, reviewed or returned: a pure function of the order and the payment. */
import { formatMoney } from '../../platform/kernel/money.js';
import type { CheckoutSnapshot } from '../../stripe/payment-gateway.js';
import type { OrderState } from '../orders/order.entity.js';
import { ReviewReason } from '../orders/review-reason.js';
import { type RefundGrounds, RefundReason } from './refund-reason.js';

/** A payment that was received, with its ISO 4217 currency and minor units. */
export interface ReceivedPayment {
  paymentIntentId: string;
  /** Null for one by a saved card. */
  checkoutSessionId: string | null;
  amountMinor: number;
  currency: string;
}

/** What is wrong with money, with words for staff. */
interface Mismatch {
  reason: ReviewReason;
  note: string;
}

export type PaymentDecision =
  | { kind: 'accept' }
  /** Staff decide. */
  | ({ kind: 'review' } & Mismatch)
  /** It is refunded. */
  | ({ kind: 'return' } & RefundGrounds);

const OTHER_SESSION: Mismatch = { reason: ReviewReason.OTHER_SESSION, note: 'paid through another session' };
const PAID_ALREADY: RefundGrounds = {
  reason: RefundReason.DUPLICATE_PAYMENT,
  note: 'the order had been paid already',
};
const REJECTED_BEFORE: RefundGrounds = {
  reason: RefundReason.PAYMENT_REJECTED,
  note: 'staff had rejected the order before',
};
const OTHER_UNDER_REVIEW: RefundGrounds = {
  reason: RefundReason.OTHER_PAYMENT_UNDER_REVIEW,
  note: 'another payment is under review',
};

/** @throws Error when Stripe reports a paid session without its amount, currency or payment intent */
export function receivedPayment(checkout: CheckoutSnapshot): ReceivedPayment {
  const { sessionId, paymentIntentId, amountTotalMinor, currency } = checkout;
  if (paymentIntentId === null || amountTotalMinor === null || currency === null) {
    throw new Error(`Session ${sessionId} is paid, without an amount, a currency or a payment intent.`);
  }
  return { paymentIntentId, checkoutSessionId: sessionId, amountMinor: amountTotalMinor, currency };
}

/**
 * The exact amount through the order's own session pays the order, even if another payment is under review. Anything
 * else is reviewed by staff once. What arrives after staff have rejected the order is returned, even the order's own
 * overdue payment: its goods are on offer again, and its buyer has been told so.
 */
export function decidePayment(order: OrderState, payment: ReceivedPayment): PaymentDecision {
  const isOwn = payment.checkoutSessionId === order.checkoutSessionId;
  const mismatch = isOwn ? amountMismatch(order, payment) : OTHER_SESSION;
  if (order.paidAt) return { kind: 'return', ...PAID_ALREADY };
  if (order.reviewResolvedAt) return { kind: 'return', ...REJECTED_BEFORE };
  if (mismatch === null) return { kind: 'accept' };
  if (order.isUnderReview() && !isOwn) return { kind: 'return', ...OTHER_UNDER_REVIEW };
  return { kind: 'review', ...mismatch };
}

/** How the money differs from the order; null when it is right. */
function amountMismatch(order: OrderState, { amountMinor, currency }: ReceivedPayment): Mismatch | null {
  if (amountMinor === order.totalMinor && currency === order.currency) return null;
  const received = formatMoney({ amount: amountMinor, currency }, 'en');
  const expected = formatMoney({ amount: order.totalMinor, currency: order.currency }, 'en');
  const note = `the session was paid with ${received}, the order is over ${expected}`;
  return { reason: ReviewReason.AMOUNT_MISMATCH, note };
}
