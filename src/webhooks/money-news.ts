/** What all handlers of refunds and disputes share: find the order by the payment, and note that there is news. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { JobRequests } from '../jobs/job.js';
import type { SettlementService } from '../orders/settlement.service.js';
import { announceMoneyNews } from '../refunds/refresh-money.job.js';
import { type HandlerResult, processed, withoutOrder } from './event-handler.js';

export class MoneyNews {
  constructor(
    private readonly settlement: SettlementService,
    private readonly jobs: JobRequests,
  ) {}

  /** @param orderId where the object names it; refunds and disputes name their payment alone */
  async announce(
    em: EntityManager,
    event: Stripe.Event,
    paymentIntentId: string | null,
    orderId: string | null = null,
  ): Promise<HandlerResult> {
    const order = await this.settlement.lockOrderOf(em, { orderId, paymentIntentId });
    if (!order) return withoutOrder(orderId, paymentIntentId === null ? 'IGNORED' : 'UNMATCHED');
    await announceMoneyNews(em, this.jobs, order.id, event.id);
    return processed(order.id);
  }
}
