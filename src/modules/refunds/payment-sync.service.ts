/** Reads the refunds and disputes of an order's payments from Stripe, and stores them under the order's lock. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { JobRequests } from '../../platform/jobs/job.js';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Logger } from '../../platform/kernel/logger.js';
import type { CallContext } from '../../stripe/call-context.js';
import type { PaymentGateway, RefundSnapshot } from '../../stripe/payment-gateway.js';
import { Dispute } from '../disputes/dispute.entity.js';
import { storeDispute } from '../disputes/disputes.repository.js';
import { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import type { TimelineEntry } from '../orders/order-rules.js';
import { Payment, PaymentState } from '../payments/payment.entity.js';
import type { RefundScheduler } from '../payments/payments.service.js';
import { type RefundGrounds, RefundReason } from '../payments/refund-reason.js';
import type { PaymentReading, PaymentSync } from '../payments/review.service.js';
import { positionOf, unsentState } from './payment-position.js';
import { hasUnmetFailure, summarize } from './payment-summary.js';
import { Refund, RefundState } from './refund.entity.js';
import { RefundAttempt } from './refund-attempt.entity.js';
import { applyAttempts, recordAttempt } from './refund-attempts.js';
import { ISSUE_REFUNDS } from './refunds.service.js';

const REVERSED: RefundGrounds = {
  reason: RefundReason.REFUND_REVERSED,
  note: 'a part that had gone back came back',
};

export class PaymentSyncService implements PaymentSync {
  constructor(
    private readonly gateway: PaymentGateway,
    private readonly refunds: RefundScheduler,
    private readonly jobs: JobRequests,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async read(em: EntityManager, orderId: string, call: CallContext): Promise<PaymentReading> {
    const { paymentSyncRequested, paymentSyncCompleted } = await em.fork().findOneOrFail(Order, { id: orderId });
    const reading: PaymentReading = { paymentSyncRequested, paymentSyncCompleted, payments: new Map() };
    for (const { paymentIntentId } of await em.fork().find(Payment, { order: orderId })) {
      const refunds = await this.gateway.refundsOf(paymentIntentId, call);
      reading.payments.set(paymentIntentId, {
        refunds,
        disputes: await this.gateway.disputesOf(paymentIntentId, call),
      });
    }
    return reading;
  }

  async write(em: EntityManager, order: Order, reading: PaymentReading): Promise<boolean> {
    const payments = await em.find(Payment, { order });
    const isWhole = payments.every(({ paymentIntentId }) => reading.payments.has(paymentIntentId));
    const isLatest =
      order.paymentSyncRequested === reading.paymentSyncRequested &&
      order.paymentSyncCompleted === reading.paymentSyncCompleted;
    if (!isWhole || !isLatest) return false;
    for (const [paymentIntentId, { refunds, disputes }] of reading.payments) {
      for (const refund of refunds) await this.writeRefund(em, order, paymentIntentId, refund);
      for (const dispute of disputes) await storeDispute(em, order, paymentIntentId, dispute, this.clock.now());
    }
    await em.flush();
    await this.concludeFrom(em, order, payments);
    Object.assign(order, {
      paymentSyncCompleted: reading.paymentSyncRequested,
      paymentSyncDueAt: null,
      paymentSyncAttempts: 0,
    });
    return true;
  }

  private async writeRefund(em: EntityManager, order: Order, paymentIntentId: string, snapshot: RefundSnapshot) {
    const row = await this.rowOf(em, order, paymentIntentId, snapshot);
    const now = this.clock.now();
    row.issuedAt ??= snapshot.createdAt;
    row.reference = snapshot.reference ?? row.reference;
    if (row.isMadeHere()) {
      await recordAttempt(em, row, snapshot);
      await em.flush();
      if (!row.isClosed()) await applyAttempts(em, row, now);
      return;
    }
    const { stripeRefundId, amountMinor, failureReason } = snapshot;
    Object.assign(row, { stripeRefundId, amountMinor, failureReason });
    if (!row.isClosed()) row.moveTo(row.stateFor(snapshot.status), now);
  }

  /** The refund that it belongs to: one of several attempts, or one of its own that was made in the dashboard. */
  private async rowOf(em: EntityManager, order: Order, paymentIntentId: string, snapshot: RefundSnapshot) {
    const { stripeRefundId, refundId, amountMinor, currency, createdAt } = snapshot;
    const attempt = await em.findOne(RefundAttempt, { stripeRefundId }, { populate: ['refund'] });
    if (attempt !== null) return attempt.refund;
    const known = [{ stripeRefundId }, ...(refundId === null ? [] : [{ id: refundId }])];
    const row = await em.findOne(Refund, { $or: known, order });
    return (
      row ??
      em.create(Refund, {
        ...{ id: randomUUID(), order, paymentIntentId, amountMinor, currency, createdAt },
        reason: RefundReason.MADE_AT_STRIPE,
        isOurs: false,
        recordedAt: this.clock.now(),
        nextAttemptAt: createdAt,
        issuedAt: createdAt,
      })
    );
  }

  /** Updates unsent refunds and the order's summary once the rows are as Stripe has them. */
  private async concludeFrom(em: EntityManager, order: Order, payments: readonly Payment[]): Promise<void> {
    const { refunds, disputes } = await rowsOf(em, order);
    for (const payment of payments) {
      const isOfPayment = (row: { paymentIntentId: string }) => row.paymentIntentId === payment.paymentIntentId;
      const own = refunds.filter(isOfPayment);
      const position = positionOf(payment.amountMinor, own, disputes.filter(isOfPayment));
      for (const refund of own.filter((row) => row.isUnsent())) {
        if (refund.claimedMinor == null && position.leftMinor > 0) refund.amountMinor = position.leftMinor;
        await this.conclude(em, order, refund, unsentState(refund, position));
      }
      if (position.leftMinor > 0) await this.refundRemainder(em, order, payment, own);
    }
    await em.flush();
    this.summarize(order, { payments, ...(await rowsOf(em, order)) });
  }

  /** The shop has money again of a payment that was returned: by an appeal, or since a refund made at Stripe failed. */
  private async refundRemainder(
    em: EntityManager,
    order: Order,
    payment: Payment,
    refunds: readonly Refund[],
  ): Promise<void> {
    const isBeingSeenTo = refunds.some(
      (refund) => refund.isUnsent() || refund.hasFailed() || refund.state === RefundState.PAID_OTHERWISE,
    );
    if (payment.state !== PaymentState.RETURNED || isBeingSeenTo) return;
    const { paymentIntentId, amountMinor, currency } = payment;
    await this.refunds.scheduleRefund(em, { order, paymentIntentId, amountMinor, currency, ...REVERSED });
    order.addTimelineEntry({
      at: this.clock.now(),
      cause: OrderEventCause.REFUND_DUE,
      note: REVERSED.note,
      actor: 'system',
    });
  }

  private async conclude(em: EntityManager, order: Order, refund: Refund, state: RefundState): Promise<void> {
    if (state === refund.state) return;
    const now = this.clock.now();
    refund.moveTo(state, now);
    order.addTimelineEntry({ at: now, ...timelineCause(state), actor: 'system' });
    if (!refund.isDue()) return;
    refund.nextAttemptAt = now;
    await this.jobs.request(em, ISSUE_REFUNDS);
  }

  private summarize(order: Order, rows: Parameters<typeof summarize>[1]): void {
    const summary = summarize(order.currency, rows);
    const entry = { at: this.clock.now(), actor: 'stripe', stripeEventId: order.paymentSyncEventId ?? undefined };
    if (summary.refundStatus !== order.refundStatus || summary.refundedMinor !== order.refundedMinor) {
      order.addTimelineEntry({ ...entry, cause: OrderEventCause.REFUND_STATUS_CHANGED, note: summary.refundStatus });
    }
    if (summary.disputeStatus !== order.disputeStatus) {
      order.addTimelineEntry({ ...entry, cause: OrderEventCause.DISPUTE_STATUS_CHANGED, note: summary.disputeStatus });
      this.logger.warn({ orderId: order.id, disputeStatus: summary.disputeStatus }, 'Payment disputed');
    }
    if (hasUnmetFailure(rows)) {
      this.logger.error({ orderId: order.id }, 'Refund failed: staff have to look into it');
    }
    Object.assign(order, summary);
  }
}

async function rowsOf(em: EntityManager, order: Order): Promise<{ refunds: Refund[]; disputes: Dispute[] }> {
  return { refunds: await em.find(Refund, { order }), disputes: await em.find(Dispute, { order }) };
}

/** What the timeline says of a refund that Stripe has not made. */
export function timelineCause(state: RefundState): Pick<TimelineEntry, 'cause' | 'note'> {
  switch (state) {
    case RefundState.DUE:
    case RefundState.REQUESTED:
      return { cause: OrderEventCause.REFUND_DUE_AGAIN };
    case RefundState.BLOCKED:
      return { cause: OrderEventCause.REFUND_BLOCKED, note: 'the payment is disputed' };
    case RefundState.SETTLED_ELSEWHERE:
      return { cause: OrderEventCause.REFUND_SETTLED_ELSEWHERE, note: 'nothing is left to send' };
    default:
      return { cause: OrderEventCause.OTHER, note: `refund ${state}` };
  }
}
