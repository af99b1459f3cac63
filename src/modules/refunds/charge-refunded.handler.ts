/** A charge was refunded; the object is the charge, with the metadata of its payment. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { EventHandler, HandlerResult } from '../payments/event-handler.js';
import type { PaymentSyncRequests } from '../payments/payment-sync-requests.js';

export class ChargeRefundedHandler implements EventHandler {
  readonly object = 'charge';
  readonly types = ['charge.refunded'] as const;

  constructor(private readonly syncRequests: PaymentSyncRequests) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    return this.syncRequests.request(em, event, (event as Stripe.ChargeRefundedEvent).data.object);
  }
}
