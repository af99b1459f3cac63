/** What Stripe's errors mean for the shop. */
import Stripe from 'stripe';
import { PaymentProviderError } from './payment-gateway.js';

/**
 * Only a 400 that is not about the key proves that nothing was done. Timeouts, 401, 403, 404, 409, 429 and 5xx
 * do not: the order must survive them.
 */
export function toProviderError(error: unknown): PaymentProviderError {
  if (error instanceof PaymentProviderError) return error;
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const options = { cause: error };
  const status = error.statusCode ?? 0;
  const replayed = error.headers?.['idempotent-replayed'] === 'true';
  if (status >= 500 && replayed) {
    return new PaymentProviderError('broken', 'Stripe repeats a server error for this key.', null, options);
  }
  if (isMissing(error)) {
    return new PaymentProviderError('missing', 'Stripe does not find the object.', error.param ?? null, options);
  }
  if (error instanceof Stripe.errors.StripeInvalidRequestError && status === 400) {
    return new PaymentProviderError('rejected', 'Stripe rejected the request.', error.param ?? null, options);
  }
  return new PaymentProviderError('unavailable', 'Stripe could not be reached or was busy.', null, options);
}

/** Whether the same request may succeed a moment later. */
export function mayPass({ kind, cause }: PaymentProviderError): boolean {
  const { StripeAuthenticationError, StripePermissionError } = Stripe.errors;
  const isRejectedKey = cause instanceof StripeAuthenticationError || cause instanceof StripePermissionError;
  return kind === 'unavailable' && !isRejectedKey;
}

/**
 * Whether Stripe itself says that there is no such object: with 404 for one in the path, with 400 for one in a
 * parameter.
 * A 404 for an unknown path, or of a proxy, proves nothing.
 */
function isMissing({ statusCode, code }: Stripe.errors.StripeError): boolean {
  return (statusCode === 404 || statusCode === 400) && code === 'resource_missing';
}

/** Whether the key is valid, but not permitted to do this. */
export function isForbidden({ cause }: PaymentProviderError): boolean {
  return cause instanceof Stripe.errors.StripePermissionError;
}

/** Stripe's word for why it rejected a request, such as `charge_disputed`. */
export function rejectionCode({ cause }: PaymentProviderError): string | null {
  return cause instanceof Stripe.errors.StripeError ? (cause.code ?? null) : null;
}

/** What an operator needs, without the message, which may repeat what the buyer typed. */
export function diagnosis(error: unknown): object {
  if (!(error instanceof Stripe.errors.StripeError)) return {};
  return {
    status: error.statusCode,
    type: error.type,
    code: error.code,
    param: error.param,
    requestId: error.requestId,
  };
}
