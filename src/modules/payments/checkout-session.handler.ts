/** Checkout sessions that were completed or expired, and delayed payments that succeeded or failed. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { CheckoutSnapshot } from '../../stripe/payment-gateway.js';
import { toCheckoutSnapshot } from '../../stripe/stripe-snapshots.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrderRecord } from '../orders/order-record.js';
import type { EventHandler, HandlerResult } from './event-handler.js';
import type { EventOrders } from './event-orders.js';
import type { ChangeContext, PaymentsService } from './payments.service.js';

/** What becomes of fees whose session was completed or expired; the fees, which build on the payments, implement it. */
export interface FeeCheckouts {
  /** Part of the caller's transaction, which has locked the order. */
  applyCheckout(em: EntityManager, order: OrderState, checkout: CheckoutSnapshot, source: ChangeContext): Promise<void>;
}

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
    private readonly fees: FeeCheckouts,
  ) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const session = event.data.object as Stripe.Checkout.Session;
    const checkout = toCheckoutSnapshot(session, { paymentFailed: event.type === PAYMENT_FAILED });
    const source = { actor: 'stripe', stripeEventId: event.id, occurredAt: new Date(event.created * 1000) };
    const effect = (order: OrderRecord) =>
      checkout.purpose === 'fee'
        ? this.fees.applyCheckout(em, order, checkout, source)
        : this.payments.applyCheckout(em, order, checkout, source);
    return this.orders.apply(em, checkout, 'IGNORED', effect, ['order', 'fee']);
  }
}
