/** Authentication of every route: a bad token is refused with 401, whatever it was sent to. */
import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { errorBody } from '../http/errors.js';
import { DomainError } from '../shared/domain-error.js';
import { BEARER_CHALLENGE, type TokenVerifier } from './token-verifier.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For routes whose callers have credentials of another kind, or that verify tokens themselves. */
    ignoresTokens?: true;
  }
}

/** Runs before the body is read. Routes that say nothing have their tokens verified. */
export function refuseBadTokens(tokens: TokenVerifier): onRequestAsyncHookHandler {
  return async (request, reply) => {
    if (request.routeOptions.config.ignoresTokens) return;
    try {
      await tokens.verify(authorizationsOf(request), request.log);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      reply.code(401).header('www-authenticate', BEARER_CHALLENGE);
      return reply.send(errorBody(error.code, error.message, request.id));
    }
  };
}

/** Every `Authorization` header as it was sent: Node keeps the first and drops the rest without a word. */
export function authorizationsOf({ raw: { rawHeaders } }: FastifyRequest): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization');
}
