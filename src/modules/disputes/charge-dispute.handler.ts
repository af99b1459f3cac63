/** A buyer disputes a payment with their bank, or the dispute has changed. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { EventHandler, HandlerResult } from '../payments/event-handler.js';
import type { PaymentSyncRequests } from '../payments/payment-sync-requests.js';

export class ChargeDisputeHandler implements EventHandler {
  readonly object = 'dispute';
  readonly types = [
    'charge.dispute.created',
    'charge.dispute.updated',
    'charge.dispute.closed',
    'charge.dispute.funds_withdrawn',
    'charge.dispute.funds_reinstated',
  ] as const;

  constructor(private readonly syncRequests: PaymentSyncRequests) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    return this.syncRequests.request(em, event, (event as Stripe.ChargeDisputeCreatedEvent).data.object);
  }
}
