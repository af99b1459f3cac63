/** What the shop needs of a provider beyond its hosted pages: payments without the buyer, and sums held on a card. */
import type { CallContext } from './call-context.js';
import type { ObjectMark, OrderMark, Purpose, Span } from './object-mark.js';

/** A card that the buyer had saved, with the provider's customer that it belongs to. */
export interface SavedCard {
  customerId: string;
  paymentMethodId: string;
}

/** Everything a payment without the buyer is made from. */
export interface CardPaymentDetails extends OrderMark {
  purpose: Purpose;
  /** The row that it is made for, by which it is found again. */
  rowId: string;
  amountMinor: number;
  currency: string;
  card: SavedCard;
  /** Whether the sum is only held, until it is captured or released. */
  hold: boolean;
}

/** The request in the provider's own format: stored before it is sent, and repeated as it is. */
export type CardPaymentRequest = Record<string, unknown>;

/** A payment as the provider has it. */
export interface CardPaymentSnapshot extends ObjectMark {
  paymentIntentId: string;
  /** `held`: the sum can be captured. `open`: nothing was paid yet. A status that is not known is `open`. */
  status: 'open' | 'processing' | 'held' | 'succeeded' | 'canceled';
  amountMinor: number;
  /** What the shop got; less than the amount where only a part was captured. */
  receivedMinor: number;
  currency: string;
  /** Until when a sum that is held can be captured; null where the provider does not say. */
  captureBefore: Date | null;
  /** Whether the provider ended it because its time was over. */
  expired: boolean;
  /** Why the bank refused it, in the provider's word, such as `authentication_required`; null where it did not. */
  refusal: string | null;
  createdAt: Date;
}

export interface CardPayments {
  /**
   * The card that was saved with a payment.
   *
   * @returns null where none was, or the provider does not know the payment
   * @throws PaymentProviderError here and below
   */
  savedCard(paymentIntentId: string, call: CallContext): Promise<SavedCard | null>;

  /** Pure: the same details give the same request. */
  buildRequest(details: CardPaymentDetails): CardPaymentRequest;

  /**
   * Pays, or holds the sum, without the buyer: once for each key however often it is called.
   *
   * @returns one that the bank refused is canceled by then, so that nobody can pay it later
   * @throws PaymentProviderError `rejected` or `missing` where card or customer are gone: nothing was made then
   */
  pay(request: CardPaymentRequest, idempotencyKey: string, call: CallContext): Promise<CardPaymentSnapshot>;

  /**
   * The payment that `pay` made for a row, found where its key no longer tells what came of it. One that waits for the
   * buyer is canceled, as by `pay`.
   *
   * @param createdIn when it can have been made
   * @returns null where there is none
   */
  find(
    of: { customerId: string; rowId: string },
    createdIn: Span,
    call: CallContext,
  ): Promise<CardPaymentSnapshot | null>;

  /** The payment as it is now; null when the provider knows no such payment. */
  retrieve(paymentIntentId: string, call: CallContext): Promise<CardPaymentSnapshot | null>;

  /** Releases a sum that is held. @returns the payment afterwards: canceled, unless something else was faster */
  cancel(paymentIntentId: string, call: CallContext): Promise<CardPaymentSnapshot>;

  /**
   * Takes a part of a sum that is held, or all of it; the rest is released. A sum is captured once, however often it is
   * asked for: without a key, Stripe repeats no old answer.
   *
   * @returns the payment afterwards: it succeeded, unless something else was faster
   */
  capture(paymentIntentId: string, amountMinor: number, call: CallContext): Promise<CardPaymentSnapshot>;
}
