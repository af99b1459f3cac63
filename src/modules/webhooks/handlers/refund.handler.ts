/** A refund was made, has moved on, or failed, which may be a month later. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { EventHandler, HandlerResult } from '../event-handler.js';
import type { MoneyNews } from '../money-news.js';

export class RefundHandler implements EventHandler {
  readonly object = 'refund';
  readonly types = ['refund.created', 'refund.updated', 'refund.failed'] as const;

  constructor(private readonly news: MoneyNews) {}

  async handle(em: EntityManager, event: Stripe.Event): Promise<HandlerResult> {
    return this.news.announce(em, event, (event as Stripe.RefundCreatedEvent).data.object);
  }
}
