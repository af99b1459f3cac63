/** How much of a payment can still be refunded, and the state of a due refund that follows: pure functions. */
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
  /** What refunds have left of it: what Stripe would refund without an amount. */
  unrefundedMinor: number;
  /** What disputes have left of that: what the shop still has. Negative where a bank withdrew what was refunded. */
  leftMinor: number;
  /** A dispute may still withdraw it, or has yet to reinstate it. */
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

/** Whether it has moved, or will move, money as far as is known. */
export function isStanding({ state }: { state: RefundState }): boolean {
  return state === RefundState.PENDING || state === RefundState.SUCCEEDED;
}

/**
 * The next state of a refund that Stripe has not made. Never final: the refund that replaced it may fail, and a dispute
 * that was lost may be won on appeal. A failed refund waits for staff, unless nothing is left to refund.
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

/** A won dispute counts until its money is reinstated. */
function isUndecided({ state, takenMinor }: DisputedAmount): boolean {
  return state === DisputeState.OPEN || (state === DisputeState.WON && takenMinor > 0);
}
