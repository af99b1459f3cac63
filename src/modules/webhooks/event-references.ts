/** The objects that an event refers to, as columns to search the inbox by. */
import type Stripe from 'stripe';
import { isUuid } from '../../platform/kernel/identifier.js';
import { isPlainText } from '../../platform/kernel/plain-text.js';

/** Null where there is none. */
export interface EventReferences {
  checkoutSessionId: string | null;
  paymentIntentId: string | null;
  orderId: string | null;
}

export function referencesOf(event: Stripe.Event): EventReferences {
  const object = event.data.object as unknown as Record<string, unknown>;
  const metadata = object.metadata as Record<string, unknown> | null | undefined;
  const orderId = textOf(metadata?.order_id);
  return {
    checkoutSessionId: object.object === 'checkout.session' ? textOf(object.id) : null,
    paymentIntentId: object.object === 'payment_intent' ? textOf(object.id) : textOf(idOf(object.payment_intent)),
    orderId: orderId !== null && isUuid(orderId) ? orderId : null,
  };
}

/** The reference may be expanded to an object. */
function idOf(reference: unknown): unknown {
  return typeof reference === 'object' ? (reference as { id?: unknown } | null)?.id : reference;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.length <= 255 && isPlainText(value) ? value : null;
}
