/** Tells a repeated request from another one with the same idempotency key. */
import { createHash } from 'node:crypto';
import { DomainError } from './domain-error.js';

/** A digest of what was asked for. @param input plain data, its members always in the same order */
export function requestFingerprint(input: unknown): string {
  return createHash('sha256').update(JSON.stringify(input)).digest('hex');
}

/** @throws DomainError `IDEMPOTENCY_CONFLICT` where the key was used for something else */
export function rejectOtherRequest(
  known: { requestFingerprint?: string | null | undefined },
  fingerprint: string,
): void {
  if (known.requestFingerprint === fingerprint) return;
  throw DomainError.ofFields('IDEMPOTENCY_CONFLICT', {
    idempotencyKey: 'was used for another request: use a new key for a new one',
  });
}
