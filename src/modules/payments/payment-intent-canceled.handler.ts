/** A payment was canceled: its session expired, its delayed method failed, or a sum that was held is released. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { ownMetadata } from '../../stripe/stripe-snapshots.js';
import type { OrderRecord } from '../orders/order-record.js';
import type { EventHandler, HandlerResult } from './event-handler.js';
import type { EventOrders } from './event-orders.js';
import type { PaymentsService } from './payments.service.js';

/** Told that Stripe has something new about a sum that is held; the deposits, which build on the payments, implement it. */
export interface HoldListener {
  /** Part of the caller's transaction, which has locked the order. */
  holdChanged(em: EntityManager, hold: { paymentIntentId: string; rowId: string | null }): Promise<void>;
}

export class PaymentIntentCanceledHandler implements EventHandler {
  readonly object = 'payment_intent';
  readonly types = ['payment_intent.canceled'] as const;

  constructor(
    private readonly orders: EventOrders,
    private readonly payments: PaymentsService,
    private readonly holds: HoldListener,
  ) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const { id, metadata } = (event as Stripe.PaymentIntentCanceledEvent).data.object;
    const references = { ...ownMetadata(metadata), paymentIntentId: id };
    const effect = (order: OrderRecord) =>
      references.purpose === 'deposit'
        ? this.holds.holdChanged(em, references)
        : this.payments.recordCanceledPayment(em, order, id, { actor: 'stripe', stripeEventId: event.id });
    // A fee that was refused is charged by its link.
    return this.orders.apply(em, references, 'IGNORED', effect, ['order', 'deposit']);
  }
}
