/** Which fields of which objects `expand[]` can follow, and where they lead. */
import type { ExpandableField, ExpandableFields } from '../expansion.js';
import type { Store } from '../store.js';
import { lineItemsOf } from './checkout-sessions.js';

export function expandableFields(store: Store): ExpandableFields {
  const charge: ExpandableField = {
    objectType: 'charge',
    find: (_ownerId, id) => store.charges.get(id) ?? null,
  };
  const paymentIntent: ExpandableField = {
    objectType: 'payment_intent',
    find: (_ownerId, id) => store.paymentIntents.get(id) ?? null,
  };
  const lineItems: ExpandableField = {
    objectType: 'item[]',
    find: (sessionId) => {
      const stored = store.sessions.get(sessionId);
      return stored === undefined ? null : lineItemsOf(stored);
    },
  };
  return {
    'checkout.session': { line_items: lineItems, payment_intent: paymentIntent },
    payment_intent: { latest_charge: charge },
    charge: { payment_intent: paymentIntent },
  };
}
