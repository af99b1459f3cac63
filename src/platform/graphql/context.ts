/** What every resolver is given: one EntityManager and one viewer an operation. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { CalendarBudget } from '../../modules/inventory/calendar-budget.js';
import type { StockLoaders } from '../../modules/inventory/stock-loaders.js';
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
  stock: StockLoaders;
  calendarBudget: CalendarBudget;
  /** What this request may still ask for. */
  limits: RequestLimits;
}

/** The viewer of a field that anonymous callers never reach. */
export function signedIn({ viewer }: GraphQLContext): Viewer {
  if (viewer === null) throw new DomainError('UNAUTHENTICATED', 'Sign in: this needs a bearer token.');
  return viewer;
}
