/** Summarizes an order's payments, refunds and disputes: a pure function. */
import { DisputeState } from '../disputes/dispute.entity.js';
import { DisputeStatus, RefundStatus } from '../orders/refund-and-dispute-status.js';
import { PaymentPurpose } from '../payments/payment.entity.js';
import { type DisputedAmount, isStanding, positionOf, type RefundedAmount } from './payment-position.js';
import { RefundState } from './refund.entity.js';

interface OfPayment {
  paymentIntentId: string;
}

interface PaymentRow extends OfPayment {
  amountMinor: number;
  purpose: PaymentPurpose;
  currency: string;
}

interface RefundRow extends OfPayment, RefundedAmount {
  currency: string;
  createdAt: Date;
  recordedAt?: Date | null | undefined;
  failedAt?: Date | null | undefined;
}

type DisputeRow = OfPayment & DisputedAmount;

/** The rows of one order. */
export interface PaymentRows {
  payments: readonly PaymentRow[];
  refunds: readonly RefundRow[];
  disputes: readonly DisputeRow[];
}

export interface PaymentSummary {
  refundedMinor: number;
  refundStatus: RefundStatus;
  disputeStatus: DisputeStatus;
}

/** @param currency the order's; a payment in another currency counts for the status, not for the amount */
export function summarize(currency: string, rows: PaymentRows): PaymentSummary {
  // What went back of a fee is no part of what was paid for the order.
  const ofOrder = new Set(rows.payments.filter(paysForGoods).map(({ paymentIntentId }) => paymentIntentId));
  const refunds = rows.refunds.filter(({ paymentIntentId }) => ofOrder.has(paymentIntentId));
  const succeeded = refunds.filter(({ state }) => state === RefundState.SUCCEEDED);
  const paidOtherwise = refunds.filter(({ state }) => state === RefundState.PAID_OTHERWISE);
  return {
    refundedMinor: sum(succeeded.filter((refund) => refund.currency === currency)),
    refundStatus: refundStatusOf(rows, sum(succeeded) + sum(paidOtherwise)),
    disputeStatus: disputeStatusOf(rows.disputes),
  };
}

/** Whether a refund failed, and no later refund, nor the bank, made up for it. */
export function hasUnmetFailure({ payments, refunds, disputes }: PaymentRows): boolean {
  return payments.some(({ paymentIntentId, amountMinor }) => {
    const isOfPayment = (row: OfPayment) => row.paymentIntentId === paymentIntentId;
    const own = refunds.filter(isOfPayment);
    if (positionOf(amountMinor, own, disputes.filter(isOfPayment)).leftMinor <= 0) return false;
    // What staff claimed is owed by itself, whatever else is refunded.
    const [claims, others] = [own.filter(isClaim), own.filter((refund) => !isClaim(refund))];
    return claims.some(({ state }) => state === RefundState.FAILED) || missing(others, own) > 0;
  });
}

function refundStatusOf(rows: PaymentRows, refunded: number): RefundStatus {
  const some = (...states: RefundState[]) => rows.refunds.some(({ state }) => states.includes(state));
  if (some(RefundState.DUE, RefundState.REQUESTED, RefundState.PENDING)) return RefundStatus.PENDING;
  if (refunded > 0 && refunded >= sum(rows.payments.filter(paysForGoods))) return RefundStatus.FULL;
  if (some(RefundState.BLOCKED) || hasUnmetFailure(rows)) return RefundStatus.FAILED;
  return refunded > 0 ? RefundStatus.PARTIAL : RefundStatus.NONE;
}

function paysForGoods({ purpose }: PaymentRow): boolean {
  return purpose === PaymentPurpose.ORDER;
}

function isClaim({ claimedMinor }: RefundRow): boolean {
  return claimedMinor != null;
}

/**
 * What failed, less what was refunded of the payment after the failure was known, by staff as well: a refund that was
 * made before it was for another reason.
 */
function missing(others: readonly RefundRow[], all: readonly RefundRow[]): number {
  const failures = others
    .filter(({ state }) => state === RefundState.FAILED)
    .map(({ amountMinor, failedAt, createdAt }) => ({ at: failedAt ?? createdAt, minor: amountMinor }));
  const madeUp = all
    .filter(isStanding)
    .map(({ amountMinor, recordedAt, createdAt }) => ({ at: recordedAt ?? createdAt, minor: -amountMinor }));
  // At the same moment, the failure comes first.
  return [...failures, ...madeUp]
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || b.minor - a.minor)
    .reduce((total, { minor }) => Math.max(0, total + minor), 0);
}

/** The most important one: an open dispute before a lost one, then an inquiry, and a won one last. */
function disputeStatusOf(disputes: readonly DisputeRow[]): DisputeStatus {
  const ranked: [DisputeState, DisputeStatus][] = [
    [DisputeState.OPEN, DisputeStatus.OPEN],
    [DisputeState.LOST, DisputeStatus.LOST],
    [DisputeState.INQUIRY, DisputeStatus.INQUIRY],
    [DisputeState.WON, DisputeStatus.WON],
  ];
  const worst = ranked.find(([state]) => disputes.some((dispute) => dispute.state === state));
  return worst ? worst[1] : DisputeStatus.NONE;
}

function sum(amounts: readonly { amountMinor: number }[]): number {
  return amounts.reduce((total, { amountMinor }) => total + amountMinor, 0);
}
