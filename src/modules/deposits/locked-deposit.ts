/** A deposit with all that is known of it, and what it says of itself by that. */
import type { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import {
  CaptureState,
  type Deposit,
  type DepositCapture,
  type DepositHold,
  DepositHoldState,
  DepositState,
} from './deposit.entity.js';
import { currentHold, type DepositFacts, heldUntil, isRefused, releaseOf, type Step, stateOf } from './deposit-plan.js';

/** Its order is locked. */
export interface LockedDeposit {
  order: Order;
  deposit: Deposit;
  capture: DepositCapture | null;
  facts: DepositFacts<DepositHold>;
}

/** A step for which nobody is asked. */
type FinalStep = Extract<Step<DepositHold>, { kind: 'wait' | 'settle' }>;

/** Where it stands. */
export function describe({ deposit, facts }: LockedDeposit): void {
  const { holds } = facts;
  const isTaken = holds.some(({ state }) => state === DepositHoldState.CAPTURED);
  // What is left of it is still to be released.
  if (isTaken || deposit.isSettled()) return;
  const current = currentHold(holds);
  deposit.state = stateOf(facts);
  deposit.heldUntil = current && heldUntil(current);
}

/** What the deposit says of itself until it is looked at again. */
export function conclude(locked: LockedDeposit, step: FinalStep): void {
  const { order, deposit, capture, facts } = locked;
  const { now, holds } = facts;
  if (step.kind === 'settle') {
    Object.assign(deposit, {
      state: step.state,
      settledAt: now,
      heldUntil: null,
      nextLookAt: null,
      waitingSince: null,
    });
    if (step.state !== DepositState.RELEASED || !holds.some(({ paymentIntentId }) => paymentIntentId)) return;
    const actor = deposit.releasedBy ?? 'system';
    const note = deposit.releaseNote ?? null;
    order.addTimelineEntry({ at: now, cause: OrderEventCause.DEPOSIT_RELEASED, actor, note });
    return;
  }
  describe(locked);
  deposit.releaseAt = releaseOf(facts);
  deposit.nextLookAt = step.until;
  const isLost = deposit.state === DepositState.EXPIRED || capture?.state === CaptureState.FAILED;
  const waits = isRefused(holds) || isLost;
  deposit.waitingSince = waits ? (deposit.waitingSince ?? now) : null;
}
