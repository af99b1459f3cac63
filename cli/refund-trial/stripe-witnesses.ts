/** What Stripe has of an order's payment: its charge, its refunds, and its disputes. */
import { formatMoney } from '../../src/platform/kernel/money.js';
import type { Statement } from './figures.js';
import { listed } from './shop-witnesses.js';
import { chargeOf, disputesOf, refundsOf, type StripeApi, type StripeDispute, type StripeRefund } from './stripe.js';

const DISPUTE_STATUSES: Readonly<Record<string, string>> = {
  needs_response: 'OPEN',
  under_review: 'OPEN',
  won: 'WON',
  lost: 'LOST',
  warning_needs_response: 'INQUIRY',
  warning_under_review: 'INQUIRY',
};

export async function stripeWitnesses(
  stripe: StripeApi,
  paymentIntent: string,
  currency: string,
): Promise<Statement[]> {
  const money = (amount: number) => formatMoney({ amount, currency }, 'en');
  const charge = await chargeOf(stripe, paymentIntent);
  const refunds = await refundsOf(stripe, paymentIntent);
  const disputes = await disputesOf(stripe, paymentIntent);
  const made = refunds.filter(({ status }) => status === 'succeeded').reduce((sum, { amount }) => sum + amount, 0);
  return [
    {
      witness: 'charge at Stripe',
      figures: {
        refunded: money(charge.amount_refunded),
        refundable: money(charge.amount - charge.amount_refunded - takenBy(disputes)),
        'refund status': refundStatusOf(charge.amount, charge.amount_refunded),
      },
    },
    {
      witness: 'refunds at Stripe',
      figures: {
        refunded: money(made),
        refunds: listed(refunds.map((refund) => `${money(refund.amount)} ${inWordsOfTheShop(refund)}`)),
        'ids at Stripe': listed(refunds.map(({ id }) => id)),
        'made by attempts': listed(refunds.filter(({ metadata }) => metadata.refund_id).map(({ id }) => id)),
      },
    },
    {
      witness: 'disputes at Stripe',
      figures: {
        'dispute status': disputeStatusOf(disputes),
        disputes: listed(disputes.map(({ status }) => status.toUpperCase())),
        evidence: `${disputes.filter(({ evidence_details: { has_evidence: staged } }) => staged).length} staged`,
        receipts: disputes.filter(({ evidence }) => evidence.receipt !== null).length,
        submissions: disputes.reduce((sum, { evidence_details: details }) => sum + details.submission_count, 0),
      },
    },
  ];
}

export function inWordsOfTheShop({ status, metadata }: StripeRefund): string {
  return `${status.toUpperCase()} ${metadata.reason ?? 'MADE_AT_STRIPE'}`;
}

function refundStatusOf(amount: number, refunded: number): string {
  if (refunded === 0) return 'NONE';
  return refunded === amount ? 'FULL' : 'PARTIAL';
}

/** A trial has one at a time. */
function disputeStatusOf([dispute]: readonly StripeDispute[]): string {
  return dispute ? (DISPUTE_STATUSES[dispute.status] ?? dispute.status) : 'NONE';
}

/** What the bank has withdrawn and not given back. */
function takenBy(disputes: readonly StripeDispute[]): number {
  return disputes.flatMap(({ balance_transactions: moved }) => moved).reduce((sum, { amount }) => sum - amount, 0);
}
