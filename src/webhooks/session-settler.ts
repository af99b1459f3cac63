/** What all `checkout.session.*` handlers share: find the order, settle it from the session. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { SettlementService } from '../orders/settlement.service.js';
import { toCheckoutSnapshot } from '../stripe/stripe-snapshots.js';
import type { HandlerResult } from './event-handler.js';
import { InboxState } from './inbox-event.entity.js';

export class SessionSettler {
  constructor(private readonly settlement: SettlementService) {}

  async settle(em: EntityManager, event: Stripe.Event, session: Stripe.Checkout.Session): Promise<HandlerResult> {
    const checkout = toCheckoutSnapshot(session);
    const order = await this.settlement.lockOrderOf(em, checkout);
    if (!order) {
      // Our marker with no such order should not be; a session without it belongs to another application.
      return { state: checkout.orderId ? InboxState.UNMATCHED : InboxState.IGNORED, orderId: null };
    }
    await this.settlement.settle(em, order, checkout, { actor: 'stripe', stripeEventId: event.id });
    return { state: InboxState.PROCESSED, orderId: order.id };
  }
}
