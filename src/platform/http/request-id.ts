/** The id of a request: the caller's own, or a generated one; it is in every response. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

// What gateways and tracers send: UUIDs, hexadecimal, `Root=1-…`. No spaces, quotes or line breaks, hence
// nothing that could pretend to be more than an id in a log or a header.
const WELL_FORMED = /^[\w.:/+=~-]{1,128}$/;

/** Unique across restarts and processes when it is ours, since people quote it to find the line in the log. */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomUUID();
}

/** Headers of every response. Responses are about one buyer, or about this moment: they must not be cached. */
export function fixedHeaders(requestId: string): Record<string, string> {
  return { 'x-request-id': requestId, 'cache-control': 'no-store' };
}

const answered = new AsyncLocalStorage<string>();

/** Runs the work with the id of its request, for code that does not have the request. */
export function withRequestId<Result>(requestId: string, work: () => Result): Result {
  return answered.run(requestId, work);
}

/** The id of the request that is being served; undefined outside of one. */
export function currentRequestId(): string | undefined {
  return answered.getStore();
}
