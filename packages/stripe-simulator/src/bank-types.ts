/** What can be ordered of the buyers' banks and the card networks. Public, and so without the types of Stripe's SDK. */

/**
 * `card` is a chargeback, `compliance` one for a breach of the network's rules. `prevented` and `blocked` end before
 * they become chargebacks: the first by giving the money back, the second by what the bank was shown.
 */
export const DISPUTE_KINDS = ['card', 'inquiry', 'compliance', 'cartes_bancaires', 'prevented', 'blocked'] as const;

export type OpenedDisputeKind = (typeof DISPUTE_KINDS)[number];

/** Stripe's categories, which those of all networks are mapped to. */
export const DISPUTE_REASONS = [
  'credit_not_processed',
  'debit_not_authorized',
  'duplicate',
  'fraudulent',
  'general',
  'noncompliant',
  'product_not_received',
  'product_unacceptable',
  'subscription_canceled',
  'unrecognized',
] as const;

export type DisputeReason = (typeof DISPUTE_REASONS)[number];

/** What banks say of a payment that they warn of. */
export const FRAUD_TYPES = [
  'card_never_received',
  'fraudulent_card_application',
  'made_with_counterfeit_card',
  'made_with_lost_card',
  'made_with_stolen_card',
  'misc',
  'unauthorized_use_of_card',
] as const;

export type FraudType = (typeof FRAUD_TYPES)[number];

/** Stripe's words for why the money of a refund did not arrive. */
export const REFUND_FAILURE_REASONS = [
  'charge_for_pending_refund_disputed',
  'declined',
  'expired_or_canceled_card',
  'insufficient_funds',
  'lost_or_stolen_card',
  'merchant_request',
  'unknown',
] as const;

export type RefundFailureReason = (typeof REFUND_FAILURE_REASONS)[number];

export const REFUND_PENDING_REASONS = ['processing', 'insufficient_funds', 'charge_pending'] as const;

export type RefundPendingReason = (typeof REFUND_PENDING_REASONS)[number];

export interface RefundReference {
  status: 'available' | 'unavailable';
  /** A refund soon after its payment reverses it: the buyer's statement shows neither. */
  type: 'refund' | 'reversal';
}

/** What Stripe answers to the capture of money that the bank holds no longer. */
export const CAPTURE_REFUSALS = ['capture_charge_authorization_expired', 'charge_expired_for_capture'] as const;

export type CaptureRefusal = (typeof CAPTURE_REFUSALS)[number];

/** What is left out is as usual: a chargeback for fraud, of all that is left of the charge, to be answered in a week. */
export interface DisputeOpening {
  kind?: OpenedDisputeKind | undefined;
  reason?: DisputeReason | undefined;
  /** In minor units. */
  amount?: number | undefined;
  answerDays?: number | undefined;
  /** Visa hears evidence of earlier payments by the same buyer, its Compelling Evidence 3.0. */
  takesCompellingEvidence?: boolean | undefined;
}

export interface RefundFailure {
  /** Default: `expired_or_canceled_card`. */
  reason?: RefundFailureReason | undefined;
  /** At once when absent. */
  afterDays?: number | undefined;
}

/** The object of the API that was made or changed. */
interface ApiObjectWithId {
  id: string;
}

/** Each throws, with Stripe's words, for an id that is unknown and for what the object's state forbids. */
export interface BankActions {
  /** The dispute. */
  openDispute(chargeId: string, opening?: DisputeOpening): ApiObjectWithId;
  /** Makes an inquiry a chargeback, which wants an answer of its own. */
  escalateInquiry(disputeId: string): ApiObjectWithId;
  decideDispute(disputeId: string, outcome: 'won' | 'lost'): ApiObjectWithId;
  /** Lets a lost dispute be answered once more. */
  openAppeal(disputeId: string): ApiObjectWithId;
  /** Gives the money of a lost dispute back. */
  winAppeal(disputeId: string): ApiObjectWithId;
  /** The early fraud warning. Default: `misc`. */
  warnOfFraud(chargeId: string, fraudType?: FraudType): ApiObjectWithId;
  /** Ends an authorization before its time: `charge.expired`, and the payment is canceled. */
  expireHold(chargeId: string): ApiObjectWithId;
  /**
   * Lets go of what is held without telling Stripe: captures fail, and the payment requires one until its authorization
   * ends. Default: `capture_charge_authorization_expired`.
   */
  loseHold(chargeId: string, refusal?: CaptureRefusal): ApiObjectWithId;
  succeedRefund(refundId: string): ApiObjectWithId;
  failRefund(refundId: string, failure?: RefundFailure): ApiObjectWithId;
  /** Keeps it pending until it is made to succeed or fail. */
  holdRefund(refundId: string, reason: RefundPendingReason): ApiObjectWithId;
  /** Makes it wait for the buyer. */
  requireRefundAction(refundId: string): ApiObjectWithId;
  showRefundReference(refundId: string, reference?: Partial<RefundReference>): ApiObjectWithId;
}
