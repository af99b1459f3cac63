/** All that is known of some orders: what the tables say, and what Stripe says. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type Stripe from 'stripe';
import { Deposit, DepositCapture, DepositHold } from '../../../src/modules/deposits/deposit.entity.js';
import { Dispute } from '../../../src/modules/disputes/dispute.entity.js';
import { Fee, FeeSession } from '../../../src/modules/fees/fee.entity.js';
import { FeeCardCharge } from '../../../src/modules/fees/fee-card-charge.entity.js';
import { FulfillmentLine } from '../../../src/modules/fulfillment/fulfillment.entity.js';
import { LineRelease } from '../../../src/modules/fulfillment/line-release.entity.js';
import { Order } from '../../../src/modules/orders/order.entity.js';
import type { OrderEvent } from '../../../src/modules/orders/order-event.entity.js';
import type { OrderLine } from '../../../src/modules/orders/order-line.entity.js';
import { Payment } from '../../../src/modules/payments/payment.entity.js';
import { Refund } from '../../../src/modules/refunds/refund.entity.js';
import { RefundAttempt } from '../../../src/modules/refunds/refund-attempt.entity.js';
import { RefundLine } from '../../../src/modules/refunds/refund-line.entity.js';
import { WithdrawalLine } from '../../../src/modules/withdrawals/withdrawal.entity.js';

const MARKER = 'comptoir';
/** Of what is paid, or held, beside the order. */
const OTHER_MARKERS = ['comptoir-fee', 'comptoir-deposit'];

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
  deposits: Deposit[];
  /** Of those deposits, in the order in which they were asked for. */
  holds: DepositHold[];
  /** In the order of those holds. */
  captures: DepositCapture[];
  /** The units of its rentals. */
  rentals: Rental[];
  fees: Fee[];
  feeSessions: FeeSession[];
  /** Of fees that were charged to the saved card. */
  cardCharges: FeeCardCharge[];
  withdrawalLines: WithdrawalLine[];
  /** Stripe's, in which this order is paid. */
  sessions: Stripe.Checkout.Session[];
  /** Stripe's, in which its fees are paid, and its deposits held. */
  otherSessions: Stripe.Checkout.Session[];
  /** Stripe's, for whatever of this order, with their latest charges. */
  intents: Stripe.PaymentIntent[];
  /** What became of sums that are held, the oldest first. */
  holdEvents: HoldEvent[];
  /** Stripe's, of those. */
  stripeRefunds: Stripe.Refund[];
  stripeDisputes: Stripe.Dispute[];
  /** The oldest first. */
  disputeEvents: DisputeEvent[];
}

/** A unit that is booked for an order, or was out for it. */
export interface Rental {
  orderId: string;
  lineId: string;
  /** Its last day, as `YYYY-MM-DD`. */
  returnDate: string;
  isPickedUp: boolean;
  /** In milliseconds. */
  returnedAt: number | null;
}

const RENTALS = `select l.order_id as "orderId", l.id as "lineId", b.return_date::text as "returnDate",
    b.picked_up_at is not null as "isPickedUp", (extract(epoch from b.returned_at) * 1000)::float8 as "returnedAt"
  from bookings b join order_lines l on l.id = b.order_line_id where b.active and b.kind = 'RENTAL' and l.order_id in (?)`;

type HoldEvent =
  | Stripe.PaymentIntentAmountCapturableUpdatedEvent
  | Stripe.PaymentIntentCanceledEvent
  | Stripe.PaymentIntentSucceededEvent;

