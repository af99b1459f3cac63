/** What must hold of fees: I2, their sessions are what Stripe says; I4, each is paid once, and money beyond it goes back. */
import type Stripe from 'stripe';
import { type Fee, type FeeSession, FeeSessionState, FeeState } from '../../../src/modules/fees/fee.entity.js';
import { CardChargeState } from '../../../src/modules/fees/fee-card-charge.entity.js';
import { type Payment, PaymentPurpose, PaymentState } from '../../../src/modules/payments/payment.entity.js';
import { RefundReason } from '../../../src/modules/payments/refund-reason.js';
import { idOf, type OrderFacts } from './facts.js';
import { Findings, type Violation } from './violation.js';

const PURPOSE = 'fee';
/** What older sessions, of orders, say. */
const PURPOSE_OF_ORDERS = 'order';

/** To be checked once all is quiet. */
export function checkFees(facts: OrderFacts): Violation[] {
  const findings = new Findings(facts.order.id);
  checkSessions(facts, findings);
  checkCards(facts, findings);
  checkPayments(facts, findings);
  for (const fee of facts.fees) checkFee(facts, fee, findings);
  return findings.violations;
}

function checkSessions({ otherSessions, feeSessions }: OrderFacts, findings: Findings): void {
  const ofFees = otherSessions.filter(({ metadata }) => metadata?.purpose === PURPOSE);
  for (const { id, metadata } of ofFees) {
    const isKnown = feeSessions.some((row) => row.id === metadata?.row_id);
    findings.expect(isKnown, 'I2', `session ${id} is for a fee, and no row asked for it`);
  }
  for (const row of feeSessions) {
    const made = ofFees.filter(({ metadata }) => metadata?.row_id === row.id);
    findings.expect(made.length <= 1, 'I12', `${made.length} sessions were made for one row of a fee`);
    checkSession(row, made[0], findings);
  }
}

function checkSession(
  { state, url }: FeeSession,
  session: Stripe.Checkout.Session | undefined,
  findings: Findings,
): void {
  // Stripe's answer may never have come: nobody has the address then.
  findings.expect(session?.status !== 'open' || url == null, 'I4', 'a session of a fee can still be paid');
  const isPaid = session?.payment_status === 'paid';
  const isSame = (state === FeeSessionState.PAID) === isPaid;
  findings.expect(
    isSame,
    'I2',
    `a session of a fee is ${session?.status ?? 'missing'}, paid: ${isPaid}, its row ${state}`,
  );
  const isOver = state !== FeeSessionState.SENT && state !== FeeSessionState.OPEN;
  findings.expect(isOver, 'I2', `a session of a fee stays ${state}`);
}

/** What a saved card was charged without its buyer: once for each row, and the row says what came of it. */
function checkCards({ intents, feeSessions, cardCharges, otherSessions }: OrderFacts, findings: Findings): void {
  const ofSessions = new Set(otherSessions.map(({ payment_intent: intent }) => idOf(intent)));
  const ofFees = intents.filter(({ id, metadata }) => metadata.purpose === PURPOSE && !ofSessions.has(id));
  for (const { id, metadata } of ofFees) {
    const isKnown = [...cardCharges, ...feeSessions].some((row) => row.id === metadata.row_id);
    findings.expect(isKnown, 'I2', `payment ${id} is of a fee, and no row asked for it`);
  }
  for (const { id, state } of cardCharges) {
    const made = ofFees.filter(({ metadata }) => metadata.row_id === id);
    findings.expect(made.length <= 1, 'I12', `a card was charged ${made.length} times for one fee`);
    findings.expect(state !== CardChargeState.SENT, 'I2', 'the charge of a card stays SENT');
    const isPaid = made[0]?.status === 'succeeded';
    const isSame = (state === CardChargeState.PAID) === isPaid;
    findings.expect(isSame, 'I2', `the charge of a card is ${made[0]?.status ?? 'missing'}, its row ${state}`);
    const canBePaid = made.some(({ status }) => status !== 'succeeded' && status !== 'canceled');
    findings.expect(!canBePaid, 'I4', 'the charge of a card can still succeed');
  }
}

