/**
 * I15, and what I2 and I12 say of deposits: at most one capturable hold of a deposit, for goods that are booked or out;
 * each hold is what Stripe says it is, made once, and captured once, for what staff have asked for.
 */
import type Stripe from 'stripe';
import {
  CaptureState,
  type Deposit,
  type DepositCapture,
  type DepositHold,
  DepositHoldState,
  DepositState,
  HoldKind,
} from '../../../src/modules/deposits/deposit.entity.js';
import { PaymentPurpose, PaymentState } from '../../../src/modules/payments/payment.entity.js';
import { calendarDateAt, startOfDay } from '../../../src/platform/kernel/calendar-date.js';
import type { OrderFacts, Rental } from './facts.js';
import { Findings, type Violation } from './violation.js';

/** When it is, and what people did without the shop. */
export interface DepositContext {
  /** By the clock of the shop. */
  now: Date;
  /** PaymentIntents that somebody captured in the dashboard. */
  capturedInDashboard: ReadonlySet<string>;
}

/** What is known of one deposit, by the rows and by Stripe. */
interface OneDeposit {
  deposit: Deposit;
  holds: readonly DepositHold[];
  captures: readonly DepositCapture[];
  intents: readonly Stripe.PaymentIntent[];
}

const PURPOSE = 'deposit';
const TIME_ZONE = 'Europe/Paris';
const HOUR_MS = 3_600_000;
const RELEASED_AFTER_MS = 24 * HOUR_MS;
const SLACK_MS = HOUR_MS;
// The evening before.
const HELD_BEFORE_MS = 6 * HOUR_MS;

/** To be checked once all is quiet. */
export function checkDeposits(facts: OrderFacts, context: DepositContext): Violation[] {
  const findings = new Findings(facts.order.id);
  checkKnown(facts, findings);
  for (const hold of facts.holds) checkHold(facts, hold, findings);
  for (const one of depositsOf(facts)) {
    checkStanding(facts, one, context, findings);
    checkRenewals(facts, one, findings);
    checkCaptures(one, context, findings);
    checkEnd(one, findings);
  }
  checkPayments(facts, findings);
  return findings.violations;
}

export function depositsOf({ deposits, holds, captures, intents }: OrderFacts): OneDeposit[] {
  return deposits.map((deposit) => {
    const own = holds.filter((hold) => hold.deposit.id === deposit.id);
    const ids = new Set(own.map(({ id }) => id));
    return {
      ...{ deposit, holds: own, captures: captures.filter((capture) => capture.deposit.id === deposit.id) },
      intents: intents.filter(({ metadata }) => isOfDeposit(metadata) && ids.has(metadata.row_id ?? '')),
    };
  });
}

/** Each object at Stripe has its row, and each row one object at most. */
function checkKnown({ holds, intents, otherSessions }: OrderFacts, findings: Findings): void {
  const ids = new Set(holds.map(({ id }) => id));
  for (const [kind, objects] of [['payment', intents] as const, ['session', otherSessions] as const]) {
    const ofHolds = objects.filter(({ metadata }) => isOfDeposit(metadata));
    const strays = ofHolds.filter(({ metadata }) => !ids.has(metadata?.row_id ?? '')).length;
    findings.expect(strays === 0, 'I15', `Stripe has a ${kind} for a deposit that no row asked for`);
    for (const id of ids) {
      const made = ofHolds.filter(({ metadata }) => metadata?.row_id === id).length;
      findings.expect(made <= 1, 'I12', `${made} ${kind}s were made for hold ${id}`);
    }
  }
}

/** What a row may say of a payment of each status; that of a page may not be made yet, or never be. */
const STATES: Readonly<Partial<Record<string, readonly DepositHoldState[]>>> = {
  requires_capture: [DepositHoldState.HELD],
  succeeded: [DepositHoldState.CAPTURED],
  canceled: [
    ...[DepositHoldState.CANCELED, DepositHoldState.EXPIRED, DepositHoldState.REFUSED],
    ...[DepositHoldState.UNUSED, DepositHoldState.SENT],
  ],
};

const WITHOUT_PAYMENT = [
  ...[DepositHoldState.REFUSED, DepositHoldState.UNUSED, DepositHoldState.NOT_MADE, DepositHoldState.SENT],
];

