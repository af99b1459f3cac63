/** The buyer has gone through the payment page: paid, or with a delayed method on its way. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { EventHandler, HandlerResult } from '../event-handler.js';
import type { SessionSettler } from '../session-settler.js';

export class CheckoutSessionCompletedHandler implements EventHandler {
  readonly types = ['checkout.session.completed'] as const;

  constructor(private readonly settler: SessionSettler) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    return this.settler.settle(em, event, (event as Stripe.CheckoutSessionCompletedEvent).data.object);
  }
}
