/** The money of a dispute: taken from the balance when it is opened, and given back when it is won. */
import type Stripe from 'stripe';
import { bookOnBalance } from './balance.js';
import type { Simulation } from './simulation.js';

/** In minor units of the disputed currency; given back with the money when the dispute is won. */
export const DISPUTE_FEE = 1500;

export function withdrawFunds(simulation: Simulation, dispute: Stripe.Dispute, fee: number): Stripe.Dispute {
  return moveFunds(simulation, dispute, { amount: -dispute.amount, fee, reportingCategory: 'dispute' });
}

export function reinstateFunds(simulation: Simulation, dispute: Stripe.Dispute): Stripe.Dispute {
  const { amount } = dispute;
  return moveFunds(simulation, dispute, { amount, fee: -DISPUTE_FEE, reportingCategory: 'dispute_reversal' });
}

interface Movement {
  amount: number;
  fee: number;
  reportingCategory: string;
}

function moveFunds(
  simulation: Simulation,
  dispute: Stripe.Dispute,
  { amount, fee, reportingCategory }: Movement,
): Stripe.Dispute {
  const description = `Chargeback ${amount < 0 ? 'withdrawal' : 'reversal'} for ${String(dispute.charge)}`;
  const { currency, id: source } = dispute;
  const entry = { amount, currency, description, fee, source, type: 'adjustment' as const, reportingCategory };
  const transaction = bookOnBalance(simulation, entry);
  const moved = { ...dispute, balance_transactions: [...dispute.balance_transactions, transaction] };
  simulation.store.disputes.put(moved);
  return moved;
}
