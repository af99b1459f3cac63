/** The session ended unpaid: its goods go back on offer. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { EventHandler, HandlerResult } from '../event-handler.js';
import type { SessionSettler } from '../session-settler.js';

export class CheckoutSessionExpiredHandler implements EventHandler {
  readonly types = ['checkout.session.expired'] as const;

  constructor(private readonly settler: SessionSettler) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    return this.settler.settle(em, event, (event as Stripe.CheckoutSessionExpiredEvent).data.object);
  }
}
