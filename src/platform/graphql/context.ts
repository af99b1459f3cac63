/** The context of every resolver: one EntityManager and one viewer an operation. Modules add their own parts. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Viewer } from '../auth/viewer.js';
import { DomainError } from '../kernel/domain-error.js';
import type { Logger } from '../kernel/logger.js';
import type { RequestLimits } from '../rate-limits/request-limits.js';

export interface GraphQLContext {
  em: EntityManager;
  /** Null is anonymous. */
  viewer: Viewer | null;
  requestId: string;
  /** The HTTP header `Idempotency-Key`, as it was sent. */
  idempotencyKey: string | null;
  log: Logger;
  /** The rate limits of this request. */
  limits: RequestLimits;
}

/** The viewer of a field that anonymous callers never reach. */
export function signedIn({ viewer }: GraphQLContext): Viewer {
  if (viewer === null) throw new DomainError('UNAUTHENTICATED', 'Sign in: this needs a bearer token.');
  return viewer;
}
