/** The token of a link by which somebody pays: all that is needed to open it. */
import { randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** 43 characters that nobody can guess. */
export function newPayToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}
