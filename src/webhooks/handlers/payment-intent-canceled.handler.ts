/** A payment was ended without its money: the way of a session that expired, or of a delayed method that fails. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { SettlementService } from '../../orders/settlement.service.js';
import { ourOrderId } from '../../stripe/stripe-snapshots.js';
import { type EventHandler, type HandlerResult, processed, withoutOrder } from '../event-handler.js';

export class PaymentIntentCanceledHandler implements EventHandler {
  readonly object = 'payment_intent';
  readonly types = ['payment_intent.canceled'] as const;

  constructor(private readonly settlement: SettlementService) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const { id, metadata } = (event as Stripe.PaymentIntentCanceledEvent).data.object;
    const orderId = ourOrderId(metadata);
    const order = await this.settlement.lockOrderOf(em, { orderId, paymentIntentId: id });
    if (!order) return withoutOrder(orderId, 'IGNORED');
    await this.settlement.recordCanceledPayment(em, order, id, { actor: 'stripe', stripeEventId: event.id });
    return processed(order.id);
  }
}
