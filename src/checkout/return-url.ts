/** Where a buyer may be sent back to: the shop's own pages and nowhere else. */
import { DomainError } from '../shared/domain-error.js';

/** Stands for the order's id in a return URL; Stripe itself fills in `{CHECKOUT_SESSION_ID}`. */
const ORDER_ID_PLACEHOLDER = '{ORDER_ID}';

/**
 * Checks a return URL against the exact origins allowed. The raw text must begin with the origin itself:
 * what a URL parser would first repair (backslashes, line breaks, user names, exotic hosts) never passes.
 *
 * @throws DomainError `RETURN_URL_NOT_ALLOWED` naming the field
 */
export function checkReturnUrl(field: string, url: string, allowedOrigins: readonly string[]): void {
  const origin = allowedOrigins.find(
    (allowed) => url.startsWith(allowed) && /^[/?#]|^$/.test(url.slice(allowed.length)),
  );
  const clean = /^[\x21-\x7e]+$/.test(url) && !url.includes('\\');
  if (origin === undefined || !clean || !URL.canParse(url) || new URL(url).origin !== origin) {
    throw DomainError.ofFields('RETURN_URL_NOT_ALLOWED', {
      [field]: `must begin with one of the shop's origins: ${allowedOrigins.join(', ')}`,
    });
  }
}

/** The URL with the order's id in the place that was kept for it; nothing else changes. */
export function withOrderId(url: string, orderId: string): string {
  return url.replaceAll(ORDER_ID_PLACEHOLDER, orderId);
}
