/** The Stripe session of an order: opened once, whatever fails in between. */
import type { Clock } from '../../platform/kernel/clock.js';
import type { CallContext } from '../../stripe/call-context.js';
import {
  type CheckoutSnapshot,
  keyMayHaveExpired,
  type PaymentGateway,
  PaymentProviderError,
  sessionMustBeListed,
  sessionSpan,
} from '../../stripe/payment-gateway.js';
import type { OrderState } from '../orders/order.entity.js';
import type { OrderWithRequest } from '../orders/order-record.js';

export class CheckoutSessions {
  constructor(
    private readonly gateway: PaymentGateway,
    private readonly clock: Clock,
  ) {}

  /** Does nothing when Stripe may be asked at all. @throws PaymentProviderError `suspended` or `unavailable` */
  admit(call: CallContext): Promise<void> {
    return this.gateway.admit(call);
  }

  /**
   * Opens the session, or finds the one that was opened before: under the order's key Stripe gives the same session
   * again. Where it may have forgotten the key, or repeats a failure under it, its list tells.
   *
   * @returns null when it is certain that there is none, and the key cannot make one any more
   * @throws PaymentProviderError `rejected` when Stripe rejected the request, which proves that there is none; of any
   *   other kind nothing is proved
   */
  async open(order: OrderWithRequest, call: CallContext): Promise<CheckoutSnapshot | null> {
    if (keyMayHaveExpired(order.createdAt, this.clock.now())) return this.find(order, call);
    try {
      return await this.gateway.createCheckout(order.stripeRequest, order.checkoutKey(), call);
    } catch (error) {
      if (!(error instanceof PaymentProviderError) || error.kind !== 'broken') throw error;
      const found = await this.find(order, call);
      if (found === null && !sessionMustBeListed(order.createdAt, this.clock.now())) throw error;
      return found;
    }
  }

  /**
   * Ends a session that nobody is to pay any more.
   *
   * @returns the checkout afterwards: expired, or complete when the buyer was faster
   * @throws PaymentProviderError `missing` when Stripe does not know it
   */
  expire(sessionId: string, call: CallContext): Promise<CheckoutSnapshot> {
    return this.gateway.expireCheckout(sessionId, call);
  }

  private async find(order: OrderState, call: CallContext): Promise<CheckoutSnapshot | null> {
    try {
      return await this.gateway.findCheckoutOfOrder(order.stripeMetadata(), sessionSpan(order), call);
    } catch (error) {
      // A list that Stripe refuses to show says nothing of the session.
      if (!(error instanceof PaymentProviderError) || error.kind !== 'rejected') throw error;
      throw new PaymentProviderError('unavailable', 'Stripe does not list its sessions.', null, { cause: error });
    }
  }
}
