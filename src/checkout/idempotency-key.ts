/** The buyer's key for a checkout, from the input or from the HTTP header `Idempotency-Key`. */
import { DomainError } from '../shared/domain-error.js';
import { isPlainText } from '../shared/plain-text.js';

const LONGEST_KEY = 255;

/**
 * @param header null when the request has none
 * @throws DomainError `BAD_USER_INPUT` when both are given and differ, or the header is no key
 */
export function idempotencyKeyOf(field: string | null | undefined, header: string | null): string | null {
  if (header === null) return field ?? null;
  if (field != null && field !== header) {
    throw DomainError.badInput('idempotencyKey', 'differs from the header Idempotency-Key: send one of them');
  }
  const isKey = /\S/.test(header) && [...header].length <= LONGEST_KEY && isPlainText(header);
  if (!isKey) throw DomainError.badInput('idempotencyKey', `must have 1 to ${LONGEST_KEY} characters in the header`);
  return header;
}
