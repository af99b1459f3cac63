/** Errors outside GraphQL, in one shape and with stable codes, wherever they come from: a route, Fastify or Node. */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { databaseUnavailable } from '../database/unavailable.js';
import { fixedHeaders } from './request-id.js';

export interface ErrorBody {
  error: { code: string; message: string; requestId: string };
}

// In our own words: a parser's would quote the body, and change with the library.
const BY_STATUS: Record<number, readonly [code: string, message: string]> = {
  400: ['BAD_REQUEST', 'The request is not well-formed HTTP.'],
  404: ['NOT_FOUND', 'There is nothing at this address.'],
  408: ['REQUEST_TIMEOUT', 'The request took too long to arrive.'],
  413: ['BODY_TOO_LARGE', 'The body is larger than this address takes.'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'This address does not take bodies of this content type: send application/json.'],
  431: ['HEADERS_TOO_LARGE', 'The headers of the request are too large.'],
  503: ['OVERLOADED', 'Too much is going on right now: try again in a few seconds.'],
};
const MALFORMED_JSON = ['MALFORMED_JSON', 'The body is not valid JSON.'] as const;
const UNEXPECTED = ['INTERNAL_SERVER_ERROR', 'Something went wrong on our side.'] as const;

export function errorBody(code: string, message: string, requestId: string): ErrorBody {
  return { error: { code, message, requestId } };
}

export function sendErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => answer(reply, request, 404, wordsFor(404)));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const outage = databaseUnavailable(error);
    if (outage !== null) {
      request.log.warn({ err: outage }, 'Request failed: the database is unavailable');
      reply.header('retry-after', String(outage.details.retryAfterSeconds));
      return answer(reply, request, 503, [outage.code, outage.message]);
    }
    const status = error.statusCode ?? 500;
    // Those that were rejected for an overload have been logged, and more briefly.
    if (status >= 500 && status !== 503) request.log.error({ err: error }, 'Request failed');
    return answer(reply, request, status, isMalformedJson(error) ? MALFORMED_JSON : wordsFor(status));
  });
}

/** For what Fastify rejects before any route or hook: a URL that cannot be decoded. */
export function sendFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  reply.headers(fixedHeaders(request.id));
  answer(reply, request, status, wordsFor(status));
}

/** For what Node rejects before Fastify sees it: late, oversized or malformed requests. */
export function sendClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(rawResponse(statusOf(error.code)));
  socket.destroy();
}

function statusOf(code: string | undefined): 400 | 408 | 431 {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
}

/** Written by hand, as there is no request that a framework could reply to. */
function rawResponse(status: 400 | 408 | 431): string {
  const requestId = randomUUID();
  const body = JSON.stringify(errorBody(...wordsFor(status), requestId));
  const headers = {
    ...fixedHeaders(requestId),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n');
}

function answer(
  reply: FastifyReply,
  request: FastifyRequest,
  status: number,
  [code, message]: readonly [code: string, message: string],
): FastifyReply {
  return reply.code(status).send(errorBody(code, message, request.id));
}

function wordsFor(status: number): readonly [code: string, message: string] {
  return BY_STATUS[status] ?? (status >= 500 ? UNEXPECTED : ['BAD_REQUEST', 'The request cannot be served.']);
}

function isMalformedJson({ code, name, statusCode }: FastifyError): boolean {
  return code?.startsWith('FST_ERR_CTP_') === true
    ? /JSON/.test(code)
    : // What the parser throws for `__proto__` and the like.
      name === 'SyntaxError' && statusCode === 400;
}
