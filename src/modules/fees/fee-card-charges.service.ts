/** Fees charged to the card that was saved with their order: once, whatever fails in between. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { inTransaction } from '../../platform/database/transaction.js';
import type { Clock } from '../../platform/kernel/clock.js';
import { DomainError } from '../../platform/kernel/domain-error.js';
import { failPoint } from '../../platform/kernel/fail-point.js';
import type { Logger } from '../../platform/kernel/logger.js';
import { CallContext } from '../../stripe/call-context.js';
import type { CardPaymentSnapshot, SavedCard } from '../../stripe/card-payments.js';
import {
  keyMayHaveExpired,
  type PaymentGateway,
  PaymentProviderError,
  sessionMustBeListed,
} from '../../stripe/payment-gateway.js';
import { rejectionCode } from '../../stripe/stripe-errors.js';
import type { Order } from '../orders/order.entity.js';
import { OrderEventCause } from '../orders/order-event-cause.js';
import { paymentsSuspended } from '../payments/payments-suspended.js';
import type { Fee } from './fee.entity.js';
import { CardChargeState, FeeCardCharge } from './fee-card-charge.entity.js';
import type { FeePayments } from './fee-payments.service.js';

/** What Stripe says of a charge: the payment that it made, that it made none, or that its list shows none. */
type Answer = CardPaymentSnapshot | { status: 'not made'; refusal: string } | { status: 'not listed'; refusal: string };

// A person waits.
const CALL_TIMEOUT_MS = 8_000;

