/** All that is known of some orders: what the tables say, and what Stripe says. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { Dispute } from '../../../src/modules/disputes/dispute.entity.js';
import { FulfillmentLine } from '../../../src/modules/fulfillment/fulfillment.entity.js';
import { LineRelease } from '../../../src/modules/fulfillment/line-release.entity.js';
import { Order } from '../../../src/modules/orders/order.entity.js';
import type { OrderEvent } from '../../../src/modules/orders/order-event.entity.js';
import type { OrderLine } from '../../../src/modules/orders/order-line.entity.js';
import { Payment } from '../../../src/modules/payments/payment.entity.js';
import { Refund } from '../../../src/modules/refunds/refund.entity.js';
import { RefundAttempt } from '../../../src/modules/refunds/refund-attempt.entity.js';
import { RefundLine } from '../../../src/modules/refunds/refund-line.entity.js';

const MARKER = 'comptoir';

export interface OrderFacts {
  order: Order;
  lines: OrderLine[];
  /** In the order in which they were written. */
  timeline: OrderEvent[];
  payments: Payment[];
  refunds: Refund[];
  attempts: RefundAttempt[];
  refundLines: RefundLine[];
  /** Goods that were handed over, and that were put on offer again without a refund. */
  fulfillmentLines: FulfillmentLine[];
  releases: LineRelease[];
  disputes: Dispute[];
  /** Stripe's, of this order. */
  sessions: Stripe.Checkout.Session[];
  /** Stripe's, of the payments of those sessions. */
  stripeRefunds: Stripe.Refund[];
  stripeDisputes: Stripe.Dispute[];
  /** The oldest first. */
  disputeEvents: DisputeEvent[];
}

type DisputeEvent =
  | Stripe.ChargeDisputeCreatedEvent
  | Stripe.ChargeDisputeUpdatedEvent
  | Stripe.ChargeDisputeClosedEvent;

const DISPUTE_EVENTS: DisputeEvent['type'][] = [
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
];

/** @param orderIds null for every order there is */
export async function readFacts(
  em: EntityManager,
  stripe: Stripe,
  orderIds: readonly string[] | null,
): Promise<OrderFacts[]> {
  const where = orderIds === null ? {} : { id: { $in: [...orderIds] } };
  const orders = await em.find(Order, where, {
    populate: ['lines', 'events'],
    orderBy: { createdAt: 'asc', id: 'asc' },
  });
  const ofOrders = { order: { $in: orders.map(({ id }) => id) } };
  const payments = await em.find(Payment, ofOrders);
  const refunds = await em.find(Refund, ofOrders);
  const attempts = await em.find(RefundAttempt, { refund: ofOrders });
  const refundLines = await em.find(RefundLine, { refund: ofOrders });
  const fulfillmentLines = await em.find(FulfillmentLine, { line: ofOrders });
  const releases = await em.find(LineRelease, { line: ofOrders });
  const disputes = await em.find(Dispute, ofOrders);
  const sessions = await readAll(stripe.checkout.sessions.list({ limit: 100, expand: ['data.payment_intent'] }));
  const stripeRefunds = await readAll(stripe.refunds.list({ limit: 100 }));
  const stripeDisputes = await readAll(stripe.disputes.list({ limit: 100 }));
  const disputeEvents = await readDisputeEvents(stripe, stripeDisputes);
  return orders.map((order) => {
    const own = sessions.filter(({ metadata }) => metadata?.application === MARKER && metadata.order_id === order.id);
    const intents = new Set(own.map(({ payment_intent: intent }) => idOf(intent)));
    const isOfOrder = (row: { order: { id: string } }) => row.order.id === order.id;
    return {
      order,
      lines: order.lines.getItems(),
      timeline: order.events.getItems().toSorted((a, b) => a.id - b.id),
      payments: payments.filter(isOfOrder),
      refunds: refunds.filter(isOfOrder),
      attempts: attempts.filter(({ refund }) => isOfOrder(refund)),
      refundLines: refundLines.filter(({ refund }) => isOfOrder(refund)),
      fulfillmentLines: fulfillmentLines.filter(({ line }) => isOfOrder(line)),
      releases: releases.filter(({ line }) => isOfOrder(line)),
      disputes: disputes.filter(isOfOrder),
      sessions: own,
      stripeRefunds: stripeRefunds.filter(({ payment_intent: intent }) => intents.has(idOf(intent) ?? '')),
      stripeDisputes: stripeDisputes.filter(({ payment_intent: intent }) => intents.has(idOf(intent) ?? '')),
      disputeEvents: disputeEvents.filter(({ data }) => intents.has(idOf(data.object.payment_intent) ?? '')),
    };
  });
}

export function idOf(reference: string | { id: string } | null | undefined): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}

/** None are asked for where there is no dispute, as in most schedules. */
async function readDisputeEvents(stripe: Stripe, disputes: readonly Stripe.Dispute[]): Promise<DisputeEvent[]> {
  if (disputes.length === 0) return [];
  const events = await readAll(stripe.events.list({ limit: 100, types: DISPUTE_EVENTS }));
  return (events as DisputeEvent[]).toReversed();
}

async function readAll<Item extends { id: string }>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) items.push(item);
  return items;
}
