/** How much of a payment can still be refunded, and the state of a due refund that follows: pure functions. */
import { DisputeState } from '../disputes/dispute.entity.js';
import { type Refund, RefundState } from './refund.entity.js';

export interface RefundedAmount {
  amountMinor: number;
  state: RefundState;
  /** What staff claimed. */
  claimedMinor?: number | null | undefined;
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
  /** What staff can still claim: what is left, less what they have claimed and Stripe has not made. */
  claimableMinor: number;
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
  const leftMinor = unrefundedMinor - taken;
  const claimed = refunds.reduce((sum, refund) => sum + openClaimOf(refund), 0);
  const claimableMinor = Math.max(0, leftMinor - claimed);
  return { unrefundedMinor, leftMinor, claimableMinor, isUndecided: disputes.some(isUndecided) };
}

/**
 * What the buyer is still to get for a claim, or got otherwise. A claim for which Stripe had nothing left is still one:
 * the refund that was faster may not be stored yet, and may fail.
 */
function openClaimOf({ state, amountMinor, claimedMinor }: RefundedAmount): number {
  if (state === RefundState.PAID_OTHERWISE) return amountMinor;
  const isOpen = !isStanding({ state }) && state !== RefundState.CANCELED;
  return isOpen ? (claimedMinor ?? 0) : 0;
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
  refund: Pick<Refund, 'state' | 'dueState'>,
  { unrefundedMinor, leftMinor, isUndecided }: PaymentPosition,
): RefundState {
  if (unrefundedMinor <= 0) return RefundState.SETTLED_ELSEWHERE;
  if (refund.state !== RefundState.FAILED && isUndecided) return RefundState.BLOCKED;
  if (leftMinor <= 0 && !isUndecided) return RefundState.SETTLED_ELSEWHERE;
  return refund.state === RefundState.FAILED ? refund.state : refund.dueState();
}

/** A won dispute counts until its money is reinstated. */
function isUndecided({ state, takenMinor }: DisputedAmount): boolean {
  return state === DisputeState.OPEN || (state === DisputeState.WON && takenMinor > 0);
}
