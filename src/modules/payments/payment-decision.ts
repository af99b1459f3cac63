/** What is done with money that arrives: a pure function of the order and the payment. */
import { formatMoney } from '../../platform/kernel/money.js';
import type { CheckoutSnapshot } from '../../stripe/payment-gateway.js';
import type { Order } from '../orders/order.entity.js';
import { ReviewReason } from '../orders/review-reason.js';
import { type RefundGrounds, RefundReason } from './refund-reason.js';

/** Money that has arrived, in ISO 4217 currency and minor units. */
export interface ReceivedPayment {
  paymentIntentId: string;
  checkoutSessionId: string;
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
  /** It goes back. */
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

/** @throws Error when Stripe says paid without saying what: nothing may be concluded from that */
export function receivedPayment(checkout: CheckoutSnapshot): ReceivedPayment {
  const { sessionId, paymentIntentId, amountTotalMinor, currency } = checkout;
  if (paymentIntentId === null || amountTotalMinor === null || currency === null) {
    throw new Error(`Session ${sessionId} is paid, without an amount, a currency or a payment intent.`);
  }
  return { paymentIntentId, checkoutSessionId: sessionId, amountMinor: amountTotalMinor, currency };
}

/**
 * The exact money through the order's own session pays it, even if something else is under review. Anything else
 * goes to staff once. What comes after they have refused goes back, the order's own money that was overdue as well: its
 * goods are on offer again, and its buyer was told so.
 */
export function decidePayment(order: Order, payment: ReceivedPayment): PaymentDecision {
  const isOwn = payment.checkoutSessionId === order.checkoutSessionId;
  const mismatch = isOwn ? amountMismatch(order, payment) : OTHER_SESSION;
  if (order.paidAt) return { kind: 'return', ...PAID_ALREADY };
  if (order.reviewResolvedAt) return { kind: 'return', ...REJECTED_BEFORE };
  if (mismatch === null) return { kind: 'accept' };
  if (order.isUnderReview() && !isOwn) return { kind: 'return', ...OTHER_UNDER_REVIEW };
  return { kind: 'review', ...mismatch };
}

/** How the money differs from the order; null when it is right. */
function amountMismatch(order: Order, { amountMinor, currency }: ReceivedPayment): Mismatch | null {
  if (amountMinor === order.totalMinor && currency === order.currency) return null;
  const received = formatMoney({ amount: amountMinor, currency }, 'en');
  const expected = formatMoney({ amount: order.totalMinor, currency: order.currency }, 'en');
  const note = `the session was paid with ${received}, the order is over ${expected}`;
  return { reason: ReviewReason.AMOUNT_MISMATCH, note };
}
