/** Stripe's objects in the shop's words. */
import type Stripe from 'stripe';
import { isUuid } from '../shared/identifier.js';
import { APPLICATION_MARKER } from './checkout-request.js';
import type { CheckoutSnapshot, DeclineSnapshot } from './payment-gateway.js';

export function toCheckoutSnapshot(session: Stripe.Checkout.Session): CheckoutSnapshot {
  return {
    sessionId: session.id,
    url: session.url,
    status: statusOf(session),
    paid: session.payment_status === 'paid',
    amountTotalMinor: session.amount_total,
    currency: session.currency?.toUpperCase() ?? null,
    paymentIntentId: idOf(session.payment_intent),
    orderId: ourOrderId(session.metadata),
  };
}

export function toDeclineSnapshot(intent: Stripe.PaymentIntent): DeclineSnapshot {
  const error = intent.last_payment_error;
  return {
    paymentIntentId: intent.id,
    orderId: ourOrderId(intent.metadata),
    code: error?.code ?? null,
    declineCode: error?.decline_code ?? null,
    message: error?.message ?? null,
  };
}

/** Stripe may add states: one we do not know is treated as open, which neither pays nor releases anything. */
function statusOf({ status }: Stripe.Checkout.Session): CheckoutSnapshot['status'] {
  if (status === 'complete') return 'complete';
  return status === 'expired' ? 'expired' : 'open';
}

/** The order that the metadata names, if it bears our marker; null for another application's object. */
function ourOrderId(metadata: Stripe.Metadata | null | undefined): string | null {
  const orderId = metadata?.order_id;
  return metadata?.application === APPLICATION_MARKER && orderId && isUuid(orderId) ? orderId : null;
}

function idOf(reference: string | { id: string } | null | undefined): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}
