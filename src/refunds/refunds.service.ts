/** Records refunds that are due; a job issues them. */
import { randomUUID } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { actorOf, type Viewer } from '../auth/viewer.js';
import { batched } from '../database/batched.js';
import { inTransaction } from '../database/transaction.js';
import type { JobRequests } from '../jobs/job.js';
import { RefundStatus } from '../orders/money-status.js';
import type { DueRefund, RefundDesk } from '../orders/settlement.service.js';
import type { Clock } from '../shared/clock.js';
import { DomainError } from '../shared/domain-error.js';
import { isUuid } from '../shared/identifier.js';
import { Refund, RefundState } from './refund.entity.js';

export const ISSUE_REFUNDS = 'issue-refunds';

export class RefundsService implements RefundDesk {
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
  async refundDue(em: EntityManager, due: DueRefund): Promise<void> {
    await this.createDue(em, due);
  }

  /**
   * Makes the money of a refund that failed, or that a dispute held up, due once more.
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
      // A row of its own: under the key of the first, Stripe would only repeat its answer.
      failed.state = RefundState.CANCELED;
      await transaction.flush();
      const { order, paymentIntentId, amountMinor, currency, reason } = failed;
      order.note({ at: this.clock.now(), cause: 'refund due again', actor: actorOf(viewer) });
      return this.createDue(transaction, { order, paymentIntentId, amountMinor, currency, reason });
    });
  }

  private async createDue(em: EntityManager, due: DueRefund): Promise<Refund> {
    const now = this.clock.now();
    const refund = em.create(Refund, { ...due, id: randomUUID(), createdAt: now, nextAttemptAt: now });
    due.order.refundStatus = RefundStatus.PENDING;
    await this.jobs.request(em, ISSUE_REFUNDS);
    return refund;
  }
}

function checkRetryable({ state, isOurs }: Refund): void {
  if (isOurs && (state === RefundState.FAILED || state === RefundState.BLOCKED)) return;
  throw new DomainError('REFUND_NOT_RETRYABLE', `The refund is ${state}${isOurs ? '' : ', and was not made here'}.`, {
    fields: { refundId: 'is a refund that cannot be tried again' },
  });
}
