/** A sum that was held is captured: by us, or in Stripe's dashboard. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { idOf, ownMetadata } from '../../stripe/stripe-snapshots.js';
import type { EventHandler, HandlerResult } from '../payments/event-handler.js';
import type { EventOrders } from '../payments/event-orders.js';
import type { HoldListener } from '../payments/payment-intent-canceled.handler.js';

export class ChargeCapturedHandler implements EventHandler {
  readonly object = 'charge';
  readonly types = ['charge.captured'] as const;

  constructor(
    private readonly orders: EventOrders,
    private readonly holds: HoldListener,
  ) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    const { metadata, payment_intent: payment } = (event as Stripe.ChargeCapturedEvent).data.object;
    const paymentIntentId = idOf(payment);
    const references = { ...ownMetadata(metadata), paymentIntentId };
    const effect = async () => {
      if (paymentIntentId !== null) await this.holds.holdChanged(em, { paymentIntentId, rowId: references.rowId });
    };
    return this.orders.apply(em, references, 'IGNORED', effect, ['deposit']);
  }
}
