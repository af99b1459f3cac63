/** The proxies whose X-Forwarded-* headers are trusted. */
import type { FastifyServerOptions } from 'fastify';

/** The number of proxies in front of the API, or their addresses and networks (CIDR). */
export type TrustProxy = { hops: number } | { addresses: string[] };

/**
 * For Fastify's `trustProxy`. Hops are a function, since it takes a bare number for no trust at all: a client that
 * reaches the API without the proxy can then name any address, which the operator has to rule out.
 */
export function trustedProxies(trusted: TrustProxy | null): NonNullable<FastifyServerOptions['trustProxy']> {
  if (trusted === null) return false;
  if ('addresses' in trusted) return trusted.addresses;
  return (_address, hop) => hop < trusted.hops;
}
