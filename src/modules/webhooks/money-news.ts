/** What all handlers of refunds and disputes share: find the order by the payment, and note that there is news. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { JobRequests } from '../../platform/jobs/job.js';
import { idOf, ourMark } from '../../stripe/stripe-snapshots.js';
import { announceMoneyNews } from '../refunds/refresh-money.job.js';
import type { HandlerResult } from './event-handler.js';
import type { EventOrders } from './event-orders.js';

/** What refunds, disputes and charges have alike. Those that were made in the dashboard name their payment alone. */
type MoneyObject = Pick<Stripe.Refund | Stripe.Dispute | Stripe.Charge, 'payment_intent' | 'metadata'>;

export class MoneyNews {
  constructor(
    private readonly orders: EventOrders,
    private readonly jobs: JobRequests,
  ) {}

  async announce(em: EntityManager, event: Stripe.Event, object: MoneyObject): Promise<HandlerResult> {
    const paymentIntentId = idOf(object.payment_intent);
    const references = { ...ourMark(object.metadata), paymentIntentId };
    return this.orders.apply(em, references, paymentIntentId === null ? 'IGNORED' : 'UNMATCHED', (order) =>
      announceMoneyNews(em, this.jobs, order.id, event.id),
    );
  }
}
