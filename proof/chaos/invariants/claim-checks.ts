/**
 * I14: what staff claim of a payment never exceeds what was received; each claim is made at Stripe once, for what was
 * claimed; and once quiet, the rows leave of a payment what Stripe leaves.
 */
import type Stripe from 'stripe';
import type { Payment } from '../../../src/modules/payments/payment.entity.js';
import { positionOf } from '../../../src/modules/refunds/payment-position.js';
import { type Refund, RefundState } from '../../../src/modules/refunds/refund.entity.js';
import { idOf, type OrderFacts } from './facts.js';
import type { Findings } from './violation.js';

/** What is owed to the buyer, or was given; what nothing is left for is neither. */
const COMMITTED = new Set<RefundState>([
  RefundState.REQUESTED,
  RefundState.PENDING,
  RefundState.SUCCEEDED,
  RefundState.FAILED,
  RefundState.BLOCKED,
  RefundState.PAID_OTHERWISE,
]);

/** @param isQuiet whether the system is idle, so that the rows match Stripe's lists */
export function checkClaims(facts: OrderFacts, isQuiet: boolean, findings: Findings): void {
  for (const payment of facts.payments) {
    checkCommitments(facts, payment, findings);
    if (isQuiet) checkWhatIsLeft(facts, payment, findings);
  }
  for (const refund of facts.refunds.filter(({ claimedMinor }) => claimedMinor != null)) {
    checkClaim(facts, refund, isQuiet, findings);
  }
}

function checkCommitments(
  { refunds }: OrderFacts,
  { paymentIntentId, amountMinor }: Payment,
  findings: Findings,
): void {
  const committed = refunds
    .filter((refund) => refund.paymentIntentId === paymentIntentId && COMMITTED.has(refund.state))
    .reduce((sum, { claimedMinor }) => sum + (claimedMinor ?? 0), 0);
  findings.expect(committed <= amountMinor, 'I14', `${committed} were claimed of a payment of ${amountMinor}`);
}

function checkWhatIsLeft(facts: OrderFacts, { paymentIntentId, amountMinor }: Payment, findings: Findings): void {
  const isOfPayment = (row: { paymentIntentId: string }) => row.paymentIntentId === paymentIntentId;
  const rows = facts.refunds.filter(isOfPayment);
  const { leftMinor } = positionOf(amountMinor, rows, facts.disputes.filter(isOfPayment));
  const isAtStripe = ({ payment_intent: intent }: Stripe.Refund | Stripe.Dispute) => idOf(intent) === paymentIntentId;
  const refunded = facts.stripeRefunds
    .filter((refund) => isAtStripe(refund) && isStanding(refund))
    .reduce((sum, { amount }) => sum + amount, 0);
  const taken = facts.stripeDisputes.filter(isAtStripe).reduce((sum, dispute) => sum + takenBy(dispute), 0);
  const left = receivedAtStripe(facts, paymentIntentId) - refunded - taken;
  findings.expect(left === leftMinor, 'I14', `${left} are left of a payment at Stripe, by the rows ${leftMinor}`);
  const isSettled = rows.some(({ state }) => state === RefundState.SETTLED_ELSEWHERE);
  findings.expect(!isSettled || left <= 0, 'I14', `a refund is settled elsewhere, and ${left} are left`);
}

function receivedAtStripe({ intents }: OrderFacts, paymentIntentId: string): number {
  return intents.find(({ id }) => id === paymentIntentId)?.amount_received ?? 0;
}

function checkClaim(facts: OrderFacts, claim: Refund, isQuiet: boolean, findings: Findings): void {
  const { id, claimedMinor, state } = claim;
  const made = facts.stripeRefunds.filter(({ metadata }) => metadata?.refund_id === id);
  const standing = made.filter(isStanding);
  for (const { amount } of standing) {
    findings.expect(amount === claimedMinor, 'I14', `${amount} were sent of a claim over ${claimedMinor}`);
  }
  const ofLines = facts.refundLines.filter(({ refund }) => refund.id === id);
  const worth = ofLines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  // A claim that is tried again may be for less.
  const isCovered = ofLines.length === 0 || (claimedMinor ?? 0) <= worth;
  findings.expect(isCovered, 'I14', `a claim over ${claimedMinor} is for lines over ${worth}`);
  if (!isQuiet) return;
  const isMade = state === RefundState.PENDING || state === RefundState.SUCCEEDED;
  findings.expect(
    isMade === standing.length > 0,
    'I14',
    `a claim is ${state}, made ${standing.length} times at Stripe`,
  );
}

/** Whether it took, or will take, money out. */
function isStanding({ status }: Stripe.Refund): boolean {
  return status !== 'failed' && status !== 'canceled';
}

/** What the bank has, or had and gave back. */
export function takenBy({ balance_transactions: transactions }: Stripe.Dispute): number {
  return transactions.reduce((total, { amount }) => total - amount, 0);
}