const HOLD_EVENTS: HoldEvent['type'][] = [
  'payment_intent.amount_capturable_updated',
  'payment_intent.canceled',
  'payment_intent.succeeded',
];

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
  const ids = orders.map(({ id }) => id);
  const ofOrders = { order: { $in: ids } };
  const payments = await em.find(Payment, ofOrders);
  const refunds = await em.find(Refund, ofOrders);
  const attempts = await em.find(RefundAttempt, { refund: ofOrders });
  const refundLines = await em.find(RefundLine, { refund: ofOrders });
  const fulfillmentLines = await em.find(FulfillmentLine, { line: ofOrders });
  const releases = await em.find(LineRelease, { line: ofOrders });
  const disputes = await em.find(Dispute, ofOrders);
  const beside = await readBeside(em, ids);
  const intents = await readAll(stripe.paymentIntents.list({ limit: 100, expand: ['data.latest_charge'] }));
  const sessions = await readAll(stripe.checkout.sessions.list({ limit: 100, expand: ['data.payment_intent'] }));
  const stripeRefunds = await readAll(stripe.refunds.list({ limit: 100 }));
  const stripeDisputes = await readAll(stripe.disputes.list({ limit: 100 }));
  const holdEvents = beside.holds.length === 0 ? [] : await readEvents<HoldEvent>(stripe, HOLD_EVENTS);
  const disputeEvents = await readDisputeEvents(stripe, stripeDisputes);
  return orders.map((order) => {
    const isMarked = ({ metadata }: Marked, markers: readonly string[]) =>
      metadata?.order_id === order.id && markers.includes(metadata.application ?? '');
    const own = sessions.filter((session) => isMarked(session, [MARKER]));
    const ownIntents = intents.filter((intent) => isMarked(intent, [MARKER, ...OTHER_MARKERS]));
    const intentIds = new Set(ownIntents.map(({ id }) => id));
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
      deposits: beside.deposits.filter(isOfOrder),
      holds: beside.holds.filter(({ deposit }) => isOfOrder(deposit)),
      captures: beside.captures.filter(({ deposit }) => isOfOrder(deposit)),
      rentals: beside.rentals.filter(({ orderId }) => orderId === order.id),
      fees: beside.fees.filter(isOfOrder),
      feeSessions: beside.feeSessions.filter(({ fee }) => isOfOrder(fee)),
      cardCharges: beside.cardCharges.filter(({ fee }) => isOfOrder(fee)),
      withdrawalLines: beside.withdrawalLines.filter(({ line }) => isOfOrder(line)),
      sessions: own,
      otherSessions: sessions.filter((session) => isMarked(session, OTHER_MARKERS)),
      intents: ownIntents,
      holdEvents: holdEvents.filter(({ data }) => intentIds.has(data.object.id)),
      stripeRefunds: stripeRefunds.filter(({ payment_intent: intent }) => intentIds.has(idOf(intent) ?? '')),
      stripeDisputes: stripeDisputes.filter(({ payment_intent: intent }) => intentIds.has(idOf(intent) ?? '')),
      disputeEvents: disputeEvents.filter(({ data }) => intentIds.has(idOf(data.object.payment_intent) ?? '')),
    };
  });
}

interface Marked {
  metadata: Stripe.Metadata | null;
}

/** What is paid, held, or withdrawn from beside the payment of the goods. */
async function readBeside(em: EntityManager, orderIds: readonly string[]) {
  const ofOrders = { order: { $in: [...orderIds] } };
  return {
    deposits: await em.find(Deposit, ofOrders, { orderBy: { createdAt: 'asc', startDate: 'asc' } }),
    holds: await em.find(DepositHold, { deposit: ofOrders }, { populate: ['deposit'], orderBy: { number: 'asc' } }),
    captures: await em.find(DepositCapture, { deposit: ofOrders }, { orderBy: { hold: { number: 'asc' } } }),
    rentals: orderIds.length === 0 ? [] : await em.execute<Rental[]>(RENTALS, [[...orderIds]]),
    fees: await em.find(Fee, ofOrders, { orderBy: { createdAt: 'asc', id: 'asc' } }),
    feeSessions: await em.find(FeeSession, { fee: ofOrders }, { populate: ['fee'] }),
    cardCharges: await em.find(FeeCardCharge, { fee: ofOrders }, { populate: ['fee'] }),
    withdrawalLines: await em.find(WithdrawalLine, { line: ofOrders }, { populate: ['withdrawal', 'line'] }),
  };
}

export function idOf(reference: string | { id: string } | null | undefined): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}

/** None are asked for where there is no dispute, as in most schedules. */
async function readDisputeEvents(stripe: Stripe, disputes: readonly Stripe.Dispute[]): Promise<DisputeEvent[]> {
  if (disputes.length === 0) return [];
  return readEvents<DisputeEvent>(stripe, DISPUTE_EVENTS);
}

/** The oldest first. */
async function readEvents<Event extends Stripe.Event>(stripe: Stripe, types: Event['type'][]): Promise<Event[]> {
  const events = await readAll(stripe.events.list({ limit: 100, types }));
  return (events as Event[]).toReversed();
}

async function readAll<Item extends { id: string }>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) items.push(item);
  return items;
}
