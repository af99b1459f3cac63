/** The payment gateway on Stripe's SDK. */
import assert from 'node:assert/strict';
import Stripe from 'stripe';
import type { Clock } from '../platform/kernel/clock.js';
import type { Logger } from '../platform/kernel/logger.js';
import type { CallContext } from './call-context.js';
import { checkoutRequest, metadataOf } from './checkout-request.js';
import { readers } from './event-objects.js';
import type { OrderMark, Span } from './object-mark.js';
import {
  type CheckoutDetails,
  type CheckoutRequest,
  type CheckoutSnapshot,
  type DisputeEvidence,
  type DisputeSnapshot,
  type EventObject,
  type EvidenceFile,
  type ListedEvent,
  type PaymentGateway,
  PaymentProviderError,
  type RefundDetails,
  type RefundOrDispute,
  type RefundSnapshot,
} from './payment-gateway.js';
import { StripeCalls, type StripeCallsOptions } from './stripe-calls.js';
import { StripeCardPayments } from './stripe-card-payments.js';
import type { StripeConfig } from './stripe-config.js';
import { isForbidden } from './stripe-errors.js';
import { idOf, toCheckoutSnapshot, toDisputeSnapshot, toListedEvent, toRefundSnapshot } from './stripe-snapshots.js';

// Stripe lists by its own clock; a process whose clock differs more than this is not ready.
const CLOCK_SLACK_MS = 300_000;
// Stripe's limit; with none it would list every type there is.
const MAXIMUM_EVENT_TYPES = 20;

export class StripeGateway implements PaymentGateway {
  readonly cards: StripeCardPayments;
  private readonly stripe: Stripe;
  private readonly calls: StripeCalls;

  /** @param clock for deadlines and the pauses of retries */
  constructor(config: StripeConfig, clock: Clock, logger: Logger, options: StripeCallsOptions = {}) {
    this.stripe = new Stripe(config.secretKey, {
      // Retries are ours: the SDK's own would outlast the timeout, and leave 429 out.
      maxNetworkRetries: 0,
      telemetry: false,
      ...(config.apiUrl ? hostOf(config.apiUrl) : {}),
    });
    this.calls = new StripeCalls(clock, logger, options);
    this.cards = new StripeCardPayments(this.stripe, this.calls);
  }

  admit(call: CallContext): Promise<void> {
    return this.calls.admit(call);
  }

  buildCheckoutRequest(details: CheckoutDetails): CheckoutRequest {
    return { ...checkoutRequest(details) };
  }

  async createCheckout(request: CheckoutRequest, idempotencyKey: string, call: CallContext): Promise<CheckoutSnapshot> {
    const parameters = request as Stripe.Checkout.SessionCreateParams;
    const session = await this.calls.object(call, (options) =>
      this.stripe.checkout.sessions.create(parameters, { ...options, idempotencyKey }),
    );
    return toCheckoutSnapshot(session);
  }

  async findCheckoutOfOrder(mark: OrderMark, { from, to }: Span, call: CallContext): Promise<CheckoutSnapshot | null> {
    const created = rangeOf({
      from: new Date(from.getTime() - CLOCK_SLACK_MS),
      to: new Date(to.getTime() + CLOCK_SLACK_MS),
    });
    for await (const page of this.checkoutPages(created, call)) {
      const match = page.find((checkout) => isMarked(checkout, mark));
      if (match) return match;
    }
    return null;
  }

  async expireCheckout(sessionId: string, call: CallContext): Promise<CheckoutSnapshot> {
    try {
      const { sessions } = this.stripe.checkout;
      return toCheckoutSnapshot(await this.calls.object(call, (options) => sessions.expire(sessionId, {}, options)));
    } catch (error) {
      if (!(error instanceof PaymentProviderError) || error.kind !== 'rejected') throw error;
      // Only open sessions can be expired: it was paid, or expired, before.
      const checkout = await this.retrieveCheckout(sessionId, call);
      if (checkout === null) throw new PaymentProviderError('missing', 'Stripe does not find the checkout.', null);
      return checkout;
    }
  }

  async retrieveCheckout(sessionId: string, call: CallContext): Promise<CheckoutSnapshot | null> {
    const session = await this.retrieveObject('checkout.session', sessionId, call);
    return session === null ? null : toCheckoutSnapshot(session as Stripe.Checkout.Session);
  }

  async retrieveObject(object: EventObject, id: string, call: CallContext): Promise<object | null> {
    try {
      return await this.calls.object(call, (options) => readers[object](this.stripe, id, options));
    } catch (error) {
      if (error instanceof PaymentProviderError && error.kind === 'missing') return null;
      throw error;
    }
  }

  async refund(details: RefundDetails, call: CallContext): Promise<RefundSnapshot> {
    const { refundId, attempt, paymentIntentId, amountMinor, reason, providerReason } = details;
    const metadata = { ...metadataOf(details), refund_id: refundId, attempt: String(attempt), reason };
    const amount = amountMinor === null ? {} : { amount: amountMinor };
    const words = providerReason === null ? {} : { reason: providerReason };
    const parameters = { payment_intent: paymentIntentId, ...amount, ...words, metadata };
    // The amount is part of the key: for one key Stripe accepts one request only.
    const idempotencyKey = `comptoir-refund-${refundId}-${attempt}-${amountMinor ?? 'rest'}`;
    const refund = await this.calls.object(call, (options) =>
      this.stripe.refunds.create(parameters, { ...options, idempotencyKey }),
    );
    return toRefundSnapshot(refund);
  }

