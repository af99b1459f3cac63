/** What all `checkout.session.*` handlers share: find the order, settle it from the session. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { CheckoutSnapshot } from '../../stripe/payment-gateway.js';
import type { SettlementService } from '../orders/settlement.service.js';
import type { HandlerResult } from './event-handler.js';
import type { EventOrders } from './event-orders.js';

export class CheckoutSettler {
  constructor(
    private readonly orders: EventOrders,
    private readonly settlement: SettlementService,
  ) {}

  async settle(em: EntityManager, { id, created }: Stripe.Event, checkout: CheckoutSnapshot): Promise<HandlerResult> {
    const source = { actor: 'stripe', stripeEventId: id, occurredAt: new Date(created * 1000) };
    return this.orders.apply(em, checkout, 'IGNORED', (order) => this.settlement.settle(em, order, checkout, source));
  }
}
