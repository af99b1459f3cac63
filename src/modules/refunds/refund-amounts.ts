/** How much a refund by lines gives back: pure functions of what was paid and refunded, in minor units. */

/** A line, with what refunds have claimed of it so far. */
export interface RefundedLine {
  quantity: number;
  /** Paid for all of it. */
  amountMinor: number;
  refundedQuantity: number;
  refundedMinor: number;
}

/**
 * What so many more pieces are worth. All pieces together give back exactly what was paid, in however many parts: each
 * part rounds down what is refunded by then.
 */
export function shareOf(
  { quantity, amountMinor, refundedQuantity, refundedMinor }: RefundedLine,
  pieces: number,
): number {
  const byThen = Math.floor((amountMinor * (refundedQuantity + pieces)) / quantity);
  return Math.max(0, byThen - refundedMinor);
}

/** What is left to refund of a line. */
export function leftOf({ amountMinor, refundedMinor }: RefundedLine): number {
  return amountMinor - refundedMinor;
}