  async refundsOf(paymentIntentId: string, call: CallContext): Promise<RefundSnapshot[]> {
    const refunds = await this.calls.all(call, (page, options) =>
      this.stripe.refunds.list({ ...page, payment_intent: paymentIntentId }, options),
    );
    return refunds.map(toRefundSnapshot);
  }

  async disputesOf(paymentIntentId: string, call: CallContext): Promise<DisputeSnapshot[]> {
    const disputes = await this.calls.all(call, (page, options) =>
      this.stripe.disputes.list({ ...page, payment_intent: paymentIntentId }, options),
    );
    return disputes.map(toDisputeSnapshot);
  }

  async dispute(disputeId: string, call: CallContext): Promise<DisputeSnapshot> {
    return this.disputeFrom(call, (options) => this.stripe.disputes.retrieve(disputeId, {}, options));
  }

  async stageEvidence(disputeId: string, evidence: DisputeEvidence, call: CallContext): Promise<DisputeSnapshot> {
    // Said every time: by default, Stripe submits, and can be asked only once.
    const parameters = { evidence: { ...evidence }, submit: false };
    return this.disputeFrom(call, (options) => this.stripe.disputes.update(disputeId, parameters, options));
  }

  async submitEvidence(disputeId: string, idempotencyKey: string, call: CallContext): Promise<DisputeSnapshot> {
    return this.disputeFrom(call, (options) =>
      this.stripe.disputes.update(disputeId, { submit: true }, { ...options, idempotencyKey }),
    );
  }

  async acceptDispute(disputeId: string, idempotencyKey: string, call: CallContext): Promise<DisputeSnapshot> {
    return this.disputeFrom(call, (options) =>
      this.stripe.disputes.close(disputeId, {}, { ...options, idempotencyKey }),
    );
  }

  async uploadEvidence({ name, type, data }: EvidenceFile, idempotencyKey: string, call: CallContext): Promise<string> {
    const parameters = { purpose: 'dispute_evidence' as const, file: { name, type, data } };
    const { id } = await this.calls.object(call, (options) =>
      this.stripe.files.create(parameters, { ...options, idempotencyKey }),
    );
    return id;
  }

  private async disputeFrom(
    call: CallContext,
    send: (options: Stripe.RequestOptions) => Promise<Stripe.Dispute>,
  ): Promise<DisputeSnapshot> {
    return toDisputeSnapshot(await this.calls.object(call, send));
  }

  async *listEvents(types: readonly string[], span: Span): AsyncGenerator<ListedEvent[]> {
    assert(types.length > 0 && types.length <= MAXIMUM_EVENT_TYPES, 'Stripe lists events of 1 to 20 types at once.');
    const filter = { types: [...types], created: rangeOf(span) };
    const pages = this.calls.pages((page, options) => this.stripe.events.list({ ...page, ...filter }, options));
    for await (const page of pages) yield page.map(toListedEvent);
  }

  listCheckouts(span: Span): AsyncGenerator<CheckoutSnapshot[]> {
    return this.checkoutPages(rangeOf(span));
  }

  async *listRefundsAndDisputes(span: Span): AsyncGenerator<RefundOrDispute[]> {
    const created = rangeOf(span);
    const { refunds, disputes } = this.stripe;
    const refundPages = this.calls.pages((page, options) => refunds.list({ ...page, created }, options));
    for await (const page of refundPages) {
      yield page.map((refund) => toRefundOrDispute(refund, toRefundSnapshot(refund).status));
    }
    const disputePages = this.calls.pages((page, options) => disputes.list({ ...page, created }, options));
    for await (const page of disputePages) {
      yield page.map((dispute) => toRefundOrDispute(dispute, toDisputeSnapshot(dispute).status));
    }
  }

  async accountId(call: CallContext): Promise<string | null> {
    try {
      const { id } = await this.calls.object(call, (options) => this.stripe.accounts.retrieveCurrent({}, options));
      return id;
    } catch (error) {
      if (error instanceof PaymentProviderError && isForbidden(error)) return null;
      throw error;
    }
  }

  private async *checkoutPages(
    created: Stripe.RangeQueryParam,
    call?: CallContext,
  ): AsyncGenerator<CheckoutSnapshot[]> {
    const filter = { created, expand: ['data.payment_intent'] };
    const pages = this.calls.pages(
      (page, options) => this.stripe.checkout.sessions.list({ ...page, ...filter }, options),
      call,
    );
    for await (const page of pages) yield page.map((session) => toCheckoutSnapshot(session));
  }
}

function isMarked(checkout: CheckoutSnapshot, { orderId, installationId }: OrderMark): boolean {
  const { purpose } = checkout;
  return purpose === 'order' && checkout.orderId === orderId && checkout.installationId === installationId;
}

function toRefundOrDispute(object: Stripe.Refund | Stripe.Dispute, status: RefundOrDispute['status']): RefundOrDispute {
  return { stripeId: object.id, paymentIntentId: idOf(object.payment_intent), status };
}

function hostOf(url: URL): { host: string; port: string; protocol: 'http' | 'https' } {
  const protocol = url.protocol === 'http:' ? 'http' : 'https';
  return { host: url.hostname, port: url.port || (protocol === 'http' ? '80' : '443'), protocol };
}

function rangeOf({ from, to }: Span): Stripe.RangeQueryParam {
  return { gte: inSeconds(from), lte: inSeconds(to) };
}

/** Whole seconds, as Stripe dates its objects: rounded down, as it does. */
function inSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}
