/** Records refunds that are due, and issues them at Stripe. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../database/transaction.js';
import type { DueRefund, RefundDesk } from '../orders/settlement.service.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { type PaymentGateway, PaymentProviderError } from '../stripe/payment-gateway.js';
import { Refund, RefundState } from './refund.entity.js';

const ROUND_SIZE = 10;
// A round ends within the ten seconds that a shutdown grants, however slow Stripe is.
const ROUND_WITHIN_MS = 8_000;
const SHORTEST_CALL_MS = 500;
// Stripe keeps idempotency keys for a day: after that, only a look at its refunds tells whether one was made.
const KEY_IS_SAFE_MS = 23 * 3_600_000;
// Longer than a call, so that no second process asks while the first still waits; doubled to an hour.
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 3_600_000;

export class RefundsService implements RefundDesk {
  constructor(
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Part of the caller's transaction: the refund is due if, and only if, that commits. */
  refundDue(em: EntityManager, { order, paymentIntentId, amountMinor, currency, reason }: DueRefund): void {
    const now = this.clock.now();
    em.create(Refund, {
      id: randomUUID(),
      order,
      paymentIntentId,
      amountMinor,
      currency,
      reason,
      createdAt: now,
      nextAttemptAt: now,
    });
  }

  /** One round over the refunds that are due. Several processes may run it at once. */
  async issueDue(em: EntityManager): Promise<void> {
    const due = await em
      .fork()
      .find(
        Refund,
        { state: RefundState.DUE, nextAttemptAt: { $lte: this.clock.now() } },
        { orderBy: { nextAttemptAt: 'asc' }, limit: ROUND_SIZE },
      );
    const roundEnds = Date.now() + ROUND_WITHIN_MS;
    for (const { id } of due) {
      if (Date.now() + SHORTEST_CALL_MS > roundEnds) return;
      await this.issue(em, id, roundEnds);
    }
  }

  private async issue(em: EntityManager, id: string, deadline: number): Promise<void> {
    const refund = await this.claim(em, id);
    if (refund === null) return;
    const { paymentIntentId, amountMinor, order } = refund;
    try {
      const details = { paymentIntentId, amountMinor, orderId: order.id, refundId: id };
      const isOld = this.clock.now().getTime() - refund.createdAt.getTime() > KEY_IS_SAFE_MS;
      const made = isOld ? await this.gateway.findRefund(details, deadline) : null;
      const stripeRefundId = made ?? (await this.gateway.refund(details, deadline));
      await this.record(em, id, 'refunded', { state: RefundState.ISSUED, stripeRefundId, issuedAt: this.clock.now() });
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.error({ refundId: id, orderId: order.id, kind: error.kind, err: error }, 'A refund was not issued');
      if (error.kind === 'rejected') await this.record(em, id, 'refund refused', { state: RefundState.FAILED });
    }
  }

  /** The refund, for this process alone until its next attempt is due; null when another was faster. */
  private async claim(em: EntityManager, id: string): Promise<Refund | null> {
    return inTransaction(em, async (transaction) => {
      const now = this.clock.now();
      const claimed = await transaction.execute(
        `update refunds set attempts = attempts + 1, next_attempt_at = ?::timestamptz + least(? * power(2, least(attempts, 20)), ?) * interval '1 millisecond'
         where id = ? and state = 'DUE' and next_attempt_at <= ? returning id`,
        [now, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, id, now],
      );
      return claimed.length === 0 ? null : transaction.findOneOrFail(Refund, { id }, { populate: ['order'] });
    });
  }

  private async record(
    em: EntityManager,
    id: string,
    cause: string,
    outcome: Partial<Pick<Refund, 'state' | 'stripeRefundId' | 'issuedAt'>>,
  ): Promise<void> {
    await inTransaction(em, async (transaction) => {
      const refund = await transaction.findOneOrFail(Refund, { id }, { populate: ['order'] });
      if (refund.state !== RefundState.DUE) return;
      Object.assign(refund, outcome);
      refund.order.note({ at: this.clock.now(), cause, actor: 'system' });
    });
  }
}
