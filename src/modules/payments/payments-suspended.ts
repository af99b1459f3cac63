/** The error that callers get while this process must not call Stripe. */
import { DomainError } from '../../platform/kernel/domain-error.js';

/** Sending the request again does not help: the operator has to act first. */
export function paymentsSuspended(): DomainError {
  return new DomainError(
    'PAYMENTS_SUSPENDED',
    'The shop takes no payments at present. Nothing was charged; its operator has to act before trying again helps.',
  );
}
