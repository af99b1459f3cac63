/** Issues the refunds that are due at Stripe. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import { processBacklog } from '../../platform/jobs/backlog.js';
import type { Job, JobRequests, JobRun } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type PaymentGateway, PaymentProviderError, type RefundSnapshot } from '../../stripe/payment-gateway.js';
import { disputeStateOf } from '../disputes/dispute.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import type { TimelineEntry } from '../orders/order-rules.js';
import { Payment } from '../payments/payment.entity.js';
import { requestPaymentSync } from '../payments/payment-sync-requests.js';
import type { PaymentsService } from '../payments/payments.service.js';
import { positionOf, unsentState } from './payment-position.js';
import { timelineCause } from './payment-sync.service.js';
import { Refund, RefundState, refundStateOf } from './refund.entity.js';
import { ISSUE_REFUNDS } from './refunds.service.js';

// Listing and refunding, with their retries.
const ISSUE_TIMEOUT_MS = 8_000;
const LIST_TIMEOUT_MS = 5_000;
// Longer than both, so that no second process refunds while the first still waits; doubled up to an hour.
const FIRST_PAUSE_MS = 15_000;
const MAX_PAUSE_MS = 3_600_000;

/** The result of an attempt. */
interface Outcome {
  /** For the timeline; absent where the refund stays due. */
  entry?: Pick<TimelineEntry, 'cause' | 'note'>;
  change: Partial<Pick<Refund, 'state' | 'stripeRefundId' | 'amountMinor' | 'issuedAt' | 'keyNumber'>>;
}

/** The refunds and disputes at Stripe before a refund is requested: that none is needed, or how much is left. */
type RefundLookup = { outcome: Outcome } | { outcome: null; amountMinor: number | null; leftMinor: number };

export class IssueRefundsJob implements Job {
  readonly name = ISSUE_REFUNDS;
  readonly schedule = '* * * * *';

