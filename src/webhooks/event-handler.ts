/** What handles one type of event. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { InboxState } from './inbox-event.entity.js';

export interface HandlerResult {
  state: InboxState.PROCESSED | InboxState.IGNORED | InboxState.UNMATCHED;
  /** The order that the event turned out to be about. */
  orderId: string | null;
}

/**
 * Handlers are called by the inbox alone, inside its transaction. They are safe in any order and any
 * number, and they never call Stripe.
 */
export interface EventHandler {
  readonly types: readonly Stripe.Event['type'][];
  handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult>;
}
