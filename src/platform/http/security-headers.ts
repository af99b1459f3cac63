/** Security headers of responses, with exceptions for the pages of the explorers. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

type Directives = Record<string, readonly string[]>;
type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

// A response is data: as a page it may load nothing, send nothing and not be framed.
const NOTHING: Directives = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};
const ONE_YEAR_SECONDS = 365 * 24 * 60 * 60;

export function addSecurityHeaders(app: FastifyInstance, production: boolean): void {
  const headers = headersSetBy(
    helmet({
      contentSecurityPolicy: policyOptions(NOTHING),
      // Browsers apply it over HTTPS only. In development it would force every other program on localhost to HTTPS;
      // the shop's other hosts are not for the API to decide on.
      strictTransportSecurity: production ? { maxAge: ONE_YEAR_SECONDS, includeSubDomains: false } : false,
      xFrameOptions: { action: 'deny' },
    }),
  );
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}

/** For the header `content-security-policy` of a page: what it may do beside nothing. */
export function contentSecurityPolicy(allowed: Directives): string {
  const headers = headersSetBy(helmet.contentSecurityPolicy(policyOptions({ ...NOTHING, ...allowed })));
  return headers['content-security-policy'] as string;
}

function policyOptions(directives: Directives) {
  return { useDefaults: false, directives };
}

/** They depend on no request, so they are made once. */
function headersSetBy(middleware: Middleware): Record<string, string> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  middleware(request, response, () => {});
  return response.getHeaders() as Record<string, string>;
}
