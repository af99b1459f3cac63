/** What all `checkout.session.*` handlers share: find the order, settle it from the session. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { SettlementService } from '../orders/settlement.service.js';
import type { CheckoutSnapshot } from '../stripe/payment-gateway.js';
import { type HandlerResult, processed, withoutOrder } from './event-handler.js';

export class CheckoutSettler {
  constructor(private readonly settlement: SettlementService) {}

  async settle(em: EntityManager, { id, created }: Stripe.Event, checkout: CheckoutSnapshot): Promise<HandlerResult> {
    const order = await this.settlement.lockOrderOf(em, checkout);
    if (!order) return withoutOrder(checkout.orderId, 'IGNORED');
    await this.settlement.settle(em, order, checkout, {
      actor: 'stripe',
      stripeEventId: id,
      occurredAt: new Date(created * 1000),
    });
    return processed(order.id);
  }
}
