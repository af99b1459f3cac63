/** What fees receive, and how they end: the same for the saved card and for the link. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Clock } from '../../platform/kernel/clock.js';
import type { Order, OrderState } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { PaymentPurpose, PaymentState } from '../payments/payment.entity.js';
import type { ReceivedPayment } from '../payments/payment-decision.js';
import type { ChangeContext, PaymentsService, RefundScheduler } from '../payments/payments.service.js';
import { RefundReason } from '../payments/refund-reason.js';
import { Fee, FeeSession, FeeSessionState, FeeState } from './fee.entity.js';

export class FeePayments {
  constructor(
    private readonly payments: PaymentsService,
    private readonly refunds: RefundScheduler,
    private readonly clock: Clock,
  ) {}

  /** The fee and its order, locked until the transaction ends. */
  async lock(em: EntityManager, feeId: string): Promise<{ order: Order; fee: Fee }> {
    const fee = await em.findOneOrFail(Fee, { id: feeId });
    const order = await this.payments.lockOrderOf(em, { orderId: fee.order.id });
    if (order === null) throw new Error(`Fee ${feeId} has no order.`);
    return { order, fee: await em.refreshOrFail(fee) };
  }

  /**
   * Pays a fee, or sends back what does not pay it. Part of the transaction that has locked the order. Safe any number
   * of times.
   */
  async receive(
    em: EntityManager,
    order: OrderState,
    fee: Fee,
    payment: ReceivedPayment,
    source: ChangeContext,
  ): Promise<void> {
    const isExact = payment.amountMinor === fee.amountMinor && payment.currency === fee.currency;
    const isAccepted = isExact && fee.isOpen() && !fee.waiveRequestedAt;
    const state = isAccepted ? PaymentState.ACCEPTED : PaymentState.RETURNED;
    if (!(await this.payments.record(em, order, payment, { state, purpose: PaymentPurpose.FEE }))) return;
    const now = this.clock.now();
    const { paymentIntentId, amountMinor, currency } = payment;
    if (isAccepted) {
      fee.pay(paymentIntentId, now);
      order.addTimelineEntry({ at: now, ...source, cause: OrderEventCause.FEE_PAID, note: fee.kind });
      return;
    }
    const isWaived = fee.waiveRequestedAt != null;
    const reason = isWaived ? RefundReason.FEE_WAIVED : RefundReason.DUPLICATE_PAYMENT;
    const note = isWaived ? 'the fee had been waived' : 'the fee had been paid already, or is another amount';
    await this.refunds.scheduleRefund(em, { order, paymentIntentId, amountMinor, currency, reason, note });
    order.addTimelineEntry({ at: now, ...source, cause: OrderEventCause.REFUND_DUE, note });
  }

  /** Waives the fee if that was asked for, once nothing can pay it any more. Part of the same transaction. */
  async conclude(em: EntityManager, order: OrderState, fee: Fee): Promise<void> {
    if (fee.state === FeeState.DUE || (await openSession(em, fee.id)) !== null) return;
    fee.nextLookAt = null;
    if (!fee.isOpen() || !fee.waiveRequestedAt) return;
    const now = this.clock.now();
    fee.waive(now);
    const entry = { at: now, cause: OrderEventCause.FEE_WAIVED, actor: fee.waivedBy ?? 'system' };
    order.addTimelineEntry({ ...entry, note: fee.waiveNote ?? null });
  }
}

/** The session in which a fee can be paid, or may be. */
export async function openSession(em: EntityManager, feeId: string): Promise<FeeSession | null> {
  await em.flush();
  const open = { fee: feeId, state: { $in: [FeeSessionState.SENT, FeeSessionState.OPEN] } };
  return em.findOne(FeeSession, open, { refresh: true, populate: ['fee'] });
}
