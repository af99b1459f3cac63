/** Issues the refunds that are due at Stripe. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../database/transaction.js';
import { Dispute, DisputeState } from '../disputes/dispute.entity.js';
import { workOff } from '../jobs/backlog.js';
import type { Job, JobRequests, Round } from '../jobs/job.js';
import type { SettlementService } from '../orders/settlement.service.js';
import type { Clock } from '../shared/clock.js';
import { failPoint } from '../shared/fail-point.js';
import type { Logger } from '../shared/logger.js';
import { keyMayBeForgotten, type PaymentGateway, PaymentProviderError } from '../stripe/payment-gateway.js';
import { announceMoneyNews } from './refresh-money.job.js';
import { Refund, RefundState } from './refund.entity.js';
import { ISSUE_REFUNDS } from './refunds.service.js';

// A call and its repetitions.
const CALL_WITHIN_MS = 8_000;
// Longer than a call, so that no second process asks while the first still waits; doubled to an hour.
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 3_600_000;

export class IssueRefundsJob implements Job {
  readonly name = ISSUE_REFUNDS;
  readonly schedule = '* * * * *';

  constructor(
    private readonly settlement: SettlementService,
    private readonly gateway: PaymentGateway,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, round: Round) {
    return workOff<Refund>(em, round, {
      findDue: (fork, limit) => this.findDue(fork, limit),
      work: (fork, { id }) => this.issue(fork, id),
    });
  }

  private async findDue(em: EntityManager, limit: number): Promise<Refund[]> {
    const due = { state: RefundState.DUE, nextAttemptAt: { $lte: this.clock.now() } };
    return em.find(Refund, due, { orderBy: [{ attempts: 'asc' }, { nextAttemptAt: 'asc' }], limit });
  }

  private async issue(em: EntityManager, id: string): Promise<void> {
    const refund = await this.claim(em, id);
    if (refund === null) return;
    await failPoint('refund: claimed');
    try {
      if (await this.isDisputed(em, refund)) {
        this.logger.error({ refundId: id, orderId: refund.order.id }, 'A refund of a disputed payment was blocked');
        await this.record(em, refund, 'refund blocked: the payment is disputed', { state: RefundState.BLOCKED });
        return;
      }
      const stripeRefundId = await this.ask(refund);
      await failPoint('refund: Stripe answered');
      const issued = { state: RefundState.PENDING, stripeRefundId, issuedAt: this.clock.now() };
      await this.record(em, refund, 'refunded', issued);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      const { kind } = error;
      this.logger.error({ refundId: id, orderId: refund.order.id, kind, err: error }, 'A refund was not issued');
      // `missing`, Stripe does not know the payment: it stays due, and a person has to find out why.
      if (kind === 'rejected') await this.record(em, refund, 'refund refused', { state: RefundState.FAILED });
    }
  }

  /** @returns Stripe's id of the refund */
  private async ask({ id, paymentIntentId, amountMinor, order, createdAt }: Refund): Promise<string> {
    const deadline = this.clock.now().getTime() + CALL_WITHIN_MS;
    const details = { paymentIntentId, amountMinor, orderId: order.id, refundId: id };
    const isOld = keyMayBeForgotten(createdAt, this.clock.now());
    const made = isOld ? await this.gateway.findRefund(details, deadline) : null;
    if (made !== null) return made;
    try {
      return await this.gateway.refund(details, deadline);
    } catch (error) {
      if (!(error instanceof PaymentProviderError) || error.kind !== 'broken') throw error;
      // Stripe repeats its failure under this key for a day: whether the refund was made, its list says.
      const found = await this.gateway.findRefund(details, deadline);
      if (found === null) throw error;
      return found;
    }
  }

  private async isDisputed(em: EntityManager, { paymentIntentId }: Refund): Promise<boolean> {
    const open = { paymentIntentId, state: { $in: [DisputeState.OPEN, DisputeState.LOST] } };
    return (await em.fork().count(Dispute, open)) > 0;
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
    { id, order: { id: orderId } }: Refund,
    cause: string,
    outcome: Partial<Pick<Refund, 'state' | 'stripeRefundId' | 'issuedAt'>>,
  ): Promise<void> {
    await inTransaction(em, async (transaction) => {
      const order = await this.settlement.lockOrderOf(transaction, { orderId });
      const refund = await transaction.findOneOrFail(Refund, { id });
      if (!order || refund.state !== RefundState.DUE) return;
      // The rows are read again from Stripe: the event of this refund may have come before this row knew its id.
      await announceMoneyNews(transaction, this.jobs, order.id, null);
      Object.assign(refund, outcome);
      order.note({ at: this.clock.now(), cause, actor: 'system' });
    });
  }
}
