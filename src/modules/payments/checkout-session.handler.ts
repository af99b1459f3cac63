/** Checkout sessions that were completed or expired, and delayed payments that succeeded or failed. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { Purpose } from '../../stripe/object-mark.js';
import type { CheckoutSnapshot } from '../../stripe/payment-gateway.js';
import { toCheckoutSnapshot } from '../../stripe/stripe-snapshots.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrderRecord } from '../orders/order-record.js';
import type { EventHandler, HandlerResult } from './event-handler.js';
import { type EventOrders, PURPOSES } from './event-orders.js';
import type { ChangeContext, PaymentsService } from './payments.service.js';

/** What becomes of that for which a session was completed or expired; modules that build on the payments implement it. */
export interface PurposeCheckouts {
  /** Part of the caller's transaction, which has locked the order. */
  applyCheckout(em: EntityManager, order: OrderState, checkout: CheckoutSnapshot, source: ChangeContext): Promise<void>;
}

/** By what a session is for, where it is not the order itself. */
export type CheckoutsByPurpose = Readonly<Record<Exclude<Purpose, 'order'>, PurposeCheckouts>>;

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
    private readonly others: CheckoutsByPurpose,
  ) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const session = event.data.object as Stripe.Checkout.Session;
    const checkout = toCheckoutSnapshot(session, { paymentFailed: event.type === PAYMENT_FAILED });
    const source = { actor: 'stripe', stripeEventId: event.id, occurredAt: new Date(event.created * 1000) };
    const { purpose } = checkout;
    const target = purpose === 'order' || purpose === 'other' ? this.payments : this.others[purpose];
    const effect = (order: OrderRecord) => target.applyCheckout(em, order, checkout, source);
    return this.orders.apply(em, checkout, 'IGNORED', effect, PURPOSES);
  }
}
