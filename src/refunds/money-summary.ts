/** How an order's payments, refunds and disputes add up: a pure function. */
import { DisputeState } from '../disputes/dispute.entity.js';
import { DisputeStatus, RefundStatus } from '../orders/money-status.js';
import { RefundState } from './refund.entity.js';

interface Amount {
  amountMinor: number;
  currency: string;
}

export interface MoneySummary {
  refundedMinor: number;
  refundStatus: RefundStatus;
  disputeStatus: DisputeStatus;
}

/** @param currency the order's: what came in another one counts for the status, not for the amount */
export function summarize(
  currency: string,
  payments: readonly Amount[],
  refunds: readonly (Amount & { state: RefundState })[],
  disputes: readonly { state: DisputeState }[],
): MoneySummary {
  const succeeded = refunds.filter(({ state }) => state === RefundState.SUCCEEDED);
  return {
    refundedMinor: sum(succeeded.filter((refund) => refund.currency === currency)),
    refundStatus: refundStatusOf(sum(payments), sum(succeeded), refunds),
    disputeStatus: disputeStatusOf(disputes),
  };
}

function refundStatusOf(received: number, refunded: number, refunds: readonly { state: RefundState }[]): RefundStatus {
  const some = (...states: RefundState[]) => refunds.some(({ state }) => states.includes(state));
  if (some(RefundState.DUE, RefundState.PENDING)) return RefundStatus.PENDING;
  if (refunded > 0 && refunded >= received) return RefundStatus.FULL;
  if (some(RefundState.FAILED, RefundState.BLOCKED)) return RefundStatus.FAILED;
  return refunded > 0 ? RefundStatus.PARTIAL : RefundStatus.NONE;
}

/** The one that matters most: an open dispute before lost, lost before won, and an inquiry last. */
function disputeStatusOf(disputes: readonly { state: DisputeState }[]): DisputeStatus {
  const ranked: [DisputeState, DisputeStatus][] = [
    [DisputeState.OPEN, DisputeStatus.OPEN],
    [DisputeState.LOST, DisputeStatus.LOST],
    [DisputeState.WON, DisputeStatus.WON],
    [DisputeState.INQUIRY, DisputeStatus.INQUIRY],
  ];
  const worst = ranked.find(([state]) => disputes.some((dispute) => dispute.state === state));
  return worst ? worst[1] : DisputeStatus.NONE;
}

function sum(amounts: readonly Amount[]): number {
  return amounts.reduce((total, { amountMinor }) => total + amountMinor, 0);
}
