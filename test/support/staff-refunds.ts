/** Refunds as staff make them, through the API. */
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { checkout, type ItemInput, orderBySession, submitCard } from './checkout.js';
import { eventually } from './eventually.js';
import { newBuyer, type Person, stripeOf, type TestApp } from './test-app.js';

export interface RefundView {
  id: string;
  state: string;
  reason: string;
  note: string | null;
  failureReason: string | null;
  requestedById: string | null;
  amount: { amount: number };
  lines: { line: { id: string }; quantity: number; goods: string; amount: { amount: number } }[];
  attempts: { number: number; state: string; amount: { amount: number } | null; failureReason: string | null }[];
}

export interface OrderView {
  status: string;
  refundStatus: string;
  disputeStatus: string;
  fulfillmentStatus: string;
  amountRefunded: { amount: number };
  amountRefundable: { amount: number };
  lines: {
    id: string;
    quantity: number;
    fulfilledQuantity: number;
    returnedQuantity: number;
    amountRefunded: { amount: number };
  }[];
  refunds: RefundView[];
  payments: { id: string; purpose: string; state: string; amountRefundable: { amount: number } }[];
  timeline: { cause: string; note: string | null }[];
}

const REFUND = `id state reason note failureReason requestedById amount { amount }
  lines { line { id } quantity goods amount { amount } } attempts { number state amount { amount } failureReason }`;
const ORDER = `status refundStatus disputeStatus fulfillmentStatus amountRefunded { amount } amountRefundable { amount }
  lines { id quantity fulfilledQuantity returnedQuantity amountRefunded { amount } }
  refunds { ${REFUND} } payments { id purpose state amountRefundable { amount } } timeline { cause note }`;
const REFUND_ORDER = `mutation ($input: RefundOrderInput!) { refundOrder(input: $input) { refund { ${REFUND} } order { ${ORDER} } } }`;

export interface PaidOrder {
  id: string;
  sessionId: string;
  buyer: Person;
  paymentIntent: string;
  /** Ids of the lines, in the order of the basket. */
  lines: string[];
}

/** An order that is paid by card. */
export async function paidOrder(shop: TestApp, items: ItemInput[], card = '4242424242424242'): Promise<PaidOrder> {
  const buyer = await newBuyer();
  const session = await checkout(shop, buyer, items);
  await submitCard(session.url, card);
  await eventually(async () => {
    expect((await orderBySession(shop, buyer, session.sessionId))?.status).toBe('PAID');
  });
  const { payment_intent: intent } = await stripeOf(shop).checkout.sessions.retrieve(session.sessionId);
  const { id } = session.order;
  const { lines } = await orderView(shop, buyer, id);
  return {
    id,
    sessionId: session.sessionId,
    buyer,
    paymentIntent: String(intent),
    lines: lines.map((line) => line.id),
  };
}

export async function orderView(shop: TestApp, viewer: Person, id: string): Promise<OrderView> {
  const query = `query ($id: ID!) { order(id: $id) { ${ORDER} } }`;
  const { data, errors } = await shop.graphql<{ order: OrderView | null }>(query, { id }, viewer.token);
  if (!data?.order) throw new Error(JSON.stringify(errors));
  return data.order;
}

/** Asks for a refund, of a reason and with a key of its own unless they are given. */
export async function refundOrder(shop: TestApp, staff: Person, input: object) {
  const whole = { reason: 'GOODWILL', note: 'a test', idempotencyKey: randomUUID(), ...input };
  const { data, errors } = await shop.graphql<{ refundOrder: { refund: RefundView; order: OrderView } }>(
    REFUND_ORDER,
    { input: whole },
    staff.token,
  );
  return { ...data?.refundOrder, error: errors?.[0]?.extensions };
}

/** With the jobs run at once, instead of within the seconds that their queue takes. */
export async function shows(shop: TestApp, staff: Person, id: string, expected: object): Promise<OrderView> {
  return eventually(async () => {
    for (const job of ['issue-refunds', 'retry-events', 'sync-payments']) await shop.runJob(job);
    const order = await orderView(shop, staff, id);
    expect(order).toMatchObject(expected);
    return order;
  });
}

/** What Stripe has refunded of a payment, the earliest first. */
export async function madeAtStripe(shop: TestApp, { paymentIntent }: PaidOrder) {
  const { data } = await stripeOf(shop).refunds.list({ payment_intent: paymentIntent, limit: 100 });
  return data.toReversed();
}

/** The buyer disputes a part of what they paid. @returns the id of the dispute */
export async function disputePart(
  shop: TestApp,
  { paymentIntent }: PaidOrder,
  amount: number,
  kind = 'fraudulent',
): Promise<string> {
  const { latest_charge: charge } = await stripeOf(shop).paymentIntents.retrieve(paymentIntent);
  return control(shop, `/charges/${String(charge)}/dispute`, { kind, amount });
}

/** In the bank's place. */
export async function closeDispute(shop: TestApp, id: string, outcome: 'won' | 'lost'): Promise<void> {
  await control(shop, `/disputes/${id}/close`, { outcome });
}

/** @returns the id of what the simulator has changed */
async function control(shop: TestApp, path: string, body: object): Promise<string> {
  const response = await fetch(`${shop.simulator.url}/_simulator${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { id: string }).id;
}
