/** How much of a payment can still go back, and what that makes of a refund that is due: pure functions. */
import { DisputeState } from '../disputes/dispute.entity.js';
import { RefundState } from './refund.entity.js';

export interface RefundedAmount {
  amountMinor: number;
  state: RefundState;
}

export interface DisputedAmount {
  takenMinor: number;
  state: DisputeState;
}

export interface PaymentPosition {
  /** What refunds have left of it, and Stripe would send without an amount. */
  unrefundedMinor: number;
  /** What disputes have left of that: what the shop still has. Below nothing where a bank took what was refunded. */
  leftMinor: number;
  /** A dispute may still take it, or is yet to give it back. */
  isUndecided: boolean;
}

export function positionOf(
  receivedMinor: number,
  refunds: readonly RefundedAmount[],
  disputes: readonly DisputedAmount[],
): PaymentPosition {
  const refunded = refunds.filter(isStanding).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const taken = disputes.reduce((sum, { takenMinor }) => sum + takenMinor, 0);
  const unrefundedMinor = receivedMinor - refunded;
  return { unrefundedMinor, leftMinor: unrefundedMinor - taken, isUndecided: disputes.some(isUndecided) };
}

/** Whether it took, or will take, money out as far as anybody knows. */
export function isStanding({ state }: { state: RefundState }): boolean {
  return state === RefundState.PENDING || state === RefundState.SUCCEEDED;
}

/**
 * What becomes of a refund that Stripe has not made. Never for good: a refund that settled it may fail, and a dispute that
 * was lost may be won on appeal. One that failed stays with staff, unless nothing is left to send.
 */
export function unsentState(
  state: RefundState,
  { unrefundedMinor, leftMinor, isUndecided }: PaymentPosition,
): RefundState {
  if (unrefundedMinor <= 0) return RefundState.SETTLED_ELSEWHERE;
  if (state !== RefundState.FAILED && isUndecided) return RefundState.BLOCKED;
  if (leftMinor <= 0 && !isUndecided) return RefundState.SETTLED_ELSEWHERE;
  return state === RefundState.FAILED ? state : RefundState.DUE;
}

/** A won one counts until its money is back. */
function isUndecided({ state, takenMinor }: DisputedAmount): boolean {
  return state === DisputeState.OPEN || (state === DisputeState.WON && takenMinor > 0);
}
