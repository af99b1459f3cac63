/** The account's balance: what each charge, refund and dispute moves on it. */
import type Stripe from 'stripe';
import { unixSeconds } from './clock.js';
import type { Complete } from './complete-object.js';
import { createId } from './ids.js';
import type { Simulation } from './simulation.js';

export interface BalanceEntry {
  /** In minor units; negative for money that leaves. */
  amount: number;
  currency: string;
  description: string | null;
  fee: number;
  /** The id of the object that moves the money. */
  source: string;
  type: Stripe.BalanceTransaction.Type;
  reportingCategory: string;
  /** What comes in waits for a week otherwise. */
  isAvailableAtOnce?: boolean;
}

/** Stripe makes the money of a European charge available after about a week; what leaves the balance does so at once. */
const AVAILABLE_AFTER_SECONDS = 7 * 24 * 60 * 60;

/** 1.5 % and 25 minor units: Stripe's price for a European card, charged here for every payment. */
export function processingFee(amount: number): number {
  return Math.min(amount, Math.round((amount * 15) / 1000) + 25);
}

export function bookOnBalance(simulation: Simulation, entry: BalanceEntry): Stripe.BalanceTransaction {
  const { store, clock, timeline } = simulation;
  const { amount, currency, description, fee, source, type, reportingCategory } = entry;
  const created = unixSeconds(clock);
  const isPending = amount > 0 && type === 'charge' && !entry.isAvailableAtOnce;
  const availableOn = isPending ? created + AVAILABLE_AFTER_SECONDS : created;
  const transaction = {
    id: createId('balanceTransaction'),
    object: 'balance_transaction',
    amount,
    available_on: availableOn,
    balance_type: 'payments',
    created,
    currency,
    description,
    exchange_rate: null,
    fee,
    fee_details: fee === 0 ? [] : [feeDetail(fee, currency, type)],
    net: amount - fee,
    reporting_category: reportingCategory,
    source,
    status: isPending ? 'pending' : 'available',
    type,
  } satisfies Complete<Stripe.BalanceTransaction>;
  store.balanceTransactions.put(transaction);
  if (isPending) timeline.schedule('make_balance_available', transaction.id, availableOn * 1000);
  return transaction;
}

/** Pending money becomes available in time. */
export function makeBalanceAvailableInTime({ store, timeline }: Simulation): void {
  timeline.on('make_balance_available', (id) => {
    const transaction = store.balanceTransactions.get(id);
    if (transaction !== undefined) store.balanceTransactions.put({ ...transaction, status: 'available' });
  });
}

function feeDetail(amount: number, currency: string, type: string): Stripe.BalanceTransaction.FeeDetail {
  const description = type === 'charge' ? 'Stripe processing fees' : 'Dispute fee';
  return { amount, application: null, currency, description, type: 'stripe_fee' };
}
