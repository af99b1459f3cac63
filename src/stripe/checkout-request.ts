/** The parameters of a checkout session. */
import type Stripe from 'stripe';
import { DELAYED_METHODS } from './delayed-methods.js';
import type { CheckoutDetails, CheckoutDetailsLine, OrderMark, Purpose } from './payment-gateway.js';

/**
 * The marker in the metadata of our objects, on an account that several applications may share. Versions that know no
 * fees take those for another application's objects, and so for no second payment of the order.
 */
export const MARKERS: Readonly<Record<Purpose, string>> = { order: 'comptoir', fee: 'comptoir-fee' };

/** The metadata of the objects of an order: our marker, the order and the installation. */
export function metadataOf({ orderId, installationId }: OrderMark): Record<string, string> {
  const installation = installationId === null ? {} : { installation_id: installationId };
  return { application: MARKERS.order, order_id: orderId, ...installation };
}

/**
 * The parameters of `POST /v1/checkout/sessions`. The order's id stands in three places: sessions are
 * found by the first two, and PaymentIntents and Charges carry only the third.
 */
export function checkoutRequest(details: CheckoutDetails): Stripe.Checkout.SessionCreateParams {
  const metadata = sessionMetadata(details);
  return {
    mode: 'payment',
    client_reference_id: details.orderId,
    metadata,
    payment_intent_data: { metadata },
    customer_email: details.customerEmail,
    line_items: details.lines.map((line) => lineItem(line, details.currency)),
    success_url: details.successUrl,
    cancel_url: details.cancelUrl,
    // Absolute, so that a repetition an hour later is still the same request.
    expires_at: Math.floor(details.expiresAt.getTime() / 1000),
    // The buyer is to pay the very amount and currency of the order.
    adaptive_pricing: { enabled: false },
    ...(details.excludeDelayedMethods ? { excluded_payment_method_types: DELAYED_METHODS } : {}),
  };
}

function sessionMetadata(details: CheckoutDetails): Record<string, string> {
  const { purpose, rowId } = details;
  const row = rowId === null ? {} : { row_id: rowId };
  return { ...metadataOf(details), application: MARKERS[purpose], purpose, ...row };
}

function lineItem(
  { name, description, quantity, rateMinor }: CheckoutDetailsLine,
  currency: string,
): Stripe.Checkout.SessionCreateParams.LineItem {
  return {
    quantity,
    price_data: {
      currency: currency.toLowerCase(),
      unit_amount: rateMinor,
      product_data: description === null ? { name } : { name, description },
    },
  };
}
