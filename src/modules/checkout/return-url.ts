/** Validates return URLs: only the shop's own pages. */
import { DomainError } from '../../platform/kernel/domain-error.js';

// Also percent-encoded, as by `URLSearchParams` and forms.
const ORDER_ID_PLACEHOLDER = /\{ORDER_ID\}|%7[Bb]ORDER_ID%7[Dd]/g;
const ENCODED_SESSION_ID_PLACEHOLDER = /%7[Bb]CHECKOUT_SESSION_ID%7[Dd]/g;
/** The placeholder that Stripe replaces by the id of its session. */
const SESSION_ID_PLACEHOLDER = '{CHECKOUT_SESSION_ID}';

/**
 * Checks a return URL against the exact origins allowed. The raw text must begin with the origin itself:
 * what a URL parser would first normalize (backslashes, line breaks, user names, exotic hosts) never passes.
 *
 * @throws DomainError `RETURN_URL_NOT_ALLOWED` naming the field
 */
export function checkReturnUrl(field: string, url: string, allowedOrigins: readonly string[]): void {
  const problem = problemOf(url, allowedOrigins);
  if (problem !== null) throw DomainError.ofFields('RETURN_URL_NOT_ALLOWED', { [field]: problem });
}

function problemOf(url: string, allowedOrigins: readonly string[]): string | null {
  const origin = allowedOrigins.find(
    (allowed) => url.startsWith(allowed) && /^[/?#]|^$/.test(url.slice(allowed.length)),
  );
  if (origin === undefined) return `must begin with one of the shop's origins: ${allowedOrigins.join(', ')}`;
  if (/[^\x21-\x7e]|\\/.test(url)) {
    return 'must be percent-encoded: %20 for a blank, %C3%A9 for é, %5C for a backslash, as encodeURI does it';
  }
  return URL.canParse(url) && new URL(url).origin === origin ? null : 'must be a URL';
}

/** Replaces the placeholder of the order's id; nothing else changes. */
export function withOrderId(url: string, orderId: string): string {
  return url.replaceAll(ORDER_ID_PLACEHOLDER, orderId);
}

/** Writes the placeholder of the session's id as Stripe expects it; nothing else changes. */
export function withSessionIdPlaceholder(url: string): string {
  return url.replaceAll(ENCODED_SESSION_ID_PLACEHOLDER, SESSION_ID_PLACEHOLDER);
}
