/** The buyer's key for a checkout, from the input or from the HTTP header `Idempotency-Key`. */
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isEmpty, lineProblem } from '../../platform/kernel/plain-text.js';

const MAX_KEY_LENGTH = 255;

/**
 * @param header null when the request has none; an empty one is none
 * @throws DomainError `BAD_USER_INPUT` when both are given and differ, or the header is no key
 */
export function idempotencyKeyOf(field: string | null | undefined, header: string | null): string | null {
  if (header === null || isEmpty(header)) return field ?? null;
  if (field != null && field !== header) {
    throw DomainError.badInput('idempotencyKey', 'differs from the header Idempotency-Key: send one of them');
  }
  const problem = lineProblem(header, MAX_KEY_LENGTH);
  if (problem !== null) throw DomainError.badInput('idempotencyKey', `${problem}, in the header as well`);
  return header;
}
