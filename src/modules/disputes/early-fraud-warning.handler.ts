/** Stripe warns that a payment may be a fraud, before the buyer's bank disputes it. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { Clock } from '../../platform/kernel/clock.js';
import { idOf, ownMetadata } from '../../stripe/stripe-snapshots.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import type { EventHandler, HandlerResult } from '../payments/event-handler.js';
import type { EventOrders } from '../payments/event-orders.js';

export class EarlyFraudWarningHandler implements EventHandler {
  readonly object = 'radar.early_fraud_warning';
  readonly types = ['radar.early_fraud_warning.created'] as const;

  constructor(
    private readonly orders: EventOrders,
    private readonly clock: Clock,
  ) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const warning = (event as Stripe.RadarEarlyFraudWarningCreatedEvent).data.object;
    const paymentIntentId = idOf(warning.payment_intent);
    // Another application's, which names a charge only.
    if (paymentIntentId === null) return { state: 'IGNORED', orderId: null };
    const references = { ...ownMetadata(null), paymentIntentId };
    return this.orders.apply(em, references, 'UNMATCHED', async (order) => {
      if (order.fraudWarnedAt) return;
      order.fraudWarnedAt = this.clock.now();
      const entry = { at: this.clock.now(), cause: OrderEventCause.FRAUD_WARNED, actor: 'stripe' };
      order.addTimelineEntry({ ...entry, note: warning.fraud_type, stripeEventId: event.id });
    });
  }
}
