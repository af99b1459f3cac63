/** The hold state of the goods of an order line. Goods move by this state only, never by the order's status. */
export enum HoldState {
  /** Held for an order that may still be paid. */
  HELD = 'HELD',
  /** Paid for. */
  CONFIRMED = 'CONFIRMED',
  /** Back on offer. */
  RELEASED = 'RELEASED',
  /** Had been paid for, and all of it is the shop's again; for good. */
  RETURNED = 'RETURNED',
}
