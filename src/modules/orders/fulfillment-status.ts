/** How far the goods of an order are handed over: a pure function of its lines. */

export enum FulfillmentStatus {
  UNFULFILLED = 'UNFULFILLED',
  PARTIALLY_FULFILLED = 'PARTIALLY_FULFILLED',
  FULFILLED = 'FULFILLED',
  RETURNED = 'RETURNED',
  CANCELED = 'CANCELED',
}

/** What became of the pieces, or units, of a line. */
export interface LineProgress {
  quantity: number;
  /** Handed over to the buyer, or sent. */
  fulfilledQuantity: number;
  /** The shop's again, whether they had been handed over or not. */
  returnedQuantity: number;
  /** Of these, how many had been handed over. */
  receivedBackQuantity: number;
}

/** How many are still to be handed over. */
export function toFulfill(line: LineProgress): number {
  return line.quantity - line.fulfilledQuantity - (line.returnedQuantity - line.receivedBackQuantity);
}

/** How many the buyer has. */
export function withBuyer({ fulfilledQuantity, receivedBackQuantity }: LineProgress): number {
  return fulfilledQuantity - receivedBackQuantity;
}

/** @param lines of an order that is paid, or may still be */
export function fulfillmentStatusOf(lines: readonly LineProgress[]): FulfillmentStatus {
  const some = (count: (line: LineProgress) => number) => lines.some((line) => count(line) > 0);
  const isBegun = some(({ fulfilledQuantity }) => fulfilledQuantity);
  if (some(toFulfill)) return isBegun ? FulfillmentStatus.PARTIALLY_FULFILLED : FulfillmentStatus.UNFULFILLED;
  if (some(withBuyer)) return FulfillmentStatus.FULFILLED;
  return isBegun ? FulfillmentStatus.RETURNED : FulfillmentStatus.CANCELED;
}
