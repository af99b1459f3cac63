/** The money of a delayed method will not arrive: the goods go back on offer. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { toCheckoutSnapshot } from '../../../stripe/stripe-snapshots.js';
import type { CheckoutSettler } from '../checkout-settler.js';
import type { EventHandler, HandlerResult } from '../event-handler.js';

export class CheckoutSessionAsyncPaymentFailedHandler implements EventHandler {
  readonly object = 'checkout.session';
  readonly types = ['checkout.session.async_payment_failed'] as const;

  constructor(private readonly settler: CheckoutSettler) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const session = (event as Stripe.CheckoutSessionAsyncPaymentFailedEvent).data.object;
    return this.settler.settle(em, event, toCheckoutSnapshot(session, { paymentFailed: true }));
  }
}