  constructor(
    private readonly payments: PaymentsService,
    private readonly gateway: PaymentGateway,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async runOnce(em: EntityManager, run: JobRun) {
    return processBacklog<Refund>(em, run, {
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
      const outcome = await this.send(em, refund);
      await failPoint('refund: Stripe answered');
      await this.record(em, refund, outcome);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logFailure(refund, error);
      const rejected = { entry: { cause: OrderEventCause.REFUND_REJECTED }, change: { state: RefundState.FAILED } };
      // `missing`: Stripe does not find the payment. The refund stays due, and an operator has to find out why.
      if (error.kind === 'rejected') await this.record(em, refund, rejected);
    }
  }

  private async send(em: EntityManager, refund: Refund): Promise<Outcome> {
    const call = CallContext.forJob(ISSUE_TIMEOUT_MS, this.clock);
    const before = await this.lookUp(em, refund, call);
    if (before.outcome !== null) return before.outcome;
    const { id: refundId, keyNumber, order, paymentIntentId } = refund;
    const details = {
      ...order.stripeMetadata(),
      refundId,
      keyNumber,
      paymentIntentId,
      amountMinor: before.amountMinor,
    };
    try {
      return this.issuedOutcome(await this.gateway.refund(details, call));
    } catch (error) {
      const isAnswered = error instanceof PaymentProviderError && ['broken', 'rejected'].includes(error.kind);
      if (!isAnswered) throw error;
      // The refund may have been made before the failure, or somebody made one in the dashboard: the lists show it.
      const after = await this.lookUp(em, refund, CallContext.forJob(LIST_TIMEOUT_MS, this.clock));
      if (after.outcome !== null) return after.outcome;
      if (error.kind === 'rejected' && after.leftMinor === before.leftMinor) throw error;
      // With this idempotency key Stripe would repeat that error. The lists are read again before the next attempt.
      this.logFailure(refund, error);
      return { change: { keyNumber: keyNumber + 1 } };
    }
  }

  private async lookUp(em: EntityManager, refund: Refund, call: CallContext): Promise<RefundLookup> {
    const { paymentIntentId } = refund;
    const payment = await em.fork().findOneOrFail(Payment, { paymentIntentId });
    const refunds = await this.gateway.refundsOf(paymentIntentId, call);
    const { installationId } = refund.order.stripeMetadata();
    const made = refunds.find((found) => found.refundId === refund.id && found.installationId === installationId);
    if (made) return { outcome: this.issuedOutcome(made) };
    const disputes = await this.gateway.disputesOf(paymentIntentId, call);
    const position = positionOf(
      payment.amountMinor,
      refunds.map(({ amountMinor, status }) => ({ amountMinor, state: refundStateOf(status) })),
      disputes.map(({ takenMinor, status }) => ({ takenMinor, state: disputeStateOf(status) })),
    );
    const state = unsentState(RefundState.DUE, position);
    if (state !== RefundState.DUE) return { outcome: this.unneeded(refund, state) };
    const { leftMinor, unrefundedMinor } = position;
    // Without an amount Stripe refunds what is left, whatever somebody does in the dashboard meanwhile; but that would
    // include what a bank has withdrawn.
    return { outcome: null, leftMinor, amountMinor: leftMinor === unrefundedMinor ? null : leftMinor };
  }

  private issuedOutcome({ stripeRefundId, amountMinor }: RefundSnapshot): Outcome {
    const issued = { state: RefundState.PENDING, stripeRefundId, amountMinor, issuedAt: this.clock.now() };
    return { entry: { cause: OrderEventCause.REFUND_ISSUED }, change: issued };
  }

  private unneeded({ id, order }: Refund, state: RefundState): Outcome {
    if (state === RefundState.BLOCKED) {
      this.logger.error({ refundId: id, orderId: order.id }, 'Refund blocked: the payment is disputed');
    }
    return { entry: timelineCause(state), change: { state } };
  }

  private logFailure({ id, order }: Refund, error: PaymentProviderError): void {
    this.logger.error({ refundId: id, orderId: order.id, kind: error.kind, err: error }, 'Refund not issued');
  }

  /** Claims the refund for this process until its next attempt is due; null when another process was faster. */
  private async claim(em: EntityManager, id: string): Promise<Refund | null> {
    return inTransaction(em, async (transaction) => {
      const now = this.clock.now();
      const claimed = await transaction.execute(
        `update refunds set attempts = attempts + 1, next_attempt_at = ?::timestamptz + least(? * power(2, least(attempts, 20)), ?) * interval '1 millisecond'
         where id = ? and state = 'DUE' and next_attempt_at <= ? returning id`,
        [now, FIRST_PAUSE_MS, MAX_PAUSE_MS, id, now],
      );
      return claimed.length === 0 ? null : transaction.findOneOrFail(Refund, { id }, { populate: ['order'] });
    });
  }

  private async record(em: EntityManager, { id, order: { id: orderId } }: Refund, outcome: Outcome): Promise<void> {
    const { entry, change } = outcome;
    await inTransaction(em, async (transaction) => {
      const order = await this.payments.lockOrderOf(transaction, { orderId });
      const refund = await transaction.findOneOrFail(Refund, { id });
      // A refund that Stripe made is stored even where the row has changed its state meanwhile.
      const isOpen = change.stripeRefundId ? refund.isUnsent() : refund.state === RefundState.DUE;
      if (!order || !isOpen) return;
      const { state = refund.state, ...rest } = change;
      Object.assign(refund, rest);
      refund.moveTo(state, this.clock.now());
      if (entry === undefined) return;
      // The rows are synced with Stripe again: the event of this refund may have come before this row had its Stripe
      // id.
      await requestPaymentSync(transaction, this.jobs, order.id, null);
      order.addTimelineEntry({ at: this.clock.now(), ...entry, actor: 'system' });
    });
  }
}
