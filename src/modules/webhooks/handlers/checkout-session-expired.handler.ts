/** The session ended unpaid: its goods go back on offer. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { toCheckoutSnapshot } from '../../../stripe/stripe-snapshots.js';
import type { CheckoutSettler } from '../checkout-settler.js';
import type { EventHandler, HandlerResult } from '../event-handler.js';

export class CheckoutSessionExpiredHandler implements EventHandler {
  readonly object = 'checkout.session';
  readonly types = ['checkout.session.expired'] as const;

  constructor(private readonly settler: CheckoutSettler) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const session = (event as Stripe.CheckoutSessionExpiredEvent).data.object;
    return this.settler.settle(em, event, toCheckoutSnapshot(session));
  }
}
