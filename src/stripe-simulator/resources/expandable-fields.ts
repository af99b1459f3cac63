/** Which fields of which objects `expand[]` can follow, and where they lead. */
import type { ExpandableField, ExpandableFields } from '../expansion.js';
import { paginate } from '../pagination.js';
import { refundsOf } from '../refunding.js';
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
  const balanceTransaction: ExpandableField = {
    objectType: 'balance_transaction',
    find: (_ownerId, id) => store.balanceTransactions.get(id) ?? null,
  };
  const refunds: ExpandableField = {
    objectType: 'refund[]',
    find: (chargeId) => {
      const url = `/v1/charges/${chargeId}/refunds`;
      return paginate(refundsOf(store, chargeId), {}, { url, objectType: 'refund' });
    },
  };
  /** What moved the money; Stripe gives it under one name. */
  const source: ExpandableField = {
    objectType: 'charge',
    find: (_ownerId, id) => store.charges.get(id) ?? store.refunds.get(id) ?? store.disputes.get(id) ?? null,
  };
  return {
    'checkout.session': { customer, line_items: lineItems, payment_intent: paymentIntent },
    payment_intent: { customer, latest_charge: charge, payment_method: paymentMethod },
    payment_method: { customer },
    charge: { balance_transaction: balanceTransaction, customer, payment_intent: paymentIntent, refunds },
    refund: {
      balance_transaction: balanceTransaction,
      charge,
      failure_balance_transaction: balanceTransaction,
      payment_intent: paymentIntent,
    },
    dispute: { charge, payment_intent: paymentIntent },
    balance_transaction: { source },
  };
}
