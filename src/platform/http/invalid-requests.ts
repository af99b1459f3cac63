/** What Node would refuse by itself, in an answer without a word: refused like all else, or taken. */
import type { FastifyInstance } from 'fastify';

/** For a server with `requireHostHeader: false`. */
export function handleInvalidRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ raw: { httpVersion, headers } }) => {
    if (httpVersion === '1.1' && headers.host === undefined) throw new MissingHostError();
  });
  // An expectation that the server does not know may be left alone (RFC 9110, 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
}

class MissingHostError extends Error {
  readonly statusCode = 400;
}
