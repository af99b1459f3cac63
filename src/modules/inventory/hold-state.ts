/** Where the goods of an order line stand. They move by this state alone, never by the order's status. */
export enum HoldState {
  /** Kept for an order that may still be paid. */
  HELD = 'HELD',
  /** Paid for. */
  CONFIRMED = 'CONFIRMED',
  /** Back on offer. */
  RELEASED = 'RELEASED',
}
