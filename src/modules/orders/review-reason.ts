/** Why staff have to look at the money of an order. */
export enum ReviewReason {
  AMOUNT_MISMATCH = 'AMOUNT_MISMATCH',
  OTHER_SESSION = 'OTHER_SESSION',
  UNKNOWN_AT_STRIPE = 'UNKNOWN_AT_STRIPE',
  PAYMENT_OVERDUE = 'PAYMENT_OVERDUE',
  /** Written by another version of this program. */
  OTHER = 'OTHER',
}
