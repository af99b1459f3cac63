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
  const customer: ExpandableField = {
    objectType: 'customer',
    find: (_ownerId, id) => store.customers.get(id) ?? null,
  };
  const paymentMethod: ExpandableField = {
    objectType: 'payment_method',
    find: (_ownerId, id) => store.paymentMethods.get(id)?.paymentMethod ?? null,
  };
  return {
    'checkout.session': { customer, line_items: lineItems, payment_intent: paymentIntent },
    payment_intent: { customer, latest_charge: charge, payment_method: paymentMethod },
    payment_method: { customer },
    charge: { customer, payment_intent: paymentIntent },
  };
}
