/** The id of a request: the caller's own, or one that nobody else has; sent back with whatever is answered. */
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

/** What every answer carries. Answers are about one buyer, or about this moment: nobody may keep them. */
export function fixedHeaders(requestId: string): Record<string, string> {
  return { 'x-request-id': requestId, 'cache-control': 'no-store' };
}
