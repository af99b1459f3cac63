/** Requests a sync of an order's refunds and disputes after Stripe reported a change; a job reads them from Stripe. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import type { JobRequests } from '../../platform/jobs/job.js';
import { idOf, ownMetadata } from '../../stripe/stripe-snapshots.js';
import type { OrderRecord } from '../orders/order-record.js';
import { countPaymentSyncRequest } from '../orders/orders.repository.js';
import type { HandlerResult } from './event-handler.js';
import { type EventOrders, PURPOSES } from './event-orders.js';

export const SYNC_PAYMENTS = 'sync-payments';

/** What refunds, disputes and charges have in common. Those made in the dashboard refer to their payment only. */
type PaymentChange = Pick<Stripe.Refund | Stripe.Dispute | Stripe.Charge, 'payment_intent' | 'metadata'>;

/** What all handlers of refunds and disputes share. */
export class PaymentSyncRequests {
  constructor(
    private readonly orders: EventOrders,
    private readonly jobs: JobRequests,
  ) {}

  /** Finds the order by the payment, and has its refunds and disputes read. */
  async request(em: EntityManager, event: Stripe.Event, object: PaymentChange): Promise<HandlerResult> {
    const paymentIntentId = idOf(object.payment_intent);
    const references = { ...ownMetadata(object.metadata), paymentIntentId };
    const unmarked = paymentIntentId === null ? 'IGNORED' : 'UNMATCHED';
    const effect = (order: OrderRecord) => requestPaymentSync(em, this.jobs, order.id, event.id);
    return this.orders.apply(em, references, unmarked, effect, PURPOSES);
  }
}

/** Part of the caller's transaction. Only counts the request, so that events may come in any order. */
export async function requestPaymentSync(
  em: EntityManager,
  jobs: JobRequests,
  orderId: string,
  stripeEventId: string | null,
): Promise<void> {
  await countPaymentSyncRequest(em, orderId, stripeEventId);
  await jobs.request(em, SYNC_PAYMENTS);
}
