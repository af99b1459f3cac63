/** Invariants between the tables and Stripe. */
import type Stripe from 'stripe';
import type { Check, Evidence, OrderRow, Snapshot, Violation } from './check.js';

// What has an effect: reconciliation reads these from Stripe's list when no webhook brings them.
export const TYPES_WITH_EFFECT: readonly string[] = [
  'charge.captured',
  'charge.dispute.closed',
  'charge.dispute.created',
  'charge.dispute.funds_reinstated',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.updated',
  'charge.refunded',
  'checkout.session.async_payment_failed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.completed',
  'checkout.session.expired',
  'payment_intent.canceled',
  'payment_intent.payment_failed',
  'refund.created',
  'refund.failed',
  'refund.updated',
];

interface MoneyRow {
  paymentIntentId: string;
  orderId: string;
  amountMinor: number;
  state: string;
  purpose: string;
  /** What our rows say has gone back of it. */
  refundedMinor: number;
  disputed: boolean;
}

const MONEY = `
  select p.payment_intent_id as "paymentIntentId", p.order_id as "orderId", p.amount_minor::int as "amountMinor", p.state, p.purpose,
    (select coalesce(sum(r.amount_minor), 0)::int from refunds r
       where r.payment_intent_id = p.payment_intent_id and r.state = 'SUCCEEDED') as "refundedMinor",
    exists (select from disputes d where d.payment_intent_id = p.payment_intent_id) as disputed
  from payments p`;

export const moneyChecks: readonly Check[] = [
  { invariant: 'I2', says: 'captured, refunded and disputed money is what Stripe has', find: moneyViolations },
  { invariant: 'I4', says: 'every paid session has its paid order, or went back', find: unansweredPayments },
  { invariant: 'I6', says: 'every event that was answered 2xx is stored, and none is missing', find: lostEvents },
  { invariant: 'I8', says: 'one session an order, one answer a key', find: sessionViolations },
  { invariant: 'I9', says: 'Stripe asks for the total of the order', find: amountViolations },
  { invariant: 'I12', says: 'a refund is made once, and again only if it failed', find: repeatedRefunds },
  { invariant: 'I14', says: 'a claim is made at Stripe once, for what was claimed', find: unmetClaims },
  {
    invariant: 'I4',
    says: 'an order whose cancellation was confirmed to its buyer stays cancelled',
    find: brokenPromises,
  },
];

async function moneyViolations({ rows }: Evidence, { charges, orders }: Snapshot): Promise<Violation[]> {
  const payments = await rows<MoneyRow>(MONEY);
  const perPayment = payments.flatMap((payment) => {
    const charge = charges.get(payment.paymentIntentId);
    const stripe = `captured ${charge?.amount_captured}, refunded ${charge?.amount_refunded}, disputed ${charge?.disputed}`;
    const ours = `captured ${payment.amountMinor}, refunded ${payment.refundedMinor}, disputed ${payment.disputed}`;
    const isWithin = payment.refundedMinor >= 0 && payment.refundedMinor <= payment.amountMinor;
    if (stripe === ours && isWithin) return [];
    return [violation('I2', payment.orderId, `${payment.paymentIntentId}: ${ours}; at Stripe: ${stripe}`)];
  });
  const ofGoods = payments.filter(({ purpose }) => purpose === 'ORDER');
  const byOrder = Map.groupBy(ofGoods, ({ orderId }) => orderId);
  const perOrder = [...orders.values()].flatMap(({ id, refundedMinor }) => {
    const sum = (byOrder.get(id) ?? []).reduce((total, payment) => total + payment.refundedMinor, 0);
    return sum === refundedMinor ? [] : [violation('I2', id, `says refunded ${refundedMinor}, its rows ${sum}`)];
  });
  return [...perPayment, ...perOrder];
}

async function unansweredPayments({ rows }: Evidence, { sessions, orders }: Snapshot): Promise<Violation[]> {
  const payments = new Map((await rows<MoneyRow>(MONEY)).map((payment) => [payment.paymentIntentId, payment]));
  const all = [...sessions.values()].flat();
  const paid = new Set(all.filter((session) => session.payment_status === 'paid').map(({ id }) => id));
  const unanswered = all.flatMap((session) => {
    if (!paid.has(session.id)) return [];
    const order = orders.get(session.client_reference_id ?? '');
    const payment = payments.get(String(session.payment_intent));
    if (isAcknowledged(order, payment)) return [];
    return [
      violation('I4', order?.id ?? null, `${session.id} is paid: order ${order?.status}, payment ${payment?.state}`),
    ];
  });
  const unpaid = [...orders.values()].filter(
    ({ status, sessionId }) => status === 'PAID' && !paid.has(sessionId ?? ''),
  );
  return [...unanswered, ...unpaid.map(({ id, sessionId }) => violation('I4', id, `is PAID, ${sessionId} is not`))];
}

