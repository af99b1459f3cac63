/** What Stripe's answers change of a deposit. Part of the transaction that has locked the order; safe in any order. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Logger } from '../../platform/kernel/logger.js';
import { formatMoney } from '../../platform/kernel/money.js';
import type { CardPaymentSnapshot } from '../../stripe/card-payments.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { PaymentPurpose, PaymentState } from '../payments/payment.entity.js';
import type { PaymentsService } from '../payments/payments.service.js';
import { CaptureState, type DepositHold, DepositHoldState, HoldKind } from './deposit.entity.js';
import type { Answer } from './deposit-calls.js';
import { currentHold, lapseAt } from './deposit-plan.js';
import { describe, type LockedDeposit } from './locked-deposit.js';

interface Tools {
  em: EntityManager;
  payments: PaymentsService;
  logger: Logger;
}

/** In the dashboard, by staff of the shop. */
const IN_DASHBOARD = 'stripe';

export async function applyAnswer(
  tools: Tools,
  locked: LockedDeposit,
  hold: DepositHold,
  answer: Exclude<Answer, { kind: 'card' }>,
): Promise<void> {
  const { facts } = locked;
  const { logger } = tools;
  const { SENT, OPEN, HELD } = DepositHoldState;
  switch (answer.kind) {
    case 'payment':
      await applyPayment(tools, locked, hold, answer.payment, answer.sessionId);
      break;
    case 'refused':
      if (hold.state === SENT) refuse(locked, hold, answer.refusal);
      break;
    case 'notMade':
      if (hold.state === SENT) hold.moveTo(DepositHoldState.NOT_MADE);
      break;
    case 'doubt':
      hold.notFoundAt ??= facts.now;
      break;
    case 'unused':
      if (hold.state === SENT || hold.state === OPEN) hold.moveTo(DepositHoldState.UNUSED);
      break;
    case 'captureRejected':
      logger.error({ depositId: locked.deposit.id }, 'Stripe rejected the capture of a deposit');
      failCapture(locked, hold);
      break;
    case 'missing':
      // A key of another account does not see the shop's payments. Once its time is over, it holds nothing in any case.
      if (hold.state === OPEN && hold.expiresAt && hold.expiresAt <= facts.now) hold.moveTo(DepositHoldState.UNUSED);
      if (hold.state === HELD && hold.captureBefore && hold.captureBefore <= facts.now) expire(locked, hold);
      break;
    case 'unchanged':
      break;
  }
  describe(locked);
}

async function applyPayment(
  tools: Tools,
  locked: LockedDeposit,
  hold: DepositHold,
  payment: CardPaymentSnapshot,
  sessionId: string | null,
): Promise<void> {
  const { CAPTURED, SENT } = DepositHoldState;
  hold.paymentIntentId ??= payment.paymentIntentId;
  if (payment.status === 'held') return applyHeld(tools, locked, hold, payment);
  if (payment.status === 'succeeded' && hold.state !== CAPTURED) {
    return applyCaptured(tools, locked, hold, payment, sessionId);
  }
  // What is over stays so: an answer may be older than what is known.
  if (payment.status !== 'canceled' || !hold.isLive()) return;
  if (hold.state === SENT) return refuse(locked, hold, payment.refusal ?? 'canceled');
  if (payment.expired) return expire(locked, hold);
  cancel(locked, hold);
}

/** The sum is held: from now on by this hold alone. */
async function applyHeld({ em }: Tools, locked: LockedDeposit, hold: DepositHold, payment: CardPaymentSnapshot) {
  const { order, deposit, capture, facts } = locked;
  hold.captureBefore = payment.captureBefore;
  if (hold.state === DepositHoldState.HELD || !hold.isLive()) return;
  const before = currentHold(facts.holds);
  const isCaptured = facts.holds.some(({ state }) => state === DepositHoldState.CAPTURED);
  const isClaimed = capture?.state === CaptureState.REQUESTED;
  // A sum that is being captured is never let go for another: then this one is of no use.
  if (deposit.releaseRequestedAt || isClaimed || isCaptured) hold.endRequestedAt = facts.now;
  else if (before) before.endRequestedAt = facts.now;
  // One hold stands at any time, by a constraint of the database.
  await em.flush();
  hold.moveTo(DepositHoldState.HELD);
  const { amountMinor: amount } = hold;
  const words = formatMoney({ amount, currency: deposit.currency }, 'en');
  const note = payment.captureBefore ? `${words}, until ${lapseAt(payment.captureBefore).toISOString()}` : words;
  const actor = hold.kind === HoldKind.SESSION ? `buyer:${order.buyerId}` : 'system';
  order.addTimelineEntry({ at: facts.now, cause: OrderEventCause.DEPOSIT_HELD, actor, note });
}

/** The shop has the money: captured by us, or in the dashboard. */
async function applyCaptured(
  { em, payments }: Tools,
  { order, deposit, capture, facts }: LockedDeposit,
  hold: DepositHold,
  { paymentIntentId, receivedMinor, currency }: CardPaymentSnapshot,
  sessionId: string | null,
): Promise<void> {
  hold.moveTo(DepositHoldState.CAPTURED);
  hold.receivedMinor = receivedMinor;
  const received = { paymentIntentId, checkoutSessionId: sessionId, amountMinor: receivedMinor, currency };
  const kept = { state: PaymentState.ACCEPTED, purpose: PaymentPurpose.DEPOSIT };
  await payments.record(em, order, received, kept);
  const isOurs = capture?.hold.id === hold.id;
  if (isOurs) capture.state = CaptureState.DONE;
  const actor = isOurs ? capture.requestedBy : IN_DASHBOARD;
  const note = formatMoney({ amount: receivedMinor, currency: deposit.currency }, 'en');
  order.addTimelineEntry({ at: facts.now, cause: OrderEventCause.DEPOSIT_CAPTURED, actor, note });
}

function refuse({ order, facts }: LockedDeposit, hold: DepositHold, refusal: string): void {
  hold.moveTo(DepositHoldState.REFUSED);
  hold.refusal = refusal;
  order.addTimelineEntry({ at: facts.now, cause: OrderEventCause.DEPOSIT_REFUSED, actor: 'system', note: refusal });
}

function expire(locked: LockedDeposit, hold: DepositHold): void {
  const { order, facts } = locked;
  hold.moveTo(DepositHoldState.EXPIRED);
  failCapture(locked, hold);
  // Of one that was let go anyway there is nothing to tell.
  if (hold.endRequestedAt) return;
  order.addTimelineEntry({ at: facts.now, cause: OrderEventCause.DEPOSIT_EXPIRED, actor: 'stripe' });
}

/** Who released it in Stripe's dashboard has decided about the deposit. */
function cancel(locked: LockedDeposit, hold: DepositHold): void {
  const { deposit, facts } = locked;
  // What staff wanted of it is left to staff: to them it is a sum that is not held any more.
  const wasWanted = failCapture(locked, hold);
  hold.moveTo(wasWanted ? DepositHoldState.EXPIRED : DepositHoldState.CANCELED);
  if (wasWanted || hold.endRequestedAt || deposit.releaseRequestedAt) return;
  deposit.requestRelease(facts.now, IN_DASHBOARD, 'in Stripe’s dashboard');
}

/** @returns whether something of it was to be captured */
function failCapture({ capture }: LockedDeposit, hold: DepositHold): boolean {
  if (capture?.hold.id !== hold.id || capture.state !== CaptureState.REQUESTED) return false;
  capture.state = CaptureState.FAILED;
  return true;
}