/** Money that came for one thing counts for that alone. */
function checkPayments({ intents, payments, refunds }: OrderFacts, findings: Findings): void {
  for (const { id, metadata, amount_received: received } of intents) {
    const payment = payments.find(({ paymentIntentId }) => paymentIntentId === id);
    const purpose = metadata.purpose ?? PURPOSE_OF_ORDERS;
    const isOfPurpose = payment === undefined || payment.purpose === PaymentPurpose[wordOf(purpose)];
    findings.expect(isOfPurpose, 'I4', `money that came for a ${purpose} counts as one of ${payment?.purpose}`);
    if (purpose !== PURPOSE || received === 0) continue;
    findings.expect(
      payment?.amountMinor === received,
      'I2',
      `${received} of a fee are a payment of ${payment?.amountMinor}`,
    );
  }
  for (const payment of payments.filter(({ purpose }) => purpose === PaymentPurpose.FEE)) {
    const ours = refunds.filter((row) => row.isOurs && row.paymentIntentId === payment.paymentIntentId);
    const isReturned = payment.state === PaymentState.RETURNED;
    findings.expect(isReturned === ours.length > 0, 'I4', `a payment of a fee is ${payment.state}, and was sent back`);
    const isKnown = ours.every(({ reason }) =>
      [RefundReason.FEE_WAIVED, RefundReason.DUPLICATE_PAYMENT].includes(reason),
    );
    findings.expect(isKnown, 'I4', 'a payment of a fee went back for another reason');
  }
}

function checkFee(facts: OrderFacts, fee: Fee, findings: Findings): void {
  const { id, state, paymentIntentId, waiveRequestedAt, amountMinor } = fee;
  const paid = paymentsOf(facts, fee);
  const accepted = paid.filter((payment) => payment.state === PaymentState.ACCEPTED);
  const isPaid = state === FeeState.PAID;
  findings.expect(
    accepted.length === (isPaid ? 1 : 0),
    'I4',
    `a fee is ${state}, with ${accepted.length} payments accepted`,
  );
  const isNamed =
    !isPaid || (accepted[0]?.paymentIntentId === paymentIntentId && accepted[0]?.amountMinor === amountMinor);
  findings.expect(isNamed, 'I4', `fee ${id} over ${amountMinor} names another payment`);
  // The first payment pays it.
  const isExact = paid.some((payment) => payment.amountMinor === amountMinor);
  findings.expect(isPaid || !isExact || waiveRequestedAt != null, 'I4', `a fee that was paid is ${state}`);
  const isConcluded = waiveRequestedAt == null || isPaid || state === FeeState.WAIVED;
  findings.expect(isConcluded, 'I4', `a fee was to be waived, and is ${state}`);
}

/** Those of its sessions and of its card, and the one that it names. */
function paymentsOf(facts: OrderFacts, { id, paymentIntentId }: Fee): Payment[] {
  const { feeSessions, cardCharges, otherSessions, payments } = facts;
  const rows = new Set(feeSessions.filter(({ fee }) => fee.id === id).map((row) => row.id));
  const sessions = otherSessions.filter(({ metadata }) => rows.has(metadata?.row_id ?? ''));
  const charges = cardCharges.filter(({ fee }) => fee.id === id).map((row) => row.paymentIntentId);
  const intents = new Set([paymentIntentId, ...charges, ...sessions.map(({ payment_intent: intent }) => idOf(intent))]);
  return payments.filter((payment) => intents.has(payment.paymentIntentId));
}

function wordOf(purpose: string): keyof typeof PaymentPurpose {
  return purpose.toUpperCase() as keyof typeof PaymentPurpose;
}