export class FeeCardChargesService {
  constructor(
    private readonly feePayments: FeePayments,
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * The card that was saved with an order; null where none was, or the buyer has removed it.
   *
   * @throws DomainError `PAYMENT_PROVIDER_UNAVAILABLE` or `PAYMENTS_SUSPENDED`
   */
  async savedCard({ savesCard, paymentIntentId }: Order): Promise<SavedCard | null> {
    if (!savesCard || !paymentIntentId) return null;
    try {
      return await this.gateway.cards.savedCard(paymentIntentId, this.callForPerson());
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      if (error.kind === 'suspended') throw paymentsSuspended();
      throw new DomainError('PAYMENT_PROVIDER_UNAVAILABLE', 'Stripe does not respond. Nothing is charged.');
    }
  }

  /** Stores the charge with its fee, before Stripe is asked for it. Part of the transaction that has locked the order. */
  store(em: EntityManager, order: Order, fee: Fee, card: SavedCard): void {
    const id = randomUUID();
    const request = this.gateway.cards.buildRequest({
      ...order.stripeMetadata(),
      ...{ purpose: 'fee', rowId: id, amountMinor: fee.amountMinor, currency: fee.currency, card, hold: false },
    });
    const createdAt = this.clock.now();
    em.create(FeeCardCharge, { id, fee, request, customerId: card.customerId, createdAt });
    fee.chargeCard(createdAt);
  }

  /** Charges the card while a person waits. What fails, a job repeats. */
  async chargeAtOnce(em: EntityManager, feeId: string): Promise<void> {
    await failPoint('fee: charge committed');
    try {
      await this.settle(em, feeId, this.callForPerson());
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      this.logger.warn({ feeId, kind: error.kind }, 'The card could not be charged at once');
    }
  }

  /**
   * Charges the card, or finds out whether it was charged; does nothing for a fee without such a charge.
   *
   * @throws PaymentProviderError where that is not known: the charge stays as it is
   */
  async settle(em: EntityManager, feeId: string, call: CallContext): Promise<void> {
    const charge = await em.fork().findOne(FeeCardCharge, { fee: feeId, state: CardChargeState.SENT }, WITH_FEE);
    if (charge === null) return;
    const answer = await this.answerFor(charge, call);
    await failPoint('fee: Stripe answered');
    await inTransaction(em, async (transaction) => {
      const { order, fee } = await this.feePayments.lock(transaction, feeId);
      const current = await transaction.findOneOrFail(FeeCardCharge, { id: charge.id }, { refresh: true, ...WITH_FEE });
      await this.apply(transaction, order, current, answer);
      await this.feePayments.conclude(transaction, order, fee);
      await failPoint('fee: before the outcome is committed');
    });
    await failPoint('fee: outcome committed');
  }

  /** Under the charge's key Stripe gives the same answer again, while it keeps the key. */
  private async answerFor(charge: FeeCardCharge, call: CallContext): Promise<Answer> {
    const { id, fee, request, createdAt, paymentIntentId } = charge;
    // The answer that the key repeats is from before.
    if (paymentIntentId != null) return this.paymentNow(paymentIntentId, call);
    // What is to be waived is not charged any more.
    if (fee.waiveRequestedAt) return this.lookUp(charge, 'waived', call);
    if (keyMayHaveExpired(createdAt, this.clock.now())) return this.lookUp(charge, 'not_charged', call);
    try {
      return await this.gateway.cards.pay(request, `comptoir-fee-${id}`, call);
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      if (error.kind === 'broken') return this.lookUp(charge, 'not_charged', call);
      if (error.kind !== 'rejected' && error.kind !== 'missing') throw error;
      return { status: 'not made', refusal: rejectionCode(error) ?? error.kind };
    }
  }

  /** @param refusal why the card is not charged, where it was not */
  private async lookUp(charge: FeeCardCharge, refusal: string, call: CallContext): Promise<Answer> {
    const { id: rowId, customerId, createdAt } = charge;
    const span = { from: createdAt, to: this.clock.now() };
    const found = await this.gateway.cards.find({ customerId: customerId ?? '', rowId }, span, call);
    if (found !== null) return found;
    // A request may still be on its way, and a server error leaves it open whether the card was charged.
    const isCertain = charge.notFoundAt != null && sessionMustBeListed(charge.notFoundAt, this.clock.now());
    return { status: isCertain ? 'not made' : 'not listed', refusal };
  }

  /** Of a payment that was being processed. @throws PaymentProviderError `missing`, which proves nothing */
  private async paymentNow(paymentIntentId: string, call: CallContext): Promise<Answer> {
    const payment = await this.gateway.cards.retrieve(paymentIntentId, call);
    if (payment === null) throw new PaymentProviderError('missing', 'Stripe does not find the payment.', null);
    if (payment.status !== 'open') return payment;
    // Nobody is to pay it later.
    return { ...(await this.gateway.cards.cancel(paymentIntentId, call)), refusal: payment.refusal };
  }

  /** Part of the transaction that has locked the order. Safe in any order and any number of times. */
  private async apply(em: EntityManager, order: Order, charge: FeeCardCharge, answer: Answer): Promise<void> {
    const { fee } = charge;
    switch (answer.status) {
      case 'succeeded': {
        charge.pay(answer.paymentIntentId);
        const { paymentIntentId, receivedMinor: amountMinor, currency } = answer;
        const payment = { paymentIntentId, checkoutSessionId: null, amountMinor, currency };
        await this.feePayments.receive(em, order, fee, payment, { actor: 'stripe' });
        // What did not pay it goes back, and the buyer still owes it.
        return fee.requireAction();
      }
      case 'canceled':
      case 'not made':
        return this.refuse(order, charge, answer.refusal ?? answer.status);
      case 'not listed':
        charge.notFoundAt ??= this.clock.now();
        return;
      default:
        // It is processed: a job looks again.
        charge.paymentIntentId ??= answer.paymentIntentId;
    }
  }

  private refuse(order: Order, charge: FeeCardCharge, refusal: string): void {
    if (charge.state !== CardChargeState.SENT) return;
    charge.refuse(refusal);
    charge.fee.requireAction();
    // It is waived in this transaction, which says enough.
    if (charge.fee.waiveRequestedAt) return;
    const entry = { at: this.clock.now(), cause: OrderEventCause.FEE_CARD_REFUSED, actor: 'stripe' };
    order.addTimelineEntry({ ...entry, note: refusal });
  }

  private callForPerson(): CallContext {
    return CallContext.forPerson(CALL_TIMEOUT_MS, this.clock);
  }
}

const WITH_FEE = { populate: ['fee'] } as const;
