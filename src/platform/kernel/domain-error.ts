/** Errors that a caller of the API can act on; everything else is a bug and is masked. */

/** The stable codes of the public contract, as `extensions.code` of a GraphQL error. */
export type DomainErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'NOT_FOUND'
  | 'VERSION_CONFLICT'
  | 'OUT_OF_STOCK'
  | 'NOT_AVAILABLE'
  | 'RENTAL_OVER'
  | 'PRICE_CHANGED'
  | 'IDEMPOTENCY_CONFLICT'
  | 'DEPOSIT_TERMS_REQUIRED'
  | 'RETURN_URL_NOT_ALLOWED'
  | 'ORDER_NOT_CANCELLABLE'
  | 'ORDER_NOT_UNDER_REVIEW'
  | 'NO_PAYMENT_TO_ACCEPT'
  | 'PAYMENT_ALREADY_REFUNDED'
  | 'REFUND_NOT_RETRYABLE'
  | 'REFUND_EXCEEDS_PAYMENT'
  | 'NO_PAYMENT_TO_REFUND'
  | 'PAYMENT_UNDER_REVIEW'
  | 'PAYMENT_PROCESSING'
  | 'DISPUTE_NOT_ANSWERABLE'
  | 'EVIDENCE_ALREADY_SUBMITTED'
  | 'DEPOSIT_NOT_HELD'
  | 'DEPOSIT_ALREADY_CAPTURED'
  | 'CAPTURE_EXCEEDS_DEPOSIT'
  | 'NO_SAVED_CARD'
  | 'FEE_ALREADY_CHARGED'
  | 'FEE_NOT_WAIVABLE'
  | 'WITHDRAWAL_NOT_POSSIBLE'
  | 'ORDER_REFUNDED'
  | 'ORDER_DISPUTED'
  | 'CUSTOMER_HAS_OPEN_ORDERS'
  | 'PAYMENT_PROVIDER_UNAVAILABLE'
  | 'PAYMENTS_SUSPENDED'
  | 'DATABASE_UNAVAILABLE'
  | 'RATE_LIMITED'
  | 'OPERATION_NOT_SAFELISTED'
  | 'INTERNAL_SERVER_ERROR';

/** Path of an input field, such as `items[0].quantity`, to what is wrong with it. */
export type FieldErrors = Record<string, string>;

export class DomainError extends Error {
  override readonly name = 'DomainError';

  /**
   * @param details further members of `extensions`, public by definition: never a secret, nor another buyer's data
   */
  constructor(
    readonly code: DomainErrorCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** An error that names the input fields at fault. */
  static ofFields(code: DomainErrorCode, fields: FieldErrors): DomainError {
    const summary = Object.entries(fields).map(([path, problem]) => `${path}: ${problem}`);
    return new DomainError(code, summary.join('; '), { fields });
  }

  static badInput(path: string, problem: string): DomainError {
    return DomainError.ofFields('BAD_USER_INPUT', { [path]: problem });
  }
}
