/** What must hold of the status, the timeline and the sessions of one order: I1, I4, I5, I7, I8, I9. */
import type Stripe from 'stripe';
import { OrderEventCause } from '../../../src/modules/orders/order-event-cause.js';
import { OrderStatus } from '../../../src/modules/orders/order-status.js';
import { PaymentState, paysItsOrder } from '../../../src/modules/payments/payment.entity.js';
import { idOf, type OrderFacts } from './facts.js';
import { Findings, type Violation } from './violation.js';

/** Sessions that a test made beside those of the shop say so in their metadata. */
const PLANTED = 'planted';
const STAFF_ACCEPTED = OrderEventCause.PAYMENT_ACCEPTED;

/** @param isQuiet whether the system is idle: everything that was due has been done */
export function checkOrder(facts: OrderFacts, isQuiet: boolean): Violation[] {
  const findings = new Findings(facts.order.id);
  checkTimeline(facts, findings);
  checkPaid(facts, findings);
  checkAmounts(facts, findings);
  if (isQuiet) {
    checkSessions(facts, findings);
    checkEnd(facts, findings);
  }
  return findings.violations;
}

function checkTimeline({ order, timeline }: OrderFacts, findings: Findings): void {
  const [first] = timeline;
  findings.expect(
    first?.from == null && first?.to === OrderStatus.PENDING,
    'I7',
    'the timeline does not begin PENDING',
  );
  timeline.forEach((event, index) => {
    const before = timeline[index - 1];
    if (before === undefined) return;
    findings.expect(
      event.from === before.to,
      'I7',
      `the timeline leaps from ${before.to} to ${event.from}: ${event.cause}`,
    );
  });
  const last = timeline.at(-1)?.to;
  findings.expect(last === order.status, 'I7', `the order is ${order.status}, its timeline ends with ${last}`);
}

function checkPaid({ order, timeline, payments }: OrderFacts, findings: Findings): void {
  const transitions = timeline.filter(({ from, to }) => to === OrderStatus.PAID && from !== OrderStatus.PAID);
  findings.expect(transitions.length <= 1, 'I1', `it became PAID ${transitions.length} times`);
  const accepted = payments.filter(paysItsOrder);
  const isPaid = order.status === OrderStatus.PAID;
  findings.expect(
    accepted.length === (isPaid ? 1 : 0),
    'I1',
    `it is ${order.status} with ${accepted.length} payments accepted`,
  );
  findings.expect((order.paidAt != null) === isPaid, 'I1', `it is ${order.status}, and paid at ${order.paidAt}`);
  findings.expect(
    (order.number != null) === (order.paidAt != null),
    'order number',
    `it has the number ${order.number}`,
  );
  const wasAccepted = timeline.some(({ cause, actor }) => cause === STAFF_ACCEPTED && actor.startsWith('staff:'));
  for (const { amountMinor, currency, checkoutSessionId } of accepted) {
    const isExact = amountMinor === order.totalMinor && currency === order.currency;
    const isOwn = checkoutSessionId === order.checkoutSessionId;
    findings.expect(wasAccepted || (isExact && isOwn), 'I4', 'money that does not match paid it, without staff');
  }
}

function checkAmounts({ order, lines }: OrderFacts, findings: Findings): void {
  const sum = lines.reduce((total, { quantity, rateMinor }) => total + quantity * rateMinor, 0);
  findings.expect(sum === order.totalMinor, 'I9', `its lines add up to ${sum}, its total is ${order.totalMinor}`);
}

function checkSessions(facts: OrderFacts, findings: Findings): void {
  const { order, sessions } = facts;
  const own = sessions.filter(({ metadata }) => metadata?.[PLANTED] === undefined);
  findings.expect(own.length <= 1, 'I8', `Stripe has ${own.length} sessions of it`);
  const isKnown = order.checkoutSessionId == null || sessions.some(({ id }) => id === order.checkoutSessionId);
  findings.expect(isKnown, 'I5', 'Stripe does not find its session');
  for (const session of own) {
    const isUnderCheck = session.amount_total === order.totalMinor || session.payment_status !== 'paid';
    const isReviewed = order.reviewReason != null;
    findings.expect(
      isUnderCheck || isReviewed,
      'I9',
      `it is over ${order.totalMinor}, its session over ${session.amount_total}`,
    );
  }
  for (const session of sessions) checkPaidSession(facts, session, findings);
}

/** I4: money that arrived pays the order, is under review, or goes back. */
function checkPaidSession(facts: OrderFacts, session: Stripe.Checkout.Session, findings: Findings): void {
  findings.expect(session.status !== 'open', 'I13', 'a session of it can still be paid');
  if (session.payment_status !== 'paid') return;
  const { order, payments } = facts;
  const payment = payments.find(({ paymentIntentId }) => paymentIntentId === idOf(session.payment_intent));
  findings.expect(payment !== undefined, 'I4', `its session ${session.id} is paid, and no payment was counted`);
  if (payment === undefined) return;
  findings.expect(payment.amountMinor === session.amount_total, 'I2', `a payment is counted as ${payment.amountMinor}`);
  if (payment.state === PaymentState.UNDER_REVIEW) {
    const isOpen = order.status === OrderStatus.UNDER_REVIEW && Boolean(order.reviewReason);
    findings.expect(isOpen, 'I4', `a payment is under review, and the order ${order.status}`);
  }
}

function checkEnd({ order, payments }: OrderFacts, findings: Findings): void {
  const hasEnded = !order.awaitsPayment();
  findings.expect(hasEnded, order.checkoutSessionId ? 'I13' : 'I5', `it stays ${order.status} for ever`);
  if (order.status !== OrderStatus.UNDER_REVIEW) return;
  const hasMoney = payments.some(({ state }) => state === PaymentState.UNDER_REVIEW);
  const isOverdue = order.completedUnpaidAt != null;
  findings.expect(hasMoney || isOverdue, 'I4', 'it is under review without any money');
}
