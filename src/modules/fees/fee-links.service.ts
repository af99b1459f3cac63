/** Ways to pay a fee: one session at Stripe at a time, made when the buyer opens the link of the fee. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import { type CheckoutSnapshot, type PaymentGateway, PaymentProviderError } from '../../stripe/payment-gateway.js';
import type { Order, OrderState } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import type { PurposeCheckouts } from '../payments/checkout-session.handler.js';
import type { LinkOutcome, PayLinks } from '../payments/pay.route.js';
import { PaymentPurpose, PaymentState } from '../payments/payment.entity.js';
import { type ReceivedPayment, receivedPayment } from '../payments/payment-decision.js';
import type { ChangeContext, PaymentsService, RefundScheduler } from '../payments/payments.service.js';
import { paymentsSuspended } from '../payments/payments-suspended.js';
import { RefundReason } from '../payments/refund-reason.js';
import { Fee, type FeeKind, FeeSession, FeeSessionState, FeeState } from './fee.entity.js';

const NAMES: Readonly<Record<FeeKind, string>> = {
  LATE: 'Retour en retard – late return',
  DAMAGE: 'Dommage – damage',
  CLEANING: 'Nettoyage – cleaning',
  OTHER: 'Frais – fee',
};
// A person waits.
const CALL_TIMEOUT_MS = 8_000;
// Stripe ends a session at the earliest half an hour after it was made, by its own clock.
const SESSION_MS = 60 * 60_000;
// Who is sent to the session needs some minutes there.
const TIME_TO_PAY_MS = 5 * 60_000;
// Its event is probably on its way, and Stripe's clock may differ from ours.
const SLACK_MS = 60_000;

export class FeeLinksService implements PurposeCheckouts, PayLinks {
  constructor(
    private readonly payments: PaymentsService,
    private readonly refunds: RefundScheduler,
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Opens the session in which a fee is paid, or finds the one that is open. */
  async open(em: EntityManager, token: string, address: string): Promise<LinkOutcome> {
    const fee = await em.fork().findOne(Fee, { token });
    if (fee === null) return { kind: 'unknown' };
    const call = CallContext.forPerson(CALL_TIMEOUT_MS, this.clock);
    try {
      await this.settleOpenWay(em, fee, call);
      const way = await inTransaction(em, (transaction) => this.wayFor(transaction, fee, address));
      if (!(way instanceof FeeSession)) return way;
      await failPoint('fee: session stored');
      return way.url == null ? await this.create(em, way, call) : { kind: 'redirect', url: way.url };
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ feeId: fee.id, kind: error.kind }, 'The session of a fee could not be opened');
      return { kind: 'unavailable' };
    }
  }

  /**
   * Ends the way to pay a fee that is to be waived.
   *
   * @throws DomainError `PAYMENT_PROVIDER_UNAVAILABLE` or `PAYMENTS_SUSPENDED`: a job goes on
   */
  async endWays(em: EntityManager, feeId: string): Promise<void> {
    try {
      await this.end(em, feeId, CallContext.forPerson(CALL_TIMEOUT_MS, this.clock));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      if (error.kind === 'suspended') throw paymentsSuspended();
      throw new DomainError(
        'PAYMENT_PROVIDER_UNAVAILABLE',
        'Stripe does not respond. The fee is waived within minutes after it does.',
      );
    }
  }

  /** Ends the session of a fee that is to be waived, and finds out what became of one whose time is over. */
  async end(em: EntityManager, feeId: string, call: CallContext): Promise<void> {
    const open = await openSession(em.fork(), feeId);
    const checkout = open === null ? null : await this.ended(open, call);
    await failPoint('fee: Stripe answered');
    await inTransaction(em, async (transaction) => {
      const { order, fee } = await this.lock(transaction, feeId);
      if (open !== null) await this.applyEnd(transaction, order, open, checkout);
      this.conclude(order, fee, await openSession(transaction, feeId));
    });
  }

  /** @param checkout what Stripe says of the session; null where it was not asked, since nobody had its address */
  private async applyEnd(em: EntityManager, order: Order, ended: FeeSession, checkout: CheckoutSnapshot | null) {
    const session = await em.findOneOrFail(FeeSession, { id: ended.id }, { refresh: true, populate: ['fee'] });
    if (checkout !== null) return this.apply(em, order, session, checkout, { actor: 'stripe' });
    // Somebody may have been given it meanwhile: it stays open, and is ended the next time.
    if (session.state === FeeSessionState.SENT) session.moveTo(FeeSessionState.EXPIRED);
  }

  async applyCheckout(
    em: EntityManager,
    order: OrderState,
    checkout: CheckoutSnapshot,
    source: ChangeContext,
  ): Promise<void> {
    const { rowId } = checkout;
    const session = rowId && (await em.findOne(FeeSession, { id: rowId }, { populate: ['fee'], refresh: true }));
    if (!session || session.fee.order.id !== order.id) {
      // Sessions are stored before Stripe is called. The event waits for a person, and the money with it.
      if (checkout.paid) throw new Error(`Session ${checkout.sessionId} pays a fee that its order does not have.`);
      return;
    }
    await this.apply(em, order, session, checkout, source);
    this.conclude(order, session.fee, await openSession(em, session.fee.id));
  }

  /** What Stripe says of the open session, where its time is over, or nobody knows whether it was made. */
  private async settleOpenWay(em: EntityManager, fee: Fee, call: CallContext): Promise<void> {
    const open = await openSession(em.fork(), fee.id);
    if (open === null || !fee.isOpen()) return;
    const isUsable = open.expiresAt.getTime() - this.clock.now().getTime() > TIME_TO_PAY_MS;
    if (!isUsable || fee.waiveRequestedAt) await this.end(em, fee.id, call);
  }

  /** The session to be sent to, stored before Stripe is asked for it. */
  private async wayFor(em: EntityManager, { id }: Fee, address: string): Promise<FeeSession | LinkOutcome> {
    const { order, fee } = await this.lock(em, id);
    if (fee.state === FeeState.PAID) return { kind: 'paid' };
    if (fee.state === FeeState.WAIVED || fee.waiveRequestedAt) return { kind: 'waived' };
    const open = await openSession(em, id);
    if (open !== null) return open;
    const now = this.clock.now();
    const session = { id: randomUUID(), createdAt: now, expiresAt: new Date(now.getTime() + SESSION_MS) };
    const request = this.requestOf(order, fee, session, address);
    fee.nextLookAt = new Date(session.expiresAt.getTime() + SLACK_MS);
    return em.create(FeeSession, { ...session, fee, request });
  }

  private requestOf(order: Order, fee: Fee, { id, expiresAt }: { id: string; expiresAt: Date }, address: string) {
    return this.gateway.buildCheckoutRequest({
      ...order.stripeMetadata(),
      ...{ purpose: 'fee', rowId: id, currency: fee.currency, customerEmail: order.customer.email, expiresAt },
      lines: [{ name: nameOf(fee, order), description: null, quantity: 1, rateMinor: fee.amountMinor }],
      ...{ successUrl: address, cancelUrl: address },
      // It is settled when the buyer comes back.
      excludeDelayedMethods: true,
    });
  }

  private async create(em: EntityManager, { id, request, fee }: FeeSession, call: CallContext): Promise<LinkOutcome> {
    const made = await this.gateway.createCheckout(request, `comptoir-fee-${id}`, call).catch((error: unknown) => {
      if (error instanceof PaymentProviderError && error.kind === 'rejected') return null;
      throw error;
    });
    await failPoint('fee: Stripe answered');
    return inTransaction(em, async (transaction) => {
      await this.lock(transaction, fee.id);
      const session = await transaction.findOneOrFail(FeeSession, { id }, { refresh: true });
      if (made === null || made.url === null) {
        if (session.state === FeeSessionState.SENT) session.moveTo(FeeSessionState.NOT_MADE);
        this.logger.error({ feeId: fee.id }, 'Stripe rejected the session of a fee');
        return { kind: 'rejected' };
      }
      // It was ended meanwhile: nobody is to pay it.
      if (!isOpen(session)) return { kind: 'unavailable' };
      Object.assign(session, { sessionId: made.sessionId, url: made.url });
      session.moveTo(FeeSessionState.OPEN);
      return { kind: 'redirect', url: made.url };
    });
  }

  /**
   * The session as it is once nobody can pay it any more; null for one that Stripe may have made, and whose address
   * nobody was given: nobody pays it.
   */
  private async ended({ sessionId }: FeeSession, call: CallContext): Promise<CheckoutSnapshot | null> {
    return sessionId == null ? null : this.gateway.expireCheckout(sessionId, call);
  }

  /** Part of the transaction that has locked the order. Safe in any order and any number of times. */
  private async apply(
    em: EntityManager,
    order: OrderState,
    session: FeeSession,
    checkout: CheckoutSnapshot,
    source: ChangeContext,
  ): Promise<void> {
    session.sessionId ??= checkout.sessionId;
    if (checkout.paid) return this.applyPaid(em, order, session, receivedPayment(checkout), source);
    if (checkout.status === 'expired' && session.state !== FeeSessionState.PAID) {
      session.moveTo(FeeSessionState.EXPIRED);
    }
  }

  private async applyPaid(
    em: EntityManager,
    order: OrderState,
    session: FeeSession,
    payment: ReceivedPayment,
    source: ChangeContext,
  ): Promise<void> {
    const { fee } = session;
    session.moveTo(FeeSessionState.PAID);
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

  /** Waives it if that was asked for, once nobody can pay it any more. */
  private conclude(order: OrderState, fee: Fee, open: FeeSession | null): void {
    if (open !== null) return;
    fee.nextLookAt = null;
    if (!fee.isOpen() || !fee.waiveRequestedAt) return;
    const now = this.clock.now();
    fee.waive(now);
    const entry = { at: now, cause: OrderEventCause.FEE_WAIVED, actor: fee.waivedBy ?? 'system' };
    order.addTimelineEntry({ ...entry, note: fee.waiveNote ?? null });
  }

  private async lock(em: EntityManager, feeId: string): Promise<{ order: Order; fee: Fee }> {
    const fee = await em.findOneOrFail(Fee, { id: feeId });
    const order = await this.payments.lockOrderOf(em, { orderId: fee.order.id });
    if (order === null) throw new Error(`Fee ${feeId} has no order.`);
    return { order, fee: await em.refreshOrFail(fee) };
  }
}

/** On the payment page, in French and English. */
function nameOf({ kind }: Fee, { number }: Order): string {
  return number == null ? NAMES[kind] : `${NAMES[kind]} (${number})`;
}

function isOpen({ state }: FeeSession): boolean {
  return state === FeeSessionState.SENT || state === FeeSessionState.OPEN;
}

async function openSession(em: EntityManager, feeId: string): Promise<FeeSession | null> {
  await em.flush();
  const open = { fee: feeId, state: { $in: [FeeSessionState.SENT, FeeSessionState.OPEN] } };
  return em.findOne(FeeSession, open, { refresh: true, populate: ['fee'] });
}
