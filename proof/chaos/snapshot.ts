/** What Stripe has, listed to its end, and the orders beside it. */
import type { Evidence, OrderRow, Snapshot } from './check.js';
import { readFacts } from './invariants/facts.js';

const MARKER = 'comptoir';

const ORDERS = `select id, buyer_id as "buyerId", status, total_minor::int as "totalMinor", checkout_session_id as "sessionId",
  review_reason as "reviewReason", refunded_minor::int as "refundedMinor" from orders`;

export async function takeSnapshot({ rows, em, stripe }: Evidence): Promise<Snapshot> {
  const orders = await rows<OrderRow>(ORDERS);
  const sessions = await all(stripe.checkout.sessions.list({ limit: 100 }));
  // Fees and deposits have sessions of their own.
  const ofOrders = sessions.filter(({ metadata }) => metadata?.application === MARKER);
  const charges = await all(stripe.charges.list({ limit: 100 }));
  const succeeded = charges.filter(({ status }) => status === 'succeeded');
  const refunds = await all(stripe.refunds.list({ limit: 100 }));
  const events = await all(stripe.events.list({ limit: 100 }));
  return {
    orders: new Map(orders.map((order) => [order.id, order])),
    sessions: Map.groupBy(ofOrders, ({ client_reference_id: orderId }) => orderId ?? ''),
    charges: new Map(succeeded.map((charge) => [String(charge.payment_intent), charge])),
    refunds,
    events,
    facts: await readFacts(em, stripe, null),
    sizes: () => ({ orders: orders.length, sessions: sessions.length, events: events.length }),
  };
}

async function all<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) items.push(item);
  return items;
}
