/** Configuration of checkouts. */
export interface CheckoutConfig {
  /** Exact origins that a buyer may be sent back to. */
  returnOrigins: string[];
  /** How long a session can be paid and its goods are held. */
  holdMinutes: number;
  /** Whether cards are saved for the deposits of rentals, which are held before the units leave. */
  deposits: boolean;
}
