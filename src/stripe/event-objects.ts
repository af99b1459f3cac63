/** How to retrieve the object of an event, by Stripe's name for it. */
import type Stripe from 'stripe';
import type { EventObject } from './payment-gateway.js';

type Read = (stripe: Stripe, id: string, options: Stripe.RequestOptions) => Promise<{ id: string }>;

export const readers: Record<EventObject, Read> = {
  // With its payment, which alone shows whether a delayed one has failed.
  'checkout.session': ({ checkout }, id, options) =>
    checkout.sessions.retrieve(id, { expand: ['payment_intent'] }, options),
  payment_intent: ({ paymentIntents }, id, options) => paymentIntents.retrieve(id, {}, options),
  charge: ({ charges }, id, options) => charges.retrieve(id, {}, options),
  refund: ({ refunds }, id, options) => refunds.retrieve(id, {}, options),
  'radar.early_fraud_warning': ({ radar }, id, options) => radar.earlyFraudWarnings.retrieve(id, {}, options),
  dispute: ({ disputes }, id, options) => disputes.retrieve(id, {}, options),
};
