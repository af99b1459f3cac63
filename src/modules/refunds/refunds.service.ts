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
import { Dispute } from '../disputes/dispute.entity.js';
import { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { RefundStatus } from '../orders/refund-and-dispute-status.js';
import { Payment } from '../payments/payment.entity.js';
import type { DueRefund, RefundScheduler } from '../payments/payments.service.js';
import { positionOf } from './payment-position.js';
import { Refund, RefundState } from './refund.entity.js';

export const ISSUE_REFUNDS = 'issue-refunds';

export class RefundsService implements RefundScheduler {
  constructor(
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
  ) {}

  /** The refunds of an order, by its id, the earliest first. */
  readonly refundsOf = batched<Refund>(
    (em, orders) => em.find(Refund, { order: { $in: [...orders] } }, { orderBy: { createdAt: 'asc', id: 'asc' } }),
    ({ order }) => order.id,
  );

  /** Part of the caller's transaction: the refund is due if, and only if, that commits. */
  async scheduleRefund(em: EntityManager, due: DueRefund): Promise<void> {
    await this.createRefund(em, due);
  }

  /** What the shop still has of a payment by the stored rows. */
  async remainingOf(em: EntityManager, paymentIntentId: string): Promise<number> {
    const payment = await em.findOneOrFail(Payment, { paymentIntentId });
    const refunds = await em.find(Refund, { paymentIntentId });
    return positionOf(payment.amountMinor, refunds, await em.find(Dispute, { paymentIntentId })).leftMinor;
  }

  /**
   * Makes a failed refund due again. One that a dispute blocks, or that could not be issued so far, is
   * tried at once.
   *
   * @throws DomainError `NOT_FOUND`, or `REFUND_NOT_RETRYABLE` for one in any other state
   */
  async retryRefund(em: EntityManager, viewer: Viewer, refundId: string): Promise<Refund> {
    return inTransaction(em, async (transaction) => {
      const found = isUuid(refundId) ? await transaction.findOne(Refund, { id: refundId }) : null;
      if (!found) throw DomainError.ofFields('NOT_FOUND', { refundId: 'is not the id of a refund' });
      // The order's lock first, as everywhere.
      await transaction.refreshOrFail(found.order, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const failed = await transaction.refreshOrFail(found, { lockMode: LockMode.PESSIMISTIC_WRITE });
      checkRetryable(failed);
      failed.order.addTimelineEntry({
        at: this.clock.now(),
        cause: OrderEventCause.REFUND_DUE_AGAIN,
        actor: actorOf(viewer),
      });
      return failed.state === RefundState.FAILED
        ? this.followUp(transaction, failed)
        : this.tryAtOnce(transaction, failed);
    });
  }

  /** A row of its own: Stripe may have made the first one, and goes on to report its state. */
  private async followUp(em: EntityManager, failed: Refund): Promise<Refund> {
    failed.state = RefundState.CANCELED;
    await em.flush();
    const { order, paymentIntentId, amountMinor, currency, reason } = failed;
    const note = failed.note ?? null;
    return this.createRefund(em, { order, paymentIntentId, amountMinor, currency, reason, note });
  }

  /** The job reads Stripe's lists first: a refund that was made after all, or is still disputed, is not repeated. */
  private async tryAtOnce(em: EntityManager, refund: Refund): Promise<Refund> {
    refund.state = RefundState.DUE;
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

function checkRetryable({ state, isOurs, attempts }: Refund): void {
  const isStuck = state === RefundState.BLOCKED || (state === RefundState.DUE && attempts > 0);
  if (isOurs && (state === RefundState.FAILED || isStuck)) return;
  throw new DomainError('REFUND_NOT_RETRYABLE', `The refund is ${state}${isOurs ? '' : ', and was not made here'}.`, {
    fields: { refundId: 'is a refund that cannot be tried again' },
  });
}
