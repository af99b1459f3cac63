/** What is done with money that arrives: a pure function of the order and the payment. */
import { formatMoney } from '../../platform/kernel/money.js';
import type { CheckoutSnapshot } from '../../stripe/payment-gateway.js';
import type { Order } from '../orders/order.entity.js';

/** Money that has arrived, in ISO 4217 currency and minor units. */
export interface ReceivedPayment {
  paymentIntentId: string;
  checkoutSessionId: string;
  amountMinor: number;
  currency: string;
}

export type PaymentDecision =
  | { kind: 'accept' }
  /** Staff decide. */
  | { kind: 'review'; reason: string }
  /** It goes back. */
  | { kind: 'return'; reason: string };

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
  const mismatch = isOwn ? amountMismatch(order, payment) : `paid through another session`;
  if (order.paidAt) return { kind: 'return', reason: 'the order had been paid already' };
  if (order.reviewResolvedAt) return { kind: 'return', reason: 'staff had refused the order before' };
  if (mismatch === null) return { kind: 'accept' };
  if (order.isUnderReview() && !isOwn) return { kind: 'return', reason: 'another payment is under review' };
  return { kind: 'review', reason: mismatch };
}

/** How the money differs from the order, in words for staff; null when it is right. */
function amountMismatch(order: Order, { amountMinor, currency }: ReceivedPayment): string | null {
  if (amountMinor === order.totalMinor && currency === order.currency) return null;
  const received = formatMoney({ amount: amountMinor, currency }, 'en');
  const expected = formatMoney({ amount: order.totalMinor, currency: order.currency }, 'en');
  return `the session was paid with ${received}, the order is over ${expected}`;
}
