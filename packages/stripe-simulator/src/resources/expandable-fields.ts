/** Which fields of which objects `expand[]` can follow, and where they lead. */
import { EVIDENCE_FILE_FIELDS } from '../dispute-evidence.js';
import { type ExpandableField, type ExpandableFields, NOT_YET, NOTHING } from '../expansion.js';
import { showFile } from '../file-storage.js';
import { paginate } from '../pagination.js';
import { refundsOf } from '../refund-sums.js';
import type { Simulation } from '../simulation.js';
import type { Store } from '../store.js';
import { lineItemsOf } from './checkout-sessions.js';

export function expandableFields(simulation: Simulation): ExpandableFields {
  const { store } = simulation;
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
  /** What moved the money; Stripe gives it under one name. */
  const source: ExpandableField = {
    objectType: 'charge',
    find: (_ownerId, id) => store.charges.get(id) ?? store.refunds.get(id) ?? store.disputes.get(id) ?? null,
  };
  return {
    'checkout.session': {
      ...nothing('discounts', 'invoice', 'payment_link', 'setup_intent', 'subscription'),
      customer,
      line_items: lineItems,
      payment_intent: paymentIntent,
      total_details: part('total_details'),
    },
    total_details: { breakdown: { objectType: 'breakdown', find: () => ({ discounts: [], taxes: [] }) } },
    item: { ...nothing('discounts', 'taxes'), price: part('price') },
    price: { product: productOf(store) },
    payment_intent: {
      ...nothing('application', 'on_behalf_of', 'payment_record', 'review', 'source'),
      customer,
      latest_charge: charge,
      payment_method: paymentMethod,
    },
    payment_method: { customer },
    charge: {
      ...nothing('application', 'application_fee', 'on_behalf_of', 'review', 'source_transfer', 'transfer'),
      balance_transaction: balanceTransaction,
      customer,
      failure_balance_transaction: balanceTransaction,
      payment_intent: paymentIntent,
      refunds: refundsField(store),
    },
    customer: {
      ...nothing('default_source', 'test_clock'),
      cash_balance: NOT_YET,
      sources: NOT_YET,
      subscriptions: NOT_YET,
      tax: NOT_YET,
      tax_ids: NOT_YET,
    },
    refund: {
      ...nothing('source_transfer_reversal', 'transfer_reversal'),
      balance_transaction: balanceTransaction,
      charge,
      customer,
      failure_balance_transaction: balanceTransaction,
      payment_intent: paymentIntent,
      payment_method: paymentMethod,
    },
    dispute: { charge, evidence: part('dispute_evidence'), payment_intent: paymentIntent },
    dispute_evidence: evidenceFields(simulation),
    balance_transaction: { source },
    'radar.early_fraud_warning': { charge, payment_intent: paymentIntent },
  };
}

function nothing(...names: string[]): Record<string, ExpandableField> {
  return Object.fromEntries(names.map((name) => [name, NOTHING]));
}

function part(objectType: string): ExpandableField {
  return { objectType, isPart: true, find: () => null };
}

function refundsField(store: Store): ExpandableField {
  return {
    objectType: 'refund[]',
    find: (chargeId) => {
      const url = `/v1/charges/${chargeId}/refunds`;
      return paginate(refundsOf(store, chargeId), {}, { url, objectType: 'refund' });
    },
  };
}

/** The files of a dispute's evidence. */
function evidenceFields(simulation: Simulation): Record<string, ExpandableField> {
  const file: ExpandableField = {
    objectType: 'file',
    find: (_ownerId, id) => {
      const stored = simulation.store.files.get(id);
      return stored === undefined ? null : showFile(simulation, stored);
    },
  };
  return Object.fromEntries(EVIDENCE_FILE_FIELDS.map((name) => [name, file]));
}

/** Products are kept with the session that they are sold in. */
function productOf(store: Store): ExpandableField {
  return {
    objectType: 'product',
    find: (_priceId, id) => {
      for (const { products } of store.sessions.newestFirst()) {
        const product = products.find((candidate) => candidate.id === id);
        if (product !== undefined) return product;
      }
      return null;
    },
  };
}
