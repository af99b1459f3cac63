/** How much of an order's money has gone, or may go, back: beside its status, which refunds and disputes leave alone. */

export enum RefundStatus {
  NONE = 'NONE',
  /** Some of it is on its way back. */
  PENDING = 'PENDING',
  PARTIAL = 'PARTIAL',
  FULL = 'FULL',
  /** A refund did not reach the buyer; staff must look at it. */
  FAILED = 'FAILED',
}

export enum DisputeStatus {
  NONE = 'NONE',
  /** The bank asks; no money has been taken. */
  INQUIRY = 'INQUIRY',
  /** The bank has taken the money back until it is decided. */
  OPEN = 'OPEN',
  WON = 'WON',
  LOST = 'LOST',
}
