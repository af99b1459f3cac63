/** What waits for a person, and what they can do about it. */

export enum AttentionKind {
  PAYMENT_UNDER_REVIEW = 'PAYMENT_UNDER_REVIEW',
  REFUND_FAILED = 'REFUND_FAILED',
  REFUND_BLOCKED = 'REFUND_BLOCKED',
  REFUND_STUCK = 'REFUND_STUCK',
  REFUNDED_STILL_BOOKED = 'REFUNDED_STILL_BOOKED',
  DISPUTED_STILL_BOOKED = 'DISPUTED_STILL_BOOKED',
  RENTAL_OVERDUE = 'RENTAL_OVERDUE',
  BOOKING_AT_RISK = 'BOOKING_AT_RISK',
  WEBHOOK_EVENT_DEAD = 'WEBHOOK_EVENT_DEAD',
}

/** Named as the mutations. */
export enum AttentionAction {
  ACCEPT_PAYMENT = 'ACCEPT_PAYMENT',
  REJECT_PAYMENT = 'REJECT_PAYMENT',
  RETRY_REFUND = 'RETRY_REFUND',
  CLOSE_REFUND = 'CLOSE_REFUND',
  RELEASE_LINE = 'RELEASE_LINE',
  MARK_FULFILLED = 'MARK_FULFILLED',
  MARK_PICKED_UP = 'MARK_PICKED_UP',
  MARK_RETURNED = 'MARK_RETURNED',
  REASSIGN_UNIT = 'REASSIGN_UNIT',
  UNBLOCK_UNIT = 'UNBLOCK_UNIT',
  REPLAY_WEBHOOK_EVENT = 'REPLAY_WEBHOOK_EVENT',
}

/** The most usual one first. */
export const actionsOn: Readonly<Record<AttentionKind, readonly AttentionAction[]>> = {
  [AttentionKind.PAYMENT_UNDER_REVIEW]: [AttentionAction.ACCEPT_PAYMENT, AttentionAction.REJECT_PAYMENT],
  [AttentionKind.REFUND_FAILED]: [AttentionAction.RETRY_REFUND, AttentionAction.CLOSE_REFUND],
  [AttentionKind.REFUND_BLOCKED]: [AttentionAction.RETRY_REFUND],
  [AttentionKind.REFUND_STUCK]: [AttentionAction.RETRY_REFUND],
  [AttentionKind.REFUNDED_STILL_BOOKED]: [
    AttentionAction.RELEASE_LINE,
    AttentionAction.MARK_FULFILLED,
    AttentionAction.MARK_PICKED_UP,
  ],
  [AttentionKind.DISPUTED_STILL_BOOKED]: [
    AttentionAction.RELEASE_LINE,
    AttentionAction.MARK_FULFILLED,
    AttentionAction.MARK_PICKED_UP,
  ],
  [AttentionKind.RENTAL_OVERDUE]: [AttentionAction.MARK_RETURNED],
  [AttentionKind.BOOKING_AT_RISK]: [AttentionAction.REASSIGN_UNIT, AttentionAction.UNBLOCK_UNIT],
  [AttentionKind.WEBHOOK_EVENT_DEAD]: [AttentionAction.REPLAY_WEBHOOK_EVENT],
};
