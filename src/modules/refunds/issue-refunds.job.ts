/** Issues the refunds that are due at Stripe. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import { processBacklog } from '../../platform/jobs/backlog.js';
import type { Job, JobRequests, JobRun } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import {
  type PaymentGateway,
  PaymentProviderError,
  type RefundDetails,
  type RefundSnapshot,
} from '../../stripe/payment-gateway.js';
import { rejectionCode } from '../../stripe/stripe-errors.js';
import { disputeStateOf } from '../disputes/dispute.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import type { TimelineEntry } from '../orders/order-rules.js';
import { Payment } from '../payments/payment.entity.js';
import { requestPaymentSync } from '../payments/payment-sync-requests.js';
import type { PaymentsService } from '../payments/payments.service.js';
import { RefundReason } from '../payments/refund-reason.js';
import { positionOf, unsentState } from './payment-position.js';
import { timelineCause } from './payment-sync.service.js';
import { Refund, RefundState, refundStateOf } from './refund.entity.js';
import { RefundAttempt } from './refund-attempt.entity.js';
import { applyAttempts, endAttempt, type FrozenAttempt, freezeAttempt, recordAttempt } from './refund-attempts.js';
import { ISSUE_REFUNDS } from './refunds.service.js';

// Listing and refunding, with their retries.
const ISSUE_TIMEOUT_MS = 8_000;
const LIST_TIMEOUT_MS = 5_000;
// Longer than both, so that no second process refunds while the first still waits; doubled up to an hour.
const FIRST_PAUSE_MS = 15_000;
const MAX_PAUSE_MS = 3_600_000;

// Among Stripe's own words for why a refund failed.
const EXCEEDS_WHAT_IS_LEFT = 'exceeds_what_is_left';

// Stripe blocks card and address of a buyer who is called fraudulent: only where staff say so themselves.
const PROVIDER_REASONS: Partial<Record<RefundReason, RefundDetails['providerReason']>> = {
  [RefundReason.DUPLICATE]: 'duplicate',
  [RefundReason.FRAUD]: 'fraudulent',
  [RefundReason.BUYER_CANCELED]: 'requested_by_customer',
  [RefundReason.WITHDRAWAL]: 'requested_by_customer',
};

/** What became of a refund. */
interface Outcome {
  /** For the timeline; absent where the refund stays due. */
  entry?: Pick<TimelineEntry, 'cause' | 'note'>;
  /** What Stripe has made of it. */
  made?: readonly RefundSnapshot[];
  state?: RefundState;
  /** Why it was not made, in Stripe's word or ours: the attempt is over. */
  failureReason?: string | null;
  /** The attempt that Stripe rejected; the current one when absent. */
  attempt?: number;
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
    const due = {
      state: { $in: [RefundState.DUE, RefundState.REQUESTED] },
      nextAttemptAt: { $lte: this.clock.now() },
    };
    return em.find(Refund, due, { orderBy: [{ attempts: 'asc' }, { nextAttemptAt: 'asc' }], limit });
  }

  private async issue(em: EntityManager, id: string): Promise<void> {
    const refund = await this.claim(em, id);
    if (refund === null) return;
    await failPoint('refund: claimed');
    try {
      const outcome = await this.send(em, refund);
      await failPoint('refund: Stripe answered');
      if (outcome !== null) await this.record(em, refund, outcome);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logFailure(refund, error);
      // `missing`: Stripe does not find the payment. The refund stays due, and an operator has to find out why.
      if (error.kind === 'rejected') await this.record(em, refund, rejection(rejectionCode(error)));
    }
  }

  /** @returns null when the refund is no longer due */
  private async send(em: EntityManager, refund: Refund): Promise<Outcome | null> {
    const call = CallContext.forJob(ISSUE_TIMEOUT_MS, this.clock);
    const before = await this.lookUp(em, refund, call);
    if (before.outcome !== null) return before.outcome;
    await failPoint('refund: lists read');
    const frozen = await this.freeze(em, refund, before.amountMinor);
    if (frozen === null) return null;
    const { attempt, isRepeated } = frozen;
    await failPoint('refund: attempt stored');
    try {
      return issued([await this.gateway.refund(detailsOf(refund, attempt), call)]);
    } catch (error) {
      const isAnswered = error instanceof PaymentProviderError && ['broken', 'rejected'].includes(error.kind);
      if (!isAnswered) throw error;
      // The refund may have been made before the failure, or somebody made one in the dashboard: the lists show it.
      const after = await this.lookUp(em, refund, CallContext.forJob(LIST_TIMEOUT_MS, this.clock));
      if (after.outcome?.made) return after.outcome;
      // With this idempotency key Stripe would repeat that error, also where a refund that is not needed now is due again.
      const ended = { attempt: attempt.number, failureReason: rejectionCode(error) };
      if (after.outcome !== null) return { ...ended, ...after.outcome };
      const isFinal = error.kind === 'rejected' && after.leftMinor === before.leftMinor && !isRepeated;
      if (isFinal) throw error;
      // The lists are read again before the next attempt.
      this.logFailure(refund, error);
      return ended;
    }
  }

  /** Stores what Stripe is asked for before it is asked, so that a repetition asks for the same. */
  private async freeze(em: EntityManager, refund: Refund, amountMinor: number | null): Promise<FrozenAttempt | null> {
    return inTransaction(em, async (transaction) => {
      await this.payments.lockOrderOf(transaction, { orderId: refund.order.id });
      const current = await transaction.findOneOrFail(Refund, { id: refund.id }, { refresh: true });
      return current.isDue() ? freezeAttempt(transaction, current, amountMinor, this.clock.now()) : null;
    });
  }

  private async lookUp(em: EntityManager, refund: Refund, call: CallContext): Promise<RefundLookup> {
    const { paymentIntentId, claimedMinor } = refund;
    const payment = await em.fork().findOneOrFail(Payment, { paymentIntentId });
    const refunds = await this.gateway.refundsOf(paymentIntentId, call);
    const made = await this.madeFor(em, refund, refunds);
    if (made.length > 0) return { outcome: issued(made) };
    const disputes = await this.gateway.disputesOf(paymentIntentId, call);
    const position = positionOf(
      payment.amountMinor,
      refunds.map(({ amountMinor, status }) => ({ amountMinor, state: refundStateOf(status) })),
      disputes.map(({ takenMinor, status }) => ({ takenMinor, state: disputeStateOf(status) })),
    );
    const state = unsentState(refund, position);
    if (state !== refund.dueState()) return { outcome: this.unneeded(refund, state) };
    const { leftMinor, unrefundedMinor } = position;
    if (claimedMinor == null) {
      // Without an amount Stripe refunds what is left, whatever somebody does in the dashboard meanwhile; but that would
      // include what a bank has withdrawn.
      return { outcome: null, leftMinor, amountMinor: leftMinor === unrefundedMinor ? null : leftMinor };
    }
    // Never less than staff asked for without their knowledge.
    if (leftMinor < claimedMinor) return { outcome: rejection(EXCEEDS_WHAT_IS_LEFT) };
    return { outcome: null, leftMinor, amountMinor: claimedMinor };
  }

  /** What Stripe has made for the refund; nothing where only earlier attempts failed. */
  private async madeFor(
    em: EntityManager,
    refund: Refund,
    refunds: readonly RefundSnapshot[],
  ): Promise<RefundSnapshot[]> {
    const { installationId } = refund.order.stripeMetadata();
    const ours = refunds.filter((found) => found.refundId === refund.id && found.installationId === installationId);
    const earlier = await em.fork().find(RefundAttempt, { refund: refund.id, stripeRefundId: { $ne: null } });
    const isOver = ({ stripeRefundId, status }: RefundSnapshot) =>
      earlier.some((attempt) => attempt.stripeRefundId === stripeRefundId && attempt.number !== refund.keyNumber) &&
      (status === 'failed' || status === 'canceled');
    return ours.filter((found) => !isOver(found));
  }

  private unneeded({ id, order }: Refund, state: RefundState): Outcome {
    if (state === RefundState.BLOCKED) {
      this.logger.error({ refundId: id, orderId: order.id }, 'Refund blocked: the payment is disputed');
    }
    return { entry: timelineCause(state), state };
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
         where id = ? and state in ('DUE', 'REQUESTED') and next_attempt_at <= ? returning id`,
        [now, FIRST_PAUSE_MS, MAX_PAUSE_MS, id, now],
      );
      return claimed.length === 0 ? null : transaction.findOneOrFail(Refund, { id }, { populate: ['order'] });
    });
  }

  private async record(em: EntityManager, { id, order: { id: orderId } }: Refund, outcome: Outcome): Promise<void> {
    const { entry, made = [] } = outcome;
    await inTransaction(em, async (transaction) => {
      const now = this.clock.now();
      const order = await this.payments.lockOrderOf(transaction, { orderId });
      const refund = await transaction.findOneOrFail(Refund, { id });
      // A refund that Stripe made is stored even where the row has changed its state meanwhile.
      const isOpen = made.length > 0 ? refund.isUnsent() : refund.isDue();
      const { failureReason, attempt = isOpen ? refund.keyNumber : undefined } = outcome;
      if (failureReason !== undefined && attempt !== undefined) {
        await endAttempt(transaction, refund, attempt, failureReason);
      }
      if (!order || !isOpen) return;
      if (outcome.state !== undefined) refund.moveTo(outcome.state, now);
      if (outcome.state === RefundState.FAILED) refund.failureReason = failureReason;
      for (const snapshot of made) await recordAttempt(transaction, refund, snapshot);
      if (made.length > 0) refund.issuedAt = now;
      await transaction.flush();
      await applyAttempts(transaction, refund, now);
      if (entry === undefined) return;
      // The rows are synced with Stripe again: the event of this refund may have come before this row had its Stripe
      // id.
      await requestPaymentSync(transaction, this.jobs, order.id, null);
      order.addTimelineEntry({ at: now, ...entry, actor: 'system' });
    });
  }
}

function issued(made: readonly RefundSnapshot[]): Outcome {
  return { entry: { cause: OrderEventCause.REFUND_ISSUED }, made };
}

/** It waits for staff, who may try it again, or pay the buyer otherwise. */
function rejection(failureReason: string | null): Outcome {
  const note = failureReason === EXCEEDS_WHAT_IS_LEFT ? 'less is left of the payment' : failureReason;
  return { entry: { cause: OrderEventCause.REFUND_REJECTED, note }, state: RefundState.FAILED, failureReason };
}

/** What Stripe is asked for: the same for the same attempt, byte by byte. */
function detailsOf({ id: refundId, order, paymentIntentId, reason }: Refund, attempt: RefundAttempt): RefundDetails {
  const { number, amountMinor = null } = attempt;
  const words = { reason, providerReason: PROVIDER_REASONS[reason] ?? null };
  return { ...order.stripeMetadata(), refundId, attempt: number, paymentIntentId, amountMinor, ...words };
}
