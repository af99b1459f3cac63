/** Stores refunds that are due; a job issues them. */
import { randomUUID } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../../platform/auth/viewer.js';
import { batched } from '../../platform/database/batched.js';
import { inTransaction } from '../../platform/database/transaction.js';
import type { JobRequests } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { isUuid } from '../../platform/kernel/identifier.js';
import { formatMoney, type Money } from '../../platform/kernel/money.js';
import { Dispute } from '../disputes/dispute.entity.js';
import type { ReturnedMoney } from '../orders/handover-rules.js';
import { Order, type OrderState } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { RefundStatus } from '../orders/refund-and-dispute-status.js';
import { Payment, PaymentState, paysItsOrder } from '../payments/payment.entity.js';
import { requestPaymentSync } from '../payments/payment-sync-requests.js';
import type { DueRefund, RefundScheduler } from '../payments/payments.service.js';
import { type PaymentPosition, positionOf } from './payment-position.js';
import { Refund, RefundState } from './refund.entity.js';
import { RefundAttempt } from './refund-attempt.entity.js';
import { beginAgain } from './refund-attempts.js';
import { RefundLine } from './refund-line.entity.js';

export const ISSUE_REFUNDS = 'issue-refunds';

export class RefundsService implements RefundScheduler, ReturnedMoney {
  constructor(
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
  ) {}

  /** The refunds of an order, by its id, the earliest first. */
  readonly refundsOf = batched<Refund>(
    (em, orders) => em.find(Refund, { order: { $in: [...orders] } }, { orderBy: { createdAt: 'asc', id: 'asc' } }),
    ({ order }) => order.id,
  );

  private readonly byId = batched<Refund>(
    (em, ids) => em.find(Refund, { id: { $in: [...ids] } }),
    ({ id }) => id,
  );

  /** Null for an unknown one. */
  async findById(em: EntityManager, id: string): Promise<Refund | null> {
    const [refund = null] = await this.byId(em, id);
    return refund;
  }

  /** What refunds give back of lines, by the refund's id. */
  readonly linesOf = batched<RefundLine>(
    (em, refunds) =>
      em.find(
        RefundLine,
        { refund: { $in: [...refunds] } },
        { populate: ['line', 'refund'], orderBy: { line: { position: 'asc' } } },
      ),
    ({ refund }) => refund.id,
  );

  /** The attempts of a refund, by its id, the first one first. */
  readonly attemptsOf = batched<RefundAttempt>(
    (em, refunds) =>
      em.find(RefundAttempt, { refund: { $in: [...refunds] } }, { populate: ['refund'], orderBy: { number: 'asc' } }),
    ({ refund }) => refund.id,
  );

  private readonly claimable = batched<ClaimablePayment>(claimablePayments, ({ payment }) => payment.order.id);

  /** What can still be claimed of the payment that pays an order, which staff may have accepted in another currency. */
  async refundableOf(em: EntityManager, order: OrderState): Promise<Money> {
    const found = (await this.claimable(em, order.id)).find(({ payment }) => paysItsOrder(payment));
    return { amount: found?.claimableMinor ?? 0, currency: found?.payment.currency ?? order.currency };
  }

  /** What can still be claimed of a payment, in minor units. */
  async refundableOfPayment(em: EntityManager, { order, paymentIntentId }: Payment): Promise<number> {
    const payments = await this.claimable(em, order.id);
    return payments.find(({ payment }) => payment.paymentIntentId === paymentIntentId)?.claimableMinor ?? 0;
  }

  /** What banks have taken aside: that may come back. */
  async isAllReturned(em: EntityManager, orderId: string): Promise<boolean> {
    const payment = (await em.find(Payment, { order: orderId })).find(paysItsOrder);
    if (!payment) return false;
    const { paymentIntentId, amountMinor } = payment;
    const refunds = await em.find(Refund, { order: orderId, paymentIntentId });
    return positionOf(amountMinor, refunds, []).claimableMinor === 0;
  }

  /** Part of the caller's transaction: the refund is due if, and only if, that commits. */
  async scheduleRefund(em: EntityManager, due: DueRefund): Promise<void> {
    await this.createRefund(em, due);
  }

  /** What the shop still has of a payment by the stored rows. */
  async remainingOf(em: EntityManager, paymentIntentId: string): Promise<number> {
    return (await this.position(em, paymentIntentId)).leftMinor;
  }

  /**
   * What is left of a payment by the stored rows, and what can still be claimed of it.
   *
   * @param except a refund that is about to be replaced, and does not count
   */
  async position(em: EntityManager, paymentIntentId: string, except?: Refund): Promise<PaymentPosition> {
    const { order, amountMinor } = await em.findOneOrFail(Payment, { paymentIntentId });
    // By the order too, which has the index.
    const ofPayment = { order, paymentIntentId };
    const refunds = (await em.find(Refund, ofPayment)).filter((refund) => refund !== except);
    return positionOf(amountMinor, refunds, await em.find(Dispute, ofPayment));
  }

  /**
   * Makes a failed refund due again, of what staff claimed at most what can still be claimed. One that a dispute blocks,
   * or that could not be issued so far, is tried at once.
   *
   * @throws DomainError `NOT_FOUND`, `REFUND_NOT_RETRYABLE` for one in any other state, or `REFUND_EXCEEDS_PAYMENT`
   *   where nothing is left to claim
   */
  async retryRefund(em: EntityManager, viewer: Viewer, refundId: string): Promise<Refund> {
    return inTransaction(em, async (transaction) => {
      const refund = await lockRefund(transaction, refundId);
      checkRetryable(refund);
      const entry = { at: this.clock.now(), cause: OrderEventCause.REFUND_DUE_AGAIN, actor: actorOf(viewer) };
      refund.order.addTimelineEntry(entry);
      if (refund.state === RefundState.FAILED) {
        await this.claimRest(transaction, refund);
        // Stripe may have made the first one, and goes on to report its state.
        await beginAgain(transaction, refund);
      }
      return this.tryAtOnce(transaction, refund);
    });
  }

