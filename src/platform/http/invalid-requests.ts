/** Requests that Node would reject by itself, with an empty response: rejected like all others, or accepted. */
import type { FastifyInstance } from 'fastify';

/** For a server with `requireHostHeader: false`. */
export function handleInvalidRequests(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw: { httpVersion, headers } }, _reply, done) => {
    done(httpVersion === '1.1' && headers.host === undefined ? new MissingHostError() : undefined);
  });
  // An unknown expectation may be ignored (RFC 9110, 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
}

class MissingHostError extends Error {
  readonly statusCode = 400;
}