function checkHold({ intents, otherSessions }: OrderFacts, hold: DepositHold, findings: Findings): void {
  const { id, state, kind } = hold;
  const intent = intents.find(({ metadata }) => isOfDeposit(metadata) && metadata.row_id === id);
  const session = otherSessions.find(({ metadata }) => isOfDeposit(metadata) && metadata?.row_id === id);
  const isKnown = intent ? STATES[intent.status]?.includes(state) === true : WITHOUT_PAYMENT.includes(state);
  findings.expect(isKnown, 'I2', `a payment that holds a deposit is ${intent?.status ?? 'missing'}, its row ${state}`);
  const isNamed = hold.paymentIntentId == null || hold.paymentIntentId === intent?.id;
  findings.expect(isNamed, 'I2', `hold ${id} names the payment ${hold.paymentIntentId}, it is ${intent?.id}`);
  const received = intent?.amount_received ?? 0;
  findings.expect(
    (hold.receivedMinor ?? 0) === received,
    'I2',
    `hold ${id} got ${received}, not ${hold.receivedMinor}`,
  );
  const isWhole = intent === undefined || intent.amount === hold.amountMinor;
  findings.expect(isWhole, 'I2', `hold ${id} is over ${intent?.amount} at Stripe, and ${hold.amountMinor} here`);
  if (kind === HoldKind.SAVED_CARD) {
    findings.expect(state !== DepositHoldState.SENT, 'I15', `what became of hold ${id} stays unknown`);
    return;
  }
  // Stripe's answer may never have come: nobody has the address then.
  const isOpen = session?.status === 'open' && hold.url != null;
  findings.expect(!isOpen, 'I15', `the page of hold ${id} is still open`);
  const isComplete = session?.status === 'complete';
  const wasHeld = [DepositHoldState.SENT, DepositHoldState.UNUSED, DepositHoldState.NOT_MADE].every(
    (one) => one !== state,
  );
  findings.expect(isComplete === wasHeld, 'I2', `the page of a hold is ${session?.status}, its row ${state}`);
}

/** Whether the sum is held at Stripe for what is booked or out, and once. */
function checkStanding(facts: OrderFacts, one: OneDeposit, { now }: DepositContext, findings: Findings): void {
  const { deposit, captures, intents } = one;
  const held = intents.filter(({ status }) => status === 'requires_capture');
  findings.expect(held.length <= 1, 'I15', `${held.length} sums are held for one deposit`);
  for (const { amount } of held) {
    findings.expect(
      amount <= deposit.amountMinor,
      'I15',
      `${amount} are held of a deposit over ${deposit.amountMinor}`,
    );
  }
  if (held.length === 0) return;
  findings.expect(deposit.settledAt == null, 'I15', `a deposit is ${deposit.state}, and the sum is still held`);
  // What was to be captured, and could not be, is left to staff.
  if (captures.at(-1)?.state === CaptureState.FAILED) return;
  const isWanted = wantedOf(facts, deposit, now).length > 0;
  const back = rentalsOf(facts, deposit).flatMap(({ returnedAt }) => returnedAt ?? []);
  const isSoonBack = back.length > 0 && now.getTime() < Math.max(...back) + RELEASED_AFTER_MS;
  findings.expect(isWanted || isSoonBack, 'I15', 'a sum is held for goods that are neither booked nor out');
}

/** While goods are out, a sum is let go only once another one is held. */
function checkRenewals({ holdEvents }: OrderFacts, { deposit, holds, intents }: OneDeposit, findings: Findings): void {
  // Who releases a deposit lets go of all of it.
  if (deposit.settledAt != null) return;
  const held = new Set<string>();
  for (const { type, data } of holdEvents.filter((event) => intents.some(({ id }) => id === event.data.object.id))) {
    const { id } = data.object;
    if (type === 'payment_intent.amount_capturable_updated') held.add(id);
    else held.delete(id);
    const hold = holds.find(({ paymentIntentId }) => paymentIntentId === id);
    const isLetGo = type === 'payment_intent.canceled' && hold?.state === DepositHoldState.CANCELED;
    findings.expect(!isLetGo || held.size > 0, 'I15', 'a sum was let go before another one was held');
  }
}

/** What staff asked for is taken once, and nothing else is taken but in the dashboard. */
function checkCaptures({ captures, intents, holds }: OneDeposit, context: DepositContext, findings: Findings): void {
  const isOurs = ({ id }: Stripe.PaymentIntent) => !context.capturedInDashboard.has(id);
  const taken = intents.filter((intent) => intent.amount_received > 0);
  const ours = taken.filter(isOurs);
  findings.expect(ours.length <= 1, 'I12', `a deposit was captured ${ours.length} times`);
  for (const intent of ours) {
    const capture = captures.find(({ hold }) => hold.id === intent.metadata.row_id);
    const isAsked = capture?.amountMinor === intent.amount_received;
    findings.expect(isAsked, 'I12', `${intent.amount_received} were captured, staff asked for ${capture?.amountMinor}`);
  }
  for (const { state, hold } of captures) {
    findings.expect(state !== CaptureState.REQUESTED, 'I12', 'a capture stays requested');
    const isTaken = holds.some(({ id, state: of }) => id === hold.id && of === DepositHoldState.CAPTURED);
    findings.expect((state === CaptureState.DONE) === isTaken, 'I12', `a capture is ${state}, captured: ${isTaken}`);
    const released = intents.find(({ id, status }) => id === hold.paymentIntentId && status === 'canceled');
    const isOurOwn = hold.state === DepositHoldState.CANCELED && released?.cancellation_reason === null;
    findings.expect(!isOurOwn, 'I12', 'the shop let go of what staff were to get');
  }
}

