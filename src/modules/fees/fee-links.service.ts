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
import type { PurposeCheckouts } from '../payments/checkout-session.handler.js';
import type { LinkOutcome, PayLinks } from '../payments/pay.route.js';
import { receivedPayment } from '../payments/payment-decision.js';
import type { ChangeContext } from '../payments/payments.service.js';
import { paymentsSuspended } from '../payments/payments-suspended.js';
import { Fee, type FeeKind, FeeSession, FeeSessionState, FeeState } from './fee.entity.js';
import type { FeeCardChargesService } from './fee-card-charges.service.js';
import { type FeePayments, openSession } from './fee-payments.service.js';

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
    private readonly feePayments: FeePayments,
    private readonly cards: FeeCardChargesService,
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
   * Ends the ways to pay a fee that is to be waived.
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

  /**
   * Finds out whether the card was charged; ends the session of a fee that is to be waived, and finds out what became of
   * one whose time is over.
   */
  async end(em: EntityManager, feeId: string, call: CallContext): Promise<void> {
    await this.cards.settle(em, feeId, call);
    const open = await openSession(em.fork(), feeId);
    const checkout = open === null ? null : await this.ended(open, call);
    await failPoint('fee: Stripe answered');
    await inTransaction(em, async (transaction) => {
      const { order, fee } = await this.feePayments.lock(transaction, feeId);
      if (open !== null) await this.applyEnd(transaction, order, open, checkout);
      await this.feePayments.conclude(transaction, order, fee);
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
    await this.feePayments.conclude(em, order, session.fee);
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
    const { order, fee } = await this.feePayments.lock(em, id);
    if (fee.state === FeeState.PAID) return { kind: 'paid' };
    if (fee.state === FeeState.WAIVED || fee.waiveRequestedAt) return { kind: 'waived' };
    // One way to pay at a time: the card is being charged.
    if (!fee.isPayableByLink()) return { kind: 'unavailable' };
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

  private async create(
    em: EntityManager,
    { id, request, fee: { id: feeId } }: FeeSession,
    call: CallContext,
  ): Promise<LinkOutcome> {
    const made = await this.gateway.createCheckout(request, `comptoir-fee-${id}`, call).catch((error: unknown) => {
      if (error instanceof PaymentProviderError && error.kind === 'rejected') return null;
      throw error;
    });
    await failPoint('fee: Stripe answered');
    return inTransaction(em, async (transaction) => {
      const { fee } = await this.feePayments.lock(transaction, feeId);
      const session = await transaction.findOneOrFail(FeeSession, { id }, { refresh: true });
      if (made === null || made.url === null) {
        if (session.state === FeeSessionState.SENT) {
          session.moveTo(FeeSessionState.NOT_MADE);
          fee.fail();
        }
        this.logger.error({ feeId }, 'Stripe rejected the session of a fee');
        return { kind: 'rejected' };
      }
      // It was ended meanwhile: nobody is to pay it.
      if (!isOpen(session)) return { kind: 'unavailable' };
      Object.assign(session, { sessionId: made.sessionId, url: made.url });
      session.moveTo(FeeSessionState.OPEN);
      fee.requireAction();
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
    if (checkout.paid) {
      session.moveTo(FeeSessionState.PAID);
      return this.feePayments.receive(em, order, session.fee, receivedPayment(checkout), source);
    }
    if (checkout.status === 'expired' && session.state !== FeeSessionState.PAID) {
      session.moveTo(FeeSessionState.EXPIRED);
    }
  }
}

/** On the payment page, in French and English. */
function nameOf({ kind }: Fee, { number }: Order): string {
  return number == null ? NAMES[kind] : `${NAMES[kind]} (${number})`;
}

function isOpen({ state }: FeeSession): boolean {
  return state === FeeSessionState.SENT || state === FeeSessionState.OPEN;
}