  /**
   * Staff have paid the buyer in another way, so that a failed refund needs no other attempt, wherever it was made.
   *
   * @param note how, for staff
   * @throws DomainError `NOT_FOUND`, or `REFUND_NOT_RETRYABLE` for one that has not failed
   */
  async closeRefund(em: EntityManager, viewer: Viewer, refundId: string, note: string): Promise<Refund> {
    return inTransaction(em, async (transaction) => {
      const refund = await lockRefund(transaction, refundId);
      if (refund.state === RefundState.PAID_OTHERWISE) return refund;
      if (refund.state !== RefundState.FAILED) throw notRetryable(refund);
      const now = this.clock.now();
      refund.moveTo(RefundState.PAID_OTHERWISE, now);
      const { order } = refund;
      const cause = OrderEventCause.REFUND_PAID_OTHERWISE;
      order.addTimelineEntry({ at: now, cause, note, actor: actorOf(viewer) });
      // The status of the order follows.
      await transaction.flush();
      await requestPaymentSync(transaction, this.jobs, order.id, null);
      return refund;
    });
  }

  /** Less may be left than when it was claimed: what was refunded meanwhile is not claimed twice. */
  private async claimRest(em: EntityManager, refund: Refund): Promise<void> {
    const { claimedMinor, paymentIntentId, currency } = refund;
    if (claimedMinor == null) return;
    const { claimableMinor } = await this.position(em, paymentIntentId, refund);
    if (claimableMinor === 0) throw exceedsPayment({ amount: 0, currency }, 'refundId');
    refund.claimedMinor = Math.min(claimedMinor, claimableMinor);
    refund.amountMinor = refund.claimedMinor;
  }

  /** The job reads Stripe's lists first: a refund that was made after all, or is still disputed, is not repeated. */
  private async tryAtOnce(em: EntityManager, refund: Refund): Promise<Refund> {
    refund.moveTo(refund.dueState(), this.clock.now());
    refund.nextAttemptAt = this.clock.now();
    refund.order.refundStatus = RefundStatus.PENDING;
    await this.jobs.request(em, ISSUE_REFUNDS);
    return refund;
  }

  private async createRefund(em: EntityManager, due: DueRefund): Promise<Refund> {
    const now = this.clock.now();
    const left = await this.remainingOf(em, due.paymentIntentId);
    // Where nothing is left by the stored rows, Stripe decides.
    const amountMinor = left > 0 ? left : due.amountMinor;
    const times = { createdAt: now, recordedAt: now, nextAttemptAt: now };
    // By its id: the order itself may be loaded, and saved, apart from what is flushed here.
    const order = em.getReference(Order, due.order.id);
    const refund = em.create(Refund, { ...due, order, amountMinor, id: randomUUID(), ...times });
    due.order.refundStatus = RefundStatus.PENDING;
    await this.jobs.request(em, ISSUE_REFUNDS);
    return refund;
  }
}

interface ClaimablePayment {
  payment: Payment;
  claimableMinor: number;
}

/** Of what is under review, or goes back by itself, nothing can be claimed. */
async function claimablePayments(em: EntityManager, orderIds: readonly string[]): Promise<ClaimablePayment[]> {
  const ofOrders = { order: { $in: [...orderIds] } };
  const payments = await em.find(Payment, ofOrders);
  const refunds = await em.find(Refund, ofOrders);
  const disputes = await em.find(Dispute, ofOrders);
  return payments.map((payment) => {
    const isOfPayment = (row: { paymentIntentId: string }) => row.paymentIntentId === payment.paymentIntentId;
    const position = positionOf(payment.amountMinor, refunds.filter(isOfPayment), disputes.filter(isOfPayment));
    return { payment, claimableMinor: payment.state === PaymentState.ACCEPTED ? position.claimableMinor : 0 };
  });
}

/** With its order; the order's lock first, as everywhere. @throws DomainError `NOT_FOUND` */
async function lockRefund(em: EntityManager, refundId: string): Promise<Refund> {
  const found = isUuid(refundId) ? await em.findOne(Refund, { id: refundId }) : null;
  if (!found) throw DomainError.ofFields('NOT_FOUND', { refundId: 'is not the id of a refund' });
  await em.refreshOrFail(found.order, { lockMode: LockMode.PESSIMISTIC_WRITE });
  return em.refreshOrFail(found, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

function checkRetryable(refund: Refund): void {
  const isStuck = refund.state === RefundState.BLOCKED || (refund.isDue() && refund.attempts > 0);
  if (!refund.isMadeHere() || !(refund.state === RefundState.FAILED || isStuck)) throw notRetryable(refund);
}

function notRetryable(refund: Refund): DomainError {
  const words = `The refund is ${refund.state}${refund.isMadeHere() ? '' : ', and was not made here'}.`;
  return new DomainError('REFUND_NOT_RETRYABLE', words, {
    fields: { refundId: 'is a refund that cannot be tried again' },
  });
}

/** @param left what can still be claimed */
export function exceedsPayment(left: Money, field: string): DomainError {
  const words = `${formatMoney(left, 'en')} can still be refunded`;
  return new DomainError('REFUND_EXCEEDS_PAYMENT', `Of the payment, ${words}.`, {
    fields: { [field]: `is more than what is left: ${words}` },
    left,
  });
}
