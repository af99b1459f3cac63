/** Limits the length of headers that libraries parse before the sender is authenticated. */
import type { onRequestHookHandler } from 'fastify';

// Types with their parameters, and the addresses of a dozen proxies, are far shorter. Node itself lets sixteen
// kilobytes through, over which the expressions of the libraries that read these headers may need a fifth of a second.
const MAX_HEADER_LENGTH = 1_024;
const TAKEN_APART = [
  'accept',
  'access-control-request-headers',
  'content-type',
  'origin',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
] as const;

/** Before any other hook. */
export const rejectLongHeaders: onRequestHookHandler = ({ headers }, _reply, done) => {
  const isTooLong = TAKEN_APART.some((name) => (headers[name]?.length ?? 0) > MAX_HEADER_LENGTH);
  done(isTooLong ? new HeadersTooLargeError() : undefined);
};

class HeadersTooLargeError extends Error {
  readonly statusCode = 431;
}
