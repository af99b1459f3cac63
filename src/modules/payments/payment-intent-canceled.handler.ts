/** A payment was canceled: its session expired, or its delayed method failed. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { ownMetadata } from '../../stripe/stripe-snapshots.js';
import type { EventHandler, HandlerResult } from './event-handler.js';
import type { EventOrders } from './event-orders.js';
import type { PaymentsService } from './payments.service.js';

export class PaymentIntentCanceledHandler implements EventHandler {
  readonly object = 'payment_intent';
  readonly types = ['payment_intent.canceled'] as const;

  constructor(
    private readonly orders: EventOrders,
    private readonly payments: PaymentsService,
  ) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const { id, metadata } = (event as Stripe.PaymentIntentCanceledEvent).data.object;
    return this.orders.apply(em, { ...ownMetadata(metadata), paymentIntentId: id }, 'IGNORED', (order) =>
      this.payments.recordCanceledPayment(em, order, id, { actor: 'stripe', stripeEventId: event.id }),
    );
  }
}
