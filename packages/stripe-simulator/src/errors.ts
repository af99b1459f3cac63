/** Every error the API answers with: Stripe's types, codes and messages in one place. */
import type Stripe from 'stripe';

export interface StripeErrorFields {
  type: Stripe.RawErrorType;
  message: string;
  code?: string;
  param?: string;
  /** What a failed payment says of itself: its PaymentIntent, charge and method, and the bank's reason. */
  payment?: FailedPayment;
}

interface FailedPayment {
  charge?: string;
  decline_code?: string;
  payment_intent: Stripe.PaymentIntent;
  payment_method?: Stripe.PaymentMethod;
}

/**
 * An error with the HTTP status and body that Stripe would send.
 *
 * `atValidation` tells a request that was rejected from one that was executed and failed: Stripe stores the answer of
 * the latter under its idempotency key, never that of the former.
 */
export class StripeApiError extends Error {
  constructor(
    readonly status: number,
    readonly fields: StripeErrorFields,
    readonly options: { atValidation?: boolean; headers?: Record<string, string> } = {},
  ) {
    super(fields.message);
  }

  get isStorable(): boolean {
    return isStorableStatus(this.status) && this.options.atValidation !== true;
  }

  body(accountId: string, requestId: string): string {
    return JSON.stringify({ error: { ...errorWithLinks(this.fields, accountId, requestId) } }, null, 2);
  }
}

/** Responses about the request's way to the API, not about its execution, are never replayed. */
function isStorableStatus(status: number): boolean {
  return status !== 401 && status !== 409 && status !== 429;
}

/** A parameter that failed validation. `param` is in bracket syntax, as Stripe names nested ones. */
export function invalidParameter(message: string, param: string, code?: string): StripeApiError {
  const fields: StripeErrorFields = { type: 'invalid_request_error', message, param };
  return new StripeApiError(400, code === undefined ? fields : { ...fields, code }, { atValidation: true });
}

/** The object named in the URL, or by a parameter (then `param` names it and Stripe answers 400), is not there. */
export function missingObject(objectType: string, id: string, param?: string): StripeApiError {
  return new StripeApiError(
    param === undefined ? 404 : 400,
    {
      type: 'invalid_request_error',
      code: 'resource_missing',
      message: `No such ${objectType}: '${id}'`,
      param: param ?? 'id',
    },
    { atValidation: param !== undefined },
  );
}

/** The request was understood and executed, and the object's state forbids it. */
export function invalidState(message: string, code?: string): StripeApiError {
  return new StripeApiError(400, { type: 'invalid_request_error', message, ...(code === undefined ? {} : { code }) });
}

/** A payment that was attempted and did not come about: what the PaymentIntent's last error says, and the intent. */
export function paymentFailure(paymentIntent: Stripe.PaymentIntent): StripeApiError {
  const { charge, code, decline_code, message, payment_method } = paymentIntent.last_payment_error ?? {};
  const payment: FailedPayment = {
    ...(charge === undefined ? {} : { charge }),
    ...(decline_code === undefined ? {} : { decline_code }),
    payment_intent: paymentIntent,
    ...(payment_method === undefined ? {} : { payment_method }),
  };
  const fields = { code: code ?? 'card_declined', message: message ?? 'Your card was declined.', payment };
  return new StripeApiError(402, { type: 'card_error', ...fields });
}

/** The PaymentIntent is beyond, or not yet at, what was asked of it; or it asks for what there is not. */
export function unexpectedState(
  paymentIntent: Stripe.PaymentIntent,
  message: string,
  code = 'payment_intent_unexpected_state',
): StripeApiError {
  const fields = { code, message, payment: { payment_intent: paymentIntent } };
  return new StripeApiError(400, { type: 'invalid_request_error', ...fields });
}

/** Stripe does it, the simulator does not. The message says so, so that nobody looks for a fault in their own code. */
export function notImplemented(param: string, what: string): StripeApiError {
  const message = `The Stripe simulator does not implement ${what} yet. Stripe itself accepts it.`;
  return invalidParameter(message, param, 'simulator_not_implemented');
}

/** A body that cannot be read at all. */
export function malformedBody(message: string): StripeApiError {
  return new StripeApiError(400, { type: 'invalid_request_error', message }, { atValidation: true });
}

export function unrecognizedUrl(method: string, path: string): StripeApiError {
  const message =
    `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at ` +
    'https://support.stripe.com/. (The Stripe simulator implements a part of the API.)';
  return new StripeApiError(404, { type: 'invalid_request_error', message }, { atValidation: true });
}

export function invalidApiKey(message: string): StripeApiError {
  return new StripeApiError(401, { type: 'invalid_request_error', message });
}

export function publishableKey(): StripeApiError {
  const message =
    'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of ' +
    'your API keys at https://dashboard.stripe.com/account/apikeys.';
  const fields: StripeErrorFields = { type: 'invalid_request_error', code: 'secret_key_required', message };
  return new StripeApiError(403, fields, { atValidation: true });
}

export function invalidApiVersion(version: string): StripeApiError {
  const message = `Invalid Stripe API version: ${version}`;
  return new StripeApiError(400, { type: 'invalid_request_error', message }, { atValidation: true });
}

export function idempotencyMismatch(message: string): StripeApiError {
  return new StripeApiError(400, { type: 'idempotency_error', message }, { atValidation: true });
}

export function idempotencyKeyInUse(key: string): StripeApiError {
  const message =
    'There is currently another in-progress request using this Idempotent Key (that probably means you submitted ' +
    `twice, and the other request is still going through): ${key}. Please try again later.`;
  return new StripeApiError(
    409,
    { type: 'idempotency_error', code: 'idempotency_key_in_use', message },
    { headers: { 'Stripe-Should-Retry': 'true' } },
  );
}

/** An error of the simulator itself, or one that a test asked for. */
export function failureWithStatus(status: number, code?: string): StripeApiError {
  if (status === 429 && code === 'lock_timeout') {
    const message =
      'This object cannot be accessed right now because another API request or Stripe process is currently accessing ' +
      'it. If you see this error intermittently, retry the request. If you see this error frequently and are making ' +
      'multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more ' +
      'details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.';
    return new StripeApiError(429, { type: 'invalid_request_error', code, message });
  }
  if (status === 429) {
    const message =
      'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.';
    return new StripeApiError(429, { type: 'rate_limit_error', code: 'rate_limit', message });
  }
  if (status === 409) {
    const message = 'This object cannot be accessed right now because another request is currently accessing it.';
    return new StripeApiError(409, { type: 'invalid_request_error', code: 'lock_timeout', message });
  }
  if (status === 401) return invalidApiKey('Invalid API Key provided.');
  const type = status < 500 ? 'invalid_request_error' : 'api_error';
  return new StripeApiError(status, { type, message: 'Sorry! There was an error while talking to Stripe.' });
}

function errorWithLinks(fields: StripeErrorFields, accountId: string, requestId: string) {
  const { code, param, message, type, payment } = fields;
  const links = {
    request_log_url: `https://dashboard.stripe.com/${accountId}/test/workbench/logs?object=${requestId}`,
  };
  if (code === undefined) return { message, param, ...payment, type, ...links };
  return {
    code,
    doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
    message,
    param,
    ...payment,
    type,
    ...links,
  };
}
