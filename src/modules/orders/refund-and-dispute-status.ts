/** The refund and dispute status of an order, beside its status, which refunds and disputes do not change. */

export enum RefundStatus {
  NONE = 'NONE',
  /** Some of it is due, or on its way. */
  PENDING = 'PENDING',
  PARTIAL = 'PARTIAL',
  FULL = 'FULL',
  /** A refund did not reach the buyer; staff must look into it. */
  FAILED = 'FAILED',
}

export enum DisputeStatus {
  NONE = 'NONE',
  /** The bank inquires; no money was withdrawn. */
  INQUIRY = 'INQUIRY',
  /** The bank has withdrawn the money until it is decided. */
  OPEN = 'OPEN',
  WON = 'WON',
  LOST = 'LOST',
}
