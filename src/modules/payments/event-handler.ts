/** The interface of handlers of Stripe's events. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { EventObject } from '../../stripe/payment-gateway.js';

export interface HandlerResult {
  state: 'PROCESSED' | 'IGNORED' | 'UNMATCHED' | 'DEAD';
  /** The order that the event turned out to be about. */
  orderId: string | null;
  /** Why nothing could be done with it; for staff. */
  error?: string;
}

/**
 * Handlers are called only by the inbox, inside its transaction. They are safe in any order and any
 * number, and they never call Stripe.
 */
export interface EventHandler {
  /** What its events are about: read from Stripe where an event is written in another version of the API. */
  readonly object: EventObject;
  readonly types: readonly Stripe.Event['type'][];
  handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult>;
}
