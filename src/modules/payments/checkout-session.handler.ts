/** Checkout sessions that were completed or expired, and delayed payments that succeeded or failed. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { toCheckoutSnapshot } from '../../stripe/stripe-snapshots.js';
import type { EventHandler, HandlerResult } from './event-handler.js';
import type { EventOrders } from './event-orders.js';
import type { PaymentsService } from './payments.service.js';

const PAYMENT_FAILED = 'checkout.session.async_payment_failed';

export class CheckoutSessionHandler implements EventHandler {
  readonly object = 'checkout.session';
  readonly types = [
    'checkout.session.completed',
    'checkout.session.expired',
    'checkout.session.async_payment_succeeded',
    PAYMENT_FAILED,
  ] as const;

  constructor(
    private readonly orders: EventOrders,
    private readonly payments: PaymentsService,
  ) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const session = event.data.object as Stripe.Checkout.Session;
    const checkout = toCheckoutSnapshot(session, { paymentFailed: event.type === PAYMENT_FAILED });
    const source = { actor: 'stripe', stripeEventId: event.id, occurredAt: new Date(event.created * 1000) };
    return this.orders.apply(em, checkout, 'IGNORED', (order) =>
      this.payments.applyCheckout(em, order, checkout, source),
    );
  }
}
