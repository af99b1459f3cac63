/** What Stripe is asked for each step of a deposit, and what its answers say. Stores nothing. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { CallContext } from '../../stripe/call-context.js';
import type { CardPaymentSnapshot, SavedCard } from '../../stripe/card-payments.js';
import {
  type CheckoutSnapshot,
  keyMayHaveExpired,
  type PaymentGateway,
  PaymentProviderError,
  sessionMustBeListed,
} from '../../stripe/payment-gateway.js';
import type { OrderState } from '../orders/order.entity.js';
import { type DepositCapture, type DepositHold, DepositHoldState, HoldKind } from './deposit.entity.js';
import type { Step } from './deposit-plan.js';

export type Answer =
  | { kind: 'payment'; payment: CardPaymentSnapshot; sessionId: string | null }
  /** Nothing was held. */
  | { kind: 'refused'; refusal: string }
  /** It is certain that Stripe made none. */
  | { kind: 'notMade' }
  /** Its list does not show it, yet. */
  | { kind: 'doubt' }
  /** A session that nobody can complete any more. */
  | { kind: 'unused' }
  | { kind: 'unchanged' }
  /** The sum is still held although it was to be captured. */
  | { kind: 'captureRejected' }
  /** Stripe does not know it, which proves nothing. */
  | { kind: 'missing' }
  /** On which the sum is to be held; null where none was saved. */
  | { kind: 'card'; card: SavedCard | null };

/** A step for which Stripe is asked. */
export type AskingStep = Exclude<Step<DepositHold>, { kind: 'wait' | 'settle' }>;

const UNCHANGED: Answer = { kind: 'unchanged' };

export class DepositCalls {
  constructor(
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
  ) {}

  /** @throws PaymentProviderError when it is to be tried again */
  async send(
    step: AskingStep,
    { paymentIntentId }: OrderState,
    capture: DepositCapture | null,
    call: CallContext,
  ): Promise<Answer> {
    switch (step.kind) {
      case 'hold':
        return { kind: 'card', card: await this.savedCard(paymentIntentId ?? null, call) };
      case 'send':
        return this.ask(step.hold, call);
      case 'look':
        return this.look(step.hold, call);
      case 'end':
        return this.end(step.hold, call);
      case 'capture':
        return this.capture(step.hold, capture, call);
    }
  }

  private async savedCard(paymentIntentId: string | null, call: CallContext): Promise<SavedCard | null> {
    return paymentIntentId === null ? null : this.gateway.cards.savedCard(paymentIntentId, call);
  }

  private async ask(hold: DepositHold, call: CallContext): Promise<Answer> {
    if (keyMayHaveExpired(hold.createdAt, this.clock.now())) return this.find(hold, call);
    try {
      return paymentOf(await this.gateway.cards.pay(hold.request, `comptoir-deposit-${hold.id}`, call));
    } catch (error) {
      if (!(error instanceof PaymentProviderError)) throw error;
      // The card or the customer are gone.
      if (error.kind === 'rejected' || error.kind === 'missing') return { kind: 'refused', refusal: 'card_unusable' };
      if (error.kind !== 'broken') throw error;
      const found = await this.find(hold, call);
      const now = this.clock.now();
      const isCertain = sessionMustBeListed(hold.notFoundAt ?? now, now);
      return found.kind === 'notMade' && !isCertain ? { kind: 'doubt' } : found;
    }
  }

  /** Where its key does not tell any more what has become of it. */
  private async find({ id, customerId, createdAt }: DepositHold, call: CallContext): Promise<Answer> {
    const span = { from: createdAt, to: this.clock.now() };
    const payment = await this.gateway.cards.find({ customerId: customerId ?? '', rowId: id }, span, call);
    return payment === null ? { kind: 'notMade' } : paymentOf(payment);
  }

  private async look(hold: DepositHold, call: CallContext): Promise<Answer> {
    if (hold.state === DepositHoldState.HELD)
      return this.read(hold.paymentIntentId ?? '', hold.sessionId ?? null, call);
    const checkout = await this.gateway.retrieveCheckout(hold.sessionId ?? '', call);
    return checkout === null ? { kind: 'missing' } : this.ofSession(checkout, call);
  }

  private async end(hold: DepositHold, call: CallContext): Promise<Answer> {
    if (hold.state === DepositHoldState.HELD) {
      return paymentOf(await this.gateway.cards.cancel(hold.paymentIntentId ?? '', call), hold.sessionId);
    }
    // Nobody was given its address.
    if (hold.kind === HoldKind.SESSION && hold.state === DepositHoldState.SENT) return { kind: 'unused' };
    return this.ofSession(await this.gateway.expireCheckout(hold.sessionId ?? '', call), call);
  }

  private async capture(hold: DepositHold, capture: DepositCapture | null, call: CallContext): Promise<Answer> {
    if (capture === null) throw new Error(`Nothing of hold ${hold.id} is to be captured.`);
    const payment = await this.gateway.cards.capture(hold.paymentIntentId ?? '', capture.amountMinor, call);
    return payment.status === 'held' ? { kind: 'captureRejected' } : paymentOf(payment, hold.sessionId);
  }

  /** Only the payment of a session that is completed says whether the sum is held. */
  private async ofSession(checkout: CheckoutSnapshot, call: CallContext): Promise<Answer> {
    const { status, paymentIntentId, sessionId } = checkout;
    if (status === 'expired') return { kind: 'unused' };
    return status === 'complete' && paymentIntentId !== null ? this.read(paymentIntentId, sessionId, call) : UNCHANGED;
  }

  private async read(paymentIntentId: string, sessionId: string | null, call: CallContext): Promise<Answer> {
    const payment = await this.gateway.cards.retrieve(paymentIntentId, call);
    return payment === null ? { kind: 'missing' } : paymentOf(payment, sessionId);
  }
}

function paymentOf(payment: CardPaymentSnapshot, sessionId: string | null = null): Answer {
  return { kind: 'payment', payment, sessionId };
}
