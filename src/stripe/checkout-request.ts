/** The parameters of a checkout session. */
import type Stripe from 'stripe';
import { DELAYED_METHODS } from './delayed-methods.js';
import type { OrderMark, Purpose } from './object-mark.js';
import type { CheckoutDetails, CheckoutDetailsLine } from './payment-gateway.js';

/**
 * The marker in the metadata of our objects, on an account that several applications may share. Versions that know no
 * fees or no deposits take those for another application's objects, and so for no second payment of the order.
 */
export const MARKERS: Readonly<Record<Purpose, string>> = {
  order: 'comptoir',
  fee: 'comptoir-fee',
  deposit: 'comptoir-deposit',
};

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
  const metadata = purposeMetadata(details);
  return {
    mode: 'payment',
    client_reference_id: details.orderId,
    metadata,
    payment_intent_data: { metadata, ...paymentOptions(details) },
    customer_email: details.customerEmail,
    line_items: details.lines.map((line) => lineItem(line, details.currency)),
    success_url: details.successUrl,
    cancel_url: details.cancelUrl,
    // Absolute, so that a repetition an hour later is still the same request.
    expires_at: Math.floor(details.expiresAt.getTime() / 1000),
    // The buyer is to pay the very amount and currency of the order.
    adaptive_pricing: { enabled: false },
    ...methodsOf(details),
  };
}

/** The metadata of what is not an order's only payment, as well. */
export function purposeMetadata(details: OrderMark & Pick<CheckoutDetails, 'purpose' | 'rowId'>) {
  const { purpose, rowId } = details;
  const row = rowId === null ? {} : { row_id: rowId };
  return { ...metadataOf(details), application: MARKERS[purpose], purpose, ...row };
}

function paymentOptions({ card }: CheckoutDetails): Stripe.Checkout.SessionCreateParams.PaymentIntentData {
  if (card === 'save') return { setup_future_usage: 'off_session' };
  return card === 'hold' ? { capture_method: 'manual' } : {};
}

/** Other methods would be saved as a debit's mandate, or cannot hold a sum. */
function methodsOf({ card, excludeDelayedMethods }: CheckoutDetails): Partial<Stripe.Checkout.SessionCreateParams> {
  // A card can be saved only for a customer.
  if (card === 'save') return { allowed_payment_method_types: ['card'], customer_creation: 'always' };
  if (card === 'hold') return { allowed_payment_method_types: ['card'] };
  return excludeDelayedMethods ? { excluded_payment_method_types: DELAYED_METHODS } : {};
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
