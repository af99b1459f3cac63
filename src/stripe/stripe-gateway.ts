/** The payment gateway on Stripe's SDK: time limits, repetitions and the meaning of Stripe's errors. */
import Stripe from 'stripe';
import type { Config } from '../config.js';
import type { Logger } from '../shared/logger.js';
import { APPLICATION_MARKER, checkoutRequest } from './checkout-request.js';
import {
  type CheckoutDetails,
  type CheckoutRequest,
  type CheckoutSnapshot,
  type PaymentGateway,
  PaymentProviderError,
  type RefundDetails,
} from './payment-gateway.js';
import { toCheckoutSnapshot } from './stripe-snapshots.js';

// Stripe answers within a second; after three the connection is taken for dead and another is tried.
const CALL_TIMEOUT_MS = 3_000;
const FIRST_BACKOFF_MS = 200;
// With less than this left another attempt would only be cut off.
const SHORTEST_ATTEMPT_MS = 250;
// Stripe lists by its own clock, which may differ from ours.
const CLOCK_SLACK_SECONDS = 60;

export class StripeGateway implements PaymentGateway {
  private readonly stripe: Stripe;

  constructor(
    config: Config['stripe'],
    private readonly logger: Logger,
  ) {
    this.stripe = new Stripe(config.secretKey, {
      // Repetitions are ours: the SDK's own would outlast the time limit, and leave 429 out.
      maxNetworkRetries: 0,
      telemetry: false,
      ...(config.apiUrl ? hostOf(config.apiUrl) : {}),
    });
  }

  buildCheckoutRequest(details: CheckoutDetails): CheckoutRequest {
    return { ...checkoutRequest(details) };
  }

  async createCheckout(request: CheckoutRequest, idempotencyKey: string, deadline: number): Promise<CheckoutSnapshot> {
    return this.call(deadline, async (options) => {
      const parameters = request as Stripe.Checkout.SessionCreateParams;
      const session = await this.stripe.checkout.sessions.create(parameters, { ...options, idempotencyKey });
      // A proxy's page with status 200 is no answer of Stripe's: the session may exist or not.
      if (typeof session.id === 'string') return toCheckoutSnapshot(session);
      throw new PaymentProviderError('unavailable', 'Stripe answered without a session.', null);
    });
  }

  async findCheckoutOfOrder(orderId: string, createdAfter: Date, deadline: number): Promise<CheckoutSnapshot | null> {
    const gte = Math.floor(createdAfter.getTime() / 1000) - CLOCK_SLACK_SECONDS;
    let startingAfter: string | undefined;
    for (;;) {
      const cursor = startingAfter ? { starting_after: startingAfter } : {};
      const page = await this.call(deadline, (options) =>
        this.stripe.checkout.sessions.list({ created: { gte }, limit: 100, ...cursor }, options),
      );
      const match = page.data.find((session) => session.client_reference_id === orderId);
      if (match) return toCheckoutSnapshot(match);
      startingAfter = page.data.at(-1)?.id;
      if (!page.has_more || startingAfter === undefined) return null;
    }
  }

  async expireCheckout(sessionId: string, deadline: number): Promise<CheckoutSnapshot> {
    try {
      const { sessions } = this.stripe.checkout;
      return toCheckoutSnapshot(await this.call(deadline, (options) => sessions.expire(sessionId, {}, options)));
    } catch (error) {
      if (!(error instanceof PaymentProviderError) || error.kind !== 'rejected') throw error;
      // Only open sessions can be expired: the buyer, or the clock, was faster.
      return this.retrieveCheckout(sessionId, deadline);
    }
  }

  async refund(details: RefundDetails, deadline: number): Promise<string> {
    const { refundId, orderId, paymentIntentId, amountMinor } = details;
    const metadata = { application: APPLICATION_MARKER, order_id: orderId, refund_id: refundId };
    const parameters = { payment_intent: paymentIntentId, amount: amountMinor, metadata };
    const idempotencyKey = `comptoir-refund-${refundId}`;
    const { id } = await this.call(deadline, (options) =>
      this.stripe.refunds.create(parameters, { ...options, idempotencyKey }),
    );
    return id;
  }

  async findRefund({ paymentIntentId, refundId }: RefundDetails, deadline: number): Promise<string | null> {
    const { data } = await this.call(deadline, (options) =>
      this.stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 }, options),
    );
    return data.find(({ metadata }) => metadata?.refund_id === refundId)?.id ?? null;
  }

  private async retrieveCheckout(sessionId: string, deadline: number): Promise<CheckoutSnapshot> {
    const { sessions } = this.stripe.checkout;
    return toCheckoutSnapshot(await this.call(deadline, (options) => sessions.retrieve(sessionId, {}, options)));
  }

  /** Repeats what may succeed later, as long as somebody waits for it. */
  private async call<T>(deadline: number, send: (options: Stripe.RequestOptions) => Promise<T>): Promise<T> {
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs *= 2) {
      try {
        const timeout = Math.max(1, Math.min(CALL_TIMEOUT_MS, deadline - Date.now()));
        return await within(timeout, send({ timeout }));
      } catch (error) {
        const failure = toProviderError(error);
        // Jitter keeps buyers who failed together from returning together.
        const pauseMs = backoffMs * (0.5 + Math.random());
        const mayRepeat = failure.kind === 'unavailable' && !(error instanceof Stripe.errors.StripeAuthenticationError);
        this.logger.warn({ kind: failure.kind, ...diagnosis(error) }, 'Stripe refused or did not answer');
        if (!mayRepeat || Date.now() + pauseMs + SHORTEST_ATTEMPT_MS > deadline) throw failure;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }
}

/** The SDK's timeout is over when the connection falls silent; one that trickles would hold a buyer for ever. */
async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    const error = new PaymentProviderError('unavailable', 'Stripe took too long to answer.', null);
    timer = setTimeout(() => reject(error), milliseconds);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function hostOf(url: URL): { host: string; port: string; protocol: 'http' | 'https' } {
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  return { host: url.hostname, port: url.port || (protocol === 'http' ? '80' : '443'), protocol };
}

/**
 * Only a 400 that is not about the key proves that nothing was done. Timeouts, 401, 403, 409, 429 and 5xx
 * do not: the order must survive them.
 */
function toProviderError(error: unknown): PaymentProviderError {
  if (error instanceof PaymentProviderError) return error;
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const options = { cause: error };
  const status = error.statusCode ?? 0;
  const replayed = error.headers?.['idempotent-replayed'] === 'true';
  if (status >= 500 && replayed) {
    return new PaymentProviderError('broken', 'Stripe repeats a failure of its own for this key.', null, options);
  }
  if (error instanceof Stripe.errors.StripeInvalidRequestError && (status === 400 || status === 404)) {
    return new PaymentProviderError('rejected', 'Stripe rejected the request.', error.param ?? null, options);
  }
  return new PaymentProviderError('unavailable', 'Stripe could not be reached or was busy.', null, options);
}

/** What an operator needs, without the message: that may repeat what the buyer typed. */
function diagnosis(error: unknown): object {
  if (!(error instanceof Stripe.errors.StripeError)) return {};
  return {
    status: error.statusCode,
    type: error.type,
    code: error.code,
    param: error.param,
    requestId: error.requestId,
  };
}
