/** What must hold of money that goes back: I2, I12 and I14, the rows against Stripe's own lists. */
import type Stripe from 'stripe';
import { DisputeState } from '../../../src/modules/disputes/dispute.entity.js';
import { DisputeStatus, RefundStatus } from '../../../src/modules/orders/refund-and-dispute-status.js';
import { type Payment, PaymentPurpose, PaymentState } from '../../../src/modules/payments/payment.entity.js';
import { RefundState } from '../../../src/modules/refunds/refund.entity.js';
import { RefundAttemptState } from '../../../src/modules/refunds/refund-attempt.entity.js';
import { checkClaims, takenBy } from './claim-checks.js';
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
  checkClaims(facts, isQuiet, findings);
  if (!isQuiet) return findings.violations;
  checkRefundRows(facts, findings);
  checkDisputeRows(facts, findings);
  checkColumns(facts, findings);
  for (const payment of facts.payments) {
    checkBlocked(facts, payment, findings);
    checkReturned(facts, payment, findings);
  }
  return findings.violations;
}

/**
 * I12: however often it was asked for, each refund was made once, and never more than what had come. Another attempt
 * follows only once the one before has failed.
 */
function checkRefundedOnce({ refunds, payments, stripeRefunds }: OrderFacts, findings: Findings): void {
  const ours = stripeRefunds.filter(({ metadata }) => metadata?.application === MARKER);
  for (const { id } of refunds) {
    const made = ours.filter(({ metadata, status }) => metadata?.refund_id === id && isStandingStatus(status));
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

function checkRefundRows(facts: OrderFacts, findings: Findings): void {
  const { refunds, payments, stripeRefunds } = facts;
  const counted = new Set(payments.map(({ paymentIntentId }) => paymentIntentId));
  for (const refund of stripeRefunds) {
    if (counted.has(idOf(refund.payment_intent) ?? '')) checkRefundRow(facts, refund, findings);
  }
  const isDue = refunds.some((refund) => refund.isDue());
  findings.expect(!isDue, 'I4', 'a refund stays due for ever');
}

/** What was asked for here is an attempt of the row whose id it bears; what was made in the dashboard, a row. */
function checkRefundRow({ refunds, attempts }: OrderFacts, refund: Stripe.Refund, findings: Findings): void {
  const { id, status, amount, metadata } = refund;
  const attempt = attempts.find(({ stripeRefundId }) => stripeRefundId === id);
  const row = attempt?.refund ?? refunds.find(({ stripeRefundId }) => stripeRefundId === id);
  findings.expect(row !== undefined, 'I2', `Stripe’s refund ${id} has no row`);
  if (row === undefined) return;
  const isOfRow = row.isMadeHere() ? attempt !== undefined && metadata?.refund_id === row.id : attempt === undefined;
  findings.expect(isOfRow, 'I2', `refund ${id} belongs to another row`);
  const known = attempt?.amountMinor ?? row.amountMinor;
  findings.expect(known === amount, 'I2', `refund ${id} is over ${amount}, its row over ${known}`);
  const word = (status ?? 'pending').toUpperCase();
  const isKnown = attempt
    ? attempt.state === RefundAttemptState[word as keyof typeof RefundAttemptState]
    : row.state === RefundState[word as keyof typeof RefundState];
  findings.expect(isKnown, 'I2', `refund ${id} is ${status}, its row ${row.state}, its attempt ${attempt?.state}`);
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
  // What went back of a fee, or of a deposit that was taken, is no part of what was paid for the goods.
  const ofGoods = payments.filter(({ purpose }) => purpose === PaymentPurpose.ORDER);
  const paysForGoods = (intent: string | null) => ofGoods.some(({ paymentIntentId }) => paymentIntentId === intent);
  const succeeded = stripeRefunds.filter(
    ({ status, payment_intent: intent }) => status === 'succeeded' && paysForGoods(idOf(intent)),
  );
  const refunded = succeeded.reduce((total, { amount }) => total + amount, 0);
  findings.expect(
    order.refundedMinor === refunded,
    'I2',
    `Stripe refunded ${refunded}, the order says ${order.refundedMinor}`,
  );
  const captured = sum(ofGoods);
  const paidOtherwise = sum(
    refunds.filter((refund) => refund.state === RefundState.PAID_OTHERWISE && paysForGoods(refund.paymentIntentId)),
  );
  const isFull = refunded + paidOtherwise > 0 && refunded + paidOtherwise >= captured;
  const hasPending = refunds.some((refund) => refund.isDue() || refund.state === RefundState.PENDING);
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

function checkBlocked({ refunds, stripeDisputes }: OrderFacts, { paymentIntentId }: Payment, findings: Findings): void {
  const isBlocked = refunds.some(
    (refund) => refund.paymentIntentId === paymentIntentId && refund.state === RefundState.BLOCKED,
  );
  const isUndecided = stripeDisputes.some(
    ({ payment_intent: intent, status }) => idOf(intent) === paymentIntentId && !DECIDED.has(status),
  );
  findings.expect(!isBlocked || isUndecided, 'I4', 'a refund stays blocked by a dispute that is over');
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
    of === RefundState.BLOCKED
      ? isUndecided
      : of === RefundState.PAID_OTHERWISE || (of === RefundState.FAILED && hasFailed),
  );
  findings.expect(isBack || isKnown, 'I4', `payment ${paymentIntentId} was to be returned, and was not`);
}

/** The refunds of a payment that took, or will take, money out. */
function standing(refunds: readonly Stripe.Refund[], paymentIntentId: string): { amountMinor: number }[] {
  return refunds
    .filter(({ payment_intent: intent, status }) => idOf(intent) === paymentIntentId && isStandingStatus(status))
    .map(({ amount }) => ({ amountMinor: amount }));
}

function isStandingStatus(status: string | null): boolean {
  return status !== 'failed' && status !== 'canceled';
}

function sum(amounts: readonly { amountMinor: number }[]): number {
  return amounts.reduce((total, { amountMinor }) => total + amountMinor, 0);
}
