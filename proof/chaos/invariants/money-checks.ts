/** What must hold of money that goes back: I2 and I12, the rows against Stripe's own lists. */
import type Stripe from 'stripe';
import { DisputeState } from '../../../src/modules/disputes/dispute.entity.js';
import { DisputeStatus, RefundStatus } from '../../../src/modules/orders/refund-and-dispute-status.js';
import { type Payment, PaymentState } from '../../../src/modules/payments/payment.entity.js';
import { RefundState } from '../../../src/modules/refunds/refund.entity.js';
import { idOf, type OrderFacts } from './facts.js';
import { Findings, type Violation } from './violation.js';

const MARKER = 'comptoir';
const STATE_OF_DISPUTE: Partial<Record<Stripe.Dispute.Status, DisputeState>> = {
  warning_needs_response: DisputeState.INQUIRY,
  warning_under_review: DisputeState.INQUIRY,
  warning_closed: DisputeState.INQUIRY_CLOSED,
  won: DisputeState.WON,
  lost: DisputeState.LOST,
};

const DECIDED = new Set<Stripe.Dispute.Status>(['won', 'lost', 'warning_closed']);

/** @param isQuiet whether the system is idle, so that the rows match Stripe's lists */
export function checkMoney(facts: OrderFacts, isQuiet: boolean): Violation[] {
  const findings = new Findings(facts.order.id);
  checkRefundedOnce(facts, findings);
  if (!isQuiet) return findings.violations;
  checkRefundRows(facts, findings);
  checkDisputeRows(facts, findings);
  checkColumns(facts, findings);
  for (const payment of facts.payments) checkReturned(facts, payment, findings);
  return findings.violations;
}

/** I12: however often it was asked for, each refund was made once, and never more than what had come. */
function checkRefundedOnce({ refunds, payments, stripeRefunds }: OrderFacts, findings: Findings): void {
  const ours = stripeRefunds.filter(({ metadata }) => metadata?.application === MARKER);
  for (const { id } of refunds) {
    const made = ours.filter(({ metadata }) => metadata?.refund_id === id);
    findings.expect(made.length <= 1, 'I12', `refund ${id} was made ${made.length} times`);
  }
  const known = new Set(refunds.map(({ id }) => id));
  const strays = ours.filter(({ metadata }) => !known.has(metadata?.refund_id ?? ''));
  findings.expect(strays.length === 0, 'I12', 'Stripe has a refund of ours without a row');
  for (const { paymentIntentId, amountMinor } of payments) {
    const refunded = sum(standing(stripeRefunds, paymentIntentId));
    findings.expect(refunded <= amountMinor, 'I2', `${refunded} of ${amountMinor} were refunded`);
  }
}

function checkRefundRows({ refunds, payments, stripeRefunds }: OrderFacts, findings: Findings): void {
  const counted = new Set(payments.map(({ paymentIntentId }) => paymentIntentId));
  for (const { id, status, amount, payment_intent: intent } of stripeRefunds) {
    if (!counted.has(idOf(intent) ?? '')) continue;
    const row = refunds.find(({ stripeRefundId }) => stripeRefundId === id);
    findings.expect(row !== undefined, 'I2', `Stripe’s refund ${id} has no row`);
    if (row === undefined) continue;
    findings.expect(
      row.amountMinor === amount,
      'I2',
      `refund ${id} is over ${amount}, its row over ${row.amountMinor}`,
    );
    // One that staff replaced by another is closed here, whatever Stripe reports.
    const isFollowedUp = row.state === RefundState.CANCELED && row.isOurs;
    const expected = RefundState[(status ?? 'pending').toUpperCase() as keyof typeof RefundState];
    findings.expect(isFollowedUp || row.state === expected, 'I2', `refund ${id} is ${status}, its row ${row.state}`);
  }
  const isDue = refunds.some(({ state }) => state === RefundState.DUE);
  findings.expect(!isDue, 'I4', 'a refund stays due for ever');
}

function checkDisputeRows({ disputes, payments, stripeDisputes }: OrderFacts, findings: Findings): void {
  const counted = new Set(payments.map(({ paymentIntentId }) => paymentIntentId));
  for (const { id, status, payment_intent: intent } of stripeDisputes) {
    if (!counted.has(idOf(intent) ?? '')) continue;
    const row = disputes.find((dispute) => dispute.id === id);
    const expected = STATE_OF_DISPUTE[status] ?? DisputeState.OPEN;
    findings.expect(row?.state === expected, 'I2', `dispute ${id} is ${status}, its row ${row?.state ?? 'missing'}`);
  }
}

