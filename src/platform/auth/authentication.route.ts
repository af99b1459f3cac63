/** Authentication of every route: a bad token is rejected with 401, whatever route it was sent to. */
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { errorBody } from '../http/errors.js';
import { DomainError } from '../kernel/domain-error.js';
import { BEARER_CHALLENGE, type TokenVerifier } from './token-verifier.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For routes whose callers have credentials of another kind, or that verify tokens themselves. */
    ignoresTokens?: true;
  }
}

/**
 * Runs before the body is read. Tokens are verified unless the route says otherwise.
 *
 * @param countRequest counts a request of an address; throws DomainError `RATE_LIMITED`
 */
export function rejectBadTokens(
  tokens: TokenVerifier,
  countRequest: (ip: string) => Promise<void>,
): onRequestHookHandler {
  return (request, reply, done) => {
    if (request.routeOptions.config.ignoresTokens) return done();
    const authorizations = authorizationsOf(request);
    if (authorizations.length === 0) return done();
    verify(authorizations, request).then(
      () => done(),
      (error: unknown) => {
        if (!(error instanceof DomainError)) return done(error as Error);
        reply.code(reject(error, reply)).send(errorBody(error.code, error.message, request.id));
      },
    );
  };

  async function verify(authorizations: string[], request: FastifyRequest): Promise<void> {
    // Else tokens could be tried out here, where the requests themselves are not counted.
    await countRequest(request.ip);
    await tokens.verify(authorizations, request.log);
  }
}

/**
 * Sets the headers of a request that is rejected as a whole: when to retry, or how to authenticate.
 *
 * @returns the HTTP status
 */
export function reject({ code, details }: DomainError, reply: FastifyReply): 401 | 429 {
  if (code === 'RATE_LIMITED') {
    reply.header('retry-after', String(details.retryAfterSeconds));
    return 429;
  }
  reply.header('www-authenticate', BEARER_CHALLENGE);
  return 401;
}

/** Every `Authorization` header as it was sent: Node keeps the first and drops the rest silently. */
export function authorizationsOf({ raw: { rawHeaders } }: FastifyRequest): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization');
}
