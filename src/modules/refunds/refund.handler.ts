/** A refund was created, updated, or failed, which may be a month later. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { EventHandler, HandlerResult } from '../payments/event-handler.js';
import type { PaymentSyncRequests } from '../payments/payment-sync-requests.js';

export class RefundHandler implements EventHandler {
  readonly object = 'refund';
  readonly types = ['refund.created', 'refund.updated', 'refund.failed'] as const;

  constructor(private readonly syncRequests: PaymentSyncRequests) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    return this.syncRequests.request(em, event, (event as Stripe.RefundCreatedEvent).data.object);
  }
}