function checkColumns(
  { order, payments, refunds, stripeRefunds, stripeDisputes }: OrderFacts,
  findings: Findings,
): void {
  const intents = new Set(payments.map(({ paymentIntentId }) => paymentIntentId));
  const succeeded = stripeRefunds.filter(
    ({ status, payment_intent: intent }) => status === 'succeeded' && intents.has(idOf(intent) ?? ''),
  );
  const refunded = succeeded.reduce((total, { amount }) => total + amount, 0);
  findings.expect(
    order.refundedMinor === refunded,
    'I2',
    `Stripe refunded ${refunded}, the order says ${order.refundedMinor}`,
  );
  const captured = sum(payments);
  const isFull = refunded > 0 && refunded === captured;
  const hasPending = refunds.some(({ state }) => state === RefundState.DUE || state === RefundState.PENDING);
  const isMarkedFull = order.refundStatus === RefundStatus.FULL;
  findings.expect(
    isMarkedFull === (isFull && !hasPending),
    'I2',
    `refunded ${refunded} of ${captured}: ${order.refundStatus}`,
  );
  const isDisputed = stripeDisputes.some(({ payment_intent: intent }) => intents.has(idOf(intent) ?? ''));
  const hasInquiryOnly = stripeDisputes.every(({ status }) => status === 'warning_closed');
  const isMarked = order.disputeStatus !== DisputeStatus.NONE;
  findings.expect(isMarked === (isDisputed && !hasInquiryOnly), 'I2', `its dispute status is ${order.disputeStatus}`);
}

/** I4: what was to go back has gone back, by refunds or through the bank, or somebody knows why it has not. */
function checkReturned(
  { refunds, stripeRefunds, stripeDisputes }: OrderFacts,
  { paymentIntentId, amountMinor, state }: Payment,
  findings: Findings,
): void {
  if (state !== PaymentState.RETURNED) return;
  const isOfPayment = ({ payment_intent: intent }: Stripe.Refund | Stripe.Dispute) => idOf(intent) === paymentIntentId;
  const disputes = stripeDisputes.filter(isOfPayment);
  const taken = disputes.reduce((total, dispute) => total + takenBy(dispute), 0);
  const isBack = sum(standing(stripeRefunds, paymentIntentId)) + taken >= amountMinor;
  const rows = refunds.filter((refund) => refund.paymentIntentId === paymentIntentId && refund.isOurs);
  findings.expect(rows.length > 0, 'I4', `payment ${paymentIntentId} was to be returned, and no refund was recorded`);
  const isUndecided = disputes.some(({ status }) => !DECIDED.has(status));
  const hasFailed = stripeRefunds.some(
    (refund) => isOfPayment(refund) && refund.status === 'failed' && refund.metadata?.application === MARKER,
  );
  const isKnown = rows.some(({ state: of }) =>
    of === RefundState.BLOCKED ? isUndecided : of === RefundState.FAILED && hasFailed,
  );
  findings.expect(isBack || isKnown, 'I4', `payment ${paymentIntentId} was to be returned, and was not`);
  const isBlocked = rows.some(({ state: of }) => of === RefundState.BLOCKED);
  findings.expect(!isBlocked || isUndecided, 'I4', 'a refund stays blocked by a dispute that is over');
}

/** What the bank has, or had and gave back. */
function takenBy({ balance_transactions: transactions }: Stripe.Dispute): number {
  return transactions.reduce((total, { amount }) => total - amount, 0);
}

/** The refunds of a payment that took, or will take, money out. */
function standing(refunds: readonly Stripe.Refund[], paymentIntentId: string): { amountMinor: number }[] {
  return refunds
    .filter(
      ({ payment_intent: intent, status }) =>
        idOf(intent) === paymentIntentId && status !== 'failed' && status !== 'canceled',
    )
    .map(({ amount }) => ({ amountMinor: amount }));
}

function sum(amounts: readonly { amountMinor: number }[]): number {
  return amounts.reduce((total, { amountMinor }) => total + amountMinor, 0);
}
