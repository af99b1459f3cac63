/** A payment attempt was declined; the session stays open, and the buyer may try again. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { toDeclineSnapshot } from '../../stripe/stripe-snapshots.js';
import type { EventHandler, HandlerResult } from './event-handler.js';
import type { EventOrders } from './event-orders.js';
import type { PaymentsService } from './payments.service.js';

export class PaymentIntentPaymentFailedHandler implements EventHandler {
  readonly object = 'payment_intent';
  readonly types = ['payment_intent.payment_failed'] as const;

  constructor(
    private readonly orders: EventOrders,
    private readonly payments: PaymentsService,
  ) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const intent = (event as Stripe.PaymentIntentPaymentFailedEvent).data.object;
    const decline = toDeclineSnapshot(intent);
    return this.orders.apply(em, decline, 'IGNORED', async (order) => {
      // The object was read later than the event happened: the payment may have succeeded since.
      if (!intent.last_payment_error) return;
      await this.payments.recordDecline(em, order, decline, { actor: 'stripe', stripeEventId: event.id });
    });
  }
}
