/** Security headers of responses, with exceptions for the pages of the explorers. */
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

type Directives = Record<string, readonly string[]>;

// A response is data: as a page it may load nothing, send nothing and not be framed.
const NOTHING: Directives = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};
const ONE_YEAR_SECONDS = 365 * 24 * 60 * 60;

export async function addSecurityHeaders(app: FastifyInstance, production: boolean): Promise<void> {
  await app.register(helmet, {
    ...contentSecurityPolicy(),
    // Browsers apply it over HTTPS only. In development it would force every other program on localhost to HTTPS;
    // the shop's other hosts are not for the API to decide on.
    strictTransportSecurity: production ? { maxAge: ONE_YEAR_SECONDS, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  });
}

/** For a route's `helmet` option: what its page may do. */
export function contentSecurityPolicy(allowed: Directives = {}) {
  const directives = Object.fromEntries(
    Object.entries({ ...NOTHING, ...allowed }).map(([name, sources]) => [name, [...sources]]),
  );
  return { contentSecurityPolicy: { useDefaults: false, directives } };
}
