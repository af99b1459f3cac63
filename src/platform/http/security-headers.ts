/** What browsers are told not to do with answers, and the exceptions for the pages of the explorers. */
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

type Directives = Record<string, readonly string[]>;

// An answer is data: as a page it may load nothing, send nothing and be framed by nobody.
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
    // Browsers heed it over HTTPS alone. In development it would lock every other program on localhost into HTTPS;
    // what the shop's other hosts do is not for the API to say.
    strictTransportSecurity: production ? { maxAge: ONE_YEAR_SECONDS, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  });
}

/** For a route's `helmet` option: what its page may do beyond nothing. */
export function contentSecurityPolicy(allowed: Directives = {}) {
  const directives = Object.fromEntries(
    Object.entries({ ...NOTHING, ...allowed }).map(([name, sources]) => [name, [...sources]]),
  );
  return { contentSecurityPolicy: { useDefaults: false, directives } };
}