/** It is settled, as its holds say, or will be looked at. */
function checkEnd({ deposit, holds, intents }: OneDeposit, findings: Findings): void {
  const { state, settledAt, nextLookAt, releaseAt, releaseRequestedAt } = deposit;
  const isTaken = intents.some(({ amount_received: received }) => received > 0);
  if (settledAt == null) {
    const isSeen = state !== DepositState.SCHEDULED && releaseAt == null;
    const isLooked = nextLookAt != null || isSeen;
    findings.expect(isLooked, 'I15', `a deposit is ${state}, and nothing looks at it any more`);
    findings.expect(!isTaken, 'I15', `a deposit is captured, and it is ${state}`);
    findings.expect(releaseRequestedAt == null, 'I15', `a deposit was to be released, and it is ${state}`);
    return;
  }
  const expected = isTaken ? DepositState.CAPTURED : DepositState.RELEASED;
  findings.expect(state === expected, 'I15', `a deposit is ${state}, and ought to be ${expected}`);
  const left = holds.filter((hold) => hold.isLive()).length;
  findings.expect(left === 0, 'I15', `a deposit is ${state}, and has ${left} holds left`);
}

/** What was captured is a payment of its own, which never pays the order, and never goes back by itself. */
function checkPayments({ payments, holds, refunds }: OrderFacts, findings: Findings): void {
  const captured = holds.filter(({ state }) => state === DepositHoldState.CAPTURED);
  const ofDeposits = payments.filter(({ purpose }) => purpose === PaymentPurpose.DEPOSIT);
  for (const { paymentIntentId, receivedMinor } of captured) {
    const payment = ofDeposits.find((row) => row.paymentIntentId === paymentIntentId);
    const isRecorded = payment?.amountMinor === receivedMinor && payment?.state === PaymentState.ACCEPTED;
    findings.expect(isRecorded, 'I2', `${receivedMinor} of a deposit are a payment of ${payment?.amountMinor}`);
  }
  findings.expect(ofDeposits.length === captured.length, 'I2', `${ofDeposits.length} payments are of deposits`);
  for (const { paymentIntentId } of ofDeposits) {
    const isReturned = refunds.some((refund) => refund.isOurs && refund.paymentIntentId === paymentIntentId);
    findings.expect(!isReturned, 'I4', 'what was captured of a deposit goes back by itself');
  }
}

/**
 * Whether a deposit is to be on the attention list: null where either will do.
 *
 * @param one with what Stripe says
 */
export function waitsForPerson(
  facts: OrderFacts,
  { deposit, holds, captures, intents }: OneDeposit,
  now: Date,
): boolean | null {
  if (deposit.settledAt != null) return false;
  if (captures.at(-1)?.state === CaptureState.FAILED) return true;
  const until = intents.flatMap((intent) => (intent.status === 'requires_capture' ? heldUntil(intent) : []));
  const isHeld = until.some((time) => time - SLACK_MS > now.getTime());
  const isDue = now.getTime() >= startOfDay(deposit.startDate, TIME_ZONE).getTime() - HELD_BEFORE_MS;
  if (!isHeld && isDue && wantedOf(facts, deposit, now).length > 0) return true;
  const isRefused = holds.some(({ state }) => state === DepositHoldState.REFUSED);
  return isRefused || !isHeld ? null : false;
}

function heldUntil({ latest_charge: charge }: Stripe.PaymentIntent): number {
  const seconds = (charge as Stripe.Charge | null)?.payment_method_details?.card?.capture_before;
  return (seconds ?? 0) * 1000;
}

/** The units that are booked or out. */
function wantedOf(facts: OrderFacts, deposit: Deposit, now: Date): Rental[] {
  const today = calendarDateAt(now, TIME_ZONE);
  return rentalsOf(facts, deposit).filter(
    ({ isPickedUp, returnedAt, returnDate }) => returnedAt === null && (isPickedUp || returnDate >= today),
  );
}

function rentalsOf({ lines, rentals }: OrderFacts, { startDate }: Deposit): Rental[] {
  const ids = lines.filter((line) => line.startDate === startDate && (line.depositMinor ?? 0) > 0).map(({ id }) => id);
  return rentals.filter(({ lineId }) => ids.includes(lineId));
}

function isOfDeposit(metadata: Stripe.Metadata | null): boolean {
  return metadata?.purpose === PURPOSE;
}