function isAcknowledged(order: OrderRow | undefined, payment: MoneyRow | undefined): boolean {
  if (order === undefined || payment === undefined || payment.orderId !== order.id) return false;
  if (payment.state === 'ACCEPTED') return order.status === 'PAID';
  if (payment.state === 'UNDER_REVIEW') return order.status === 'UNDER_REVIEW' && order.reviewReason !== null;
  return payment.refundedMinor === payment.amountMinor || payment.disputed;
}

async function lostEvents({ rows, acknowledgedEvents }: Evidence, { events }: Snapshot): Promise<Violation[]> {
  const stored = new Set((await rows<{ id: string }>('select id from inbox_events')).map(({ id }) => id));
  const answered = [...acknowledgedEvents].filter((id) => !stored.has(id));
  const missing = events.filter(({ id, type }) => TYPES_WITH_EFFECT.includes(type) && !stored.has(id));
  return [
    ...answered.map((id) => violation('I6', null, `${id} was answered 2xx and is not stored`)),
    ...missing.map(({ id, type }) => violation('I6', null, `${id} (${type}) is not stored`)),
  ];
}

function sessionViolations({ ambiguousKeys }: Evidence, { sessions }: Snapshot): Violation[] {
  const several = [...sessions].flatMap(([orderId, opened]) => {
    // The second ones that buyers of this test open on purpose are marked.
    const ids = opened.filter(({ metadata }) => metadata?.second === undefined).map(({ id }) => id);
    return ids.length <= 1 ? [] : [violation('I8', orderId, `has ${ids.join(' and ')}`)];
  });
  return [...several, ...ambiguousKeys.map((what) => violation('I8', null, what))];
}

function amountViolations(_: Evidence, { sessions, orders }: Snapshot): Violation[] {
  return [...sessions.values()].flat().flatMap(({ id, client_reference_id: orderId, amount_total: amount }) => {
    const order = orders.get(orderId ?? '');
    if (order?.totalMinor === amount) return [];
    return [violation('I9', order?.id ?? null, `${id} is over ${amount}, the order over ${order?.totalMinor}`)];
  });
}

/** Ours bear the id of their row; those of the dashboard bear none. */
function repeatedRefunds(_: Evidence, snapshot: Snapshot): Violation[] {
  return [...standingRefunds(snapshot)].flatMap(([id, made]) => {
    const orderId = made[0]?.metadata?.order_id ?? null;
    return made.length === 1 ? [] : [violation('I12', orderId, `refund ${id} was made ${made.length} times`)];
  });
}

async function unmetClaims({ rows }: Evidence, snapshot: Snapshot): Promise<Violation[]> {
  const claims = await rows<{ id: string; orderId: string; claimedMinor: number; isMade: boolean }>(
    `select id, order_id as "orderId", claimed_minor::int as "claimedMinor", state in ('PENDING', 'SUCCEEDED') as "isMade"
     from refunds where claimed_minor is not null`,
  );
  const made = standingRefunds(snapshot);
  return claims.flatMap(({ id, orderId, claimedMinor, isMade }) => {
    const sent = (made.get(id) ?? []).reduce((sum, { amount }) => sum + amount, 0);
    if (sent === (isMade ? claimedMinor : 0)) return [];
    return [violation('I14', orderId, `${sent} were sent of a claim over ${claimedMinor}`)];
  });
}

/** The refunds of the shop that took, or will take, money out, by the ids of their rows. */
function standingRefunds({ refunds }: Snapshot): Map<string, Stripe.Refund[]> {
  const standing = refunds.filter(
    ({ metadata, status }) => metadata?.refund_id !== undefined && status !== 'failed' && status !== 'canceled',
  );
  return Map.groupBy(standing, ({ metadata }) => metadata?.refund_id ?? '');
}

function brokenPromises({ cancelledOrders }: Evidence, { orders }: Snapshot): Violation[] {
  return [...cancelledOrders].flatMap((id) => {
    const status = orders.get(id)?.status;
    const isOver = status === 'CANCELLED' || status === 'EXPIRED' || status === 'PAYMENT_FAILED';
    return isOver ? [] : [violation('I4', id, `its cancellation was confirmed to its buyer, and it is ${status}`)];
  });
}

function violation(invariant: string, orderId: string | null, what: string): Violation {
  return { invariant, orderId, what };
}
