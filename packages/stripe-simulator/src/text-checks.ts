/** Checks of texts that several parameters share: web addresses and e-mail addresses. */
import { invalidParameter, type StripeApiError } from './errors.js';

/** Only http and https: the address becomes a link and a redirect on the checkout page. */
export function checkUrl(value: string, param: string): StripeApiError | null {
  if (/^https?:\/\/[^/]/i.test(value) && URL.canParse(value)) return null;
  const message = /^[a-z][a-z0-9+.-]*:/i.test(value)
    ? 'Not a valid URL'
    : 'Invalid URL: An explicit scheme (such as https) must be provided.';
  return invalidParameter(message, param, 'url_invalid');
}

export function checkEmail(value: string, param: string): StripeApiError | null {
  return isEmail(value) ? null : invalidParameter(`Invalid email address: ${value}`, param, 'email_invalid');
}

/** One @ between a local part and a domain with a dot, without spaces: what Stripe is known to insist on. */
export function isEmail(value: string): boolean {
  return /^[^\s@<>(),;:"[\]\\]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}$/i.test(value);
}
