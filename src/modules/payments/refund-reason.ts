/** Why money goes back to a buyer. */
export enum RefundReason {
  DUPLICATE_PAYMENT = 'DUPLICATE_PAYMENT',
  OTHER_PAYMENT_UNDER_REVIEW = 'OTHER_PAYMENT_UNDER_REVIEW',
  PAYMENT_REJECTED = 'PAYMENT_REJECTED',
  GOODS_UNAVAILABLE = 'GOODS_UNAVAILABLE',
  FEE_WAIVED = 'FEE_WAIVED',
  RENTAL_OVER = 'RENTAL_OVER',
  REFUND_REVERSED = 'REFUND_REVERSED',
  MADE_AT_STRIPE = 'MADE_AT_STRIPE',
  BUYER_CANCELED = 'BUYER_CANCELED',
  WITHDRAWAL = 'WITHDRAWAL',
  DAMAGED = 'DAMAGED',
  NOT_DELIVERED = 'NOT_DELIVERED',
  LATE = 'LATE',
  GOODWILL = 'GOODWILL',
  DUPLICATE = 'DUPLICATE',
  FRAUD = 'FRAUD',
  /** Written by another version of this program. */
  OTHER = 'OTHER',
}

/** Those that staff can give. */
export enum RefundRequestReason {
  BUYER_CANCELED = 'BUYER_CANCELED',
  WITHDRAWAL = 'WITHDRAWAL',
  DAMAGED = 'DAMAGED',
  NOT_DELIVERED = 'NOT_DELIVERED',
  LATE = 'LATE',
  GOODWILL = 'GOODWILL',
  DUPLICATE = 'DUPLICATE',
  FRAUD = 'FRAUD',
}

/** The reason with its words for staff, up to 300 characters. */
export interface RefundGrounds {
  reason: RefundReason;
  note: string | null;
}
