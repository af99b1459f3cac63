/** The disputes of a charge, and what they leave of it for refunds and for further disputes. */
import type Stripe from 'stripe';
import { isClosed, isInquiry } from './dispute-states.js';
import type { Store } from './store.js';

export function disputesOf(store: Store, chargeId: string): Stripe.Dispute[] {
  return [...store.disputes.oldestFirst()].filter(({ charge }) => charge === chargeId);
}

/** While a bank holds the money, a refund would pay it a second time; an inquiry holds nothing. */
export function hasOpenChargeback(store: Store, chargeId: string): boolean {
  return disputesOf(store, chargeId).some((dispute) => !isClosed(dispute) && !isInquiry(dispute));
}

/** What has been taken for good, or is being asked for. */
export function disputedAmount(store: Store, chargeId: string): number {
  return disputesOf(store, chargeId).reduce((sum, dispute) => sum + heldAmount(dispute), 0);
}

/** What disputes that are over have taken for good. */
export function lostAmount(store: Store, chargeId: string): number {
  const closed = disputesOf(store, chargeId).filter(isClosed);
  return closed.reduce((sum, dispute) => sum + heldAmount(dispute), 0);
}

/** What a dispute keeps of its charge: what it took, or while it is open all that it asks for. */
export function heldAmount(dispute: Stripe.Dispute): number {
  if (!isClosed(dispute)) return dispute.amount;
  return -dispute.balance_transactions.reduce((sum, { amount }) => sum + amount, 0);
}
